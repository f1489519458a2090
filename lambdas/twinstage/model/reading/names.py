"""Names that become paths, stack names and resource names: only what is safe in all of them."""

from __future__ import annotations

import re
from typing import Final

from twinstage.model.errors import InputError, InputProblem

_RUN: Final = re.compile(r"[a-z0-9-]{1,20}")
_RULE: Final = "1 to 20 lower-case letters, digits and hyphens"


def run_id(text: str, place: str = "--run") -> str:
    """A run id as it was given. Raises InputError where it is none: it becomes part of a path and of the name of every resource of a twin."""
    if not _RUN.fullmatch(text):
        raise InputError([InputProblem(place, 0, "", f"{text[:80]!r} is not a run id", _RULE)])
    return text
