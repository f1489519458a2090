"""The topology of every service: at which locations its prefixes are announced, and whether it is in production yet."""

from __future__ import annotations

from typing import Any

TOPOLOGIES: dict[str, dict[str, Any]] = {
    "resolver": {"stage": "production", "locations": ["fra", "iad", "sin"], "prefixes": ["resolver"]},
    "cdn": {"stage": "production", "locations": ["fra", "iad"], "prefixes": ["cdn"]},
    # A preview: at the test location, which is not online yet.
    "localized": {"stage": "preview", "locations": ["tst"], "prefixes": ["localized", "resolver"]},
}
