"""One changed form of the code under trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Mutant:
    """A change of the code: `files` maps each changed file's name to its new text.

    `name` is unique and stays the same as long as the code around the change does: `<file>:<function>:<operator>:<n>`. `what` says what changed, for a
    reader. A `harmless` one must not be rejected.
    """

    name: str
    operator: str
    what: str
    files: Mapping[str, str]
    harmless: bool = False
