"""What a JSON value is, where Python has it otherwise."""

from __future__ import annotations

from typing import Any


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
