"""JSON pointers (RFC 6901) into documents."""

from __future__ import annotations

from typing import Any, Final

NOTHING: Final = object()
"""What a pointer leads to where nothing stands: None is a value."""


EVERY: Final = "*"


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


def all_at_pointer(document: Any, pointer: str) -> list[Any]:
    """Everything that a pointer leads to; a step `*` goes into every element of a list, or every member of an object, by its name."""
    found = [document]
    for step in pointer.split("/")[1:]:
        led = (_every(value) if step == EVERY else [at_pointer(value, f"/{step}")] for value in found)
        found = [each for values in led for each in values if each is not NOTHING]
    return found


def _every(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[name] for name in sorted(value)]
    return value if isinstance(value, list) else []
