"""The state of production and of its twin: capture, snapshot, replicate, verify fidelity, compare.

Owns what a snapshot is and how it becomes a twin's state. Reaches AWS only through `world`'s interfaces.
"""
