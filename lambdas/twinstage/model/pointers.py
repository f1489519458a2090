"""JSON pointers (RFC 6901) into documents."""

from __future__ import annotations

from typing import Any, Final

NOTHING: Final = object()
"""What a pointer leads to where nothing stands: None is a value."""


def at_pointer(document: Any, pointer: str) -> Any:
    """What stands at a pointer, `NOTHING` where nothing does."""
    found = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(name, NOTHING)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return NOTHING
    return found
