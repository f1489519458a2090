"""Twinstage: rehearse a control-plane change in an isolated digital twin."""

__version__ = "0.1.0"
