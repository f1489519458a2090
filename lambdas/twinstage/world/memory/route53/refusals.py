"""Refused batches of one history: the first cause of each, and whether it follows from an earlier one.

A batch that production took and the rules refuse leaves its names in another state than production's: what is refused there later is a consequence of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.world.memory.route53.change import Change
    from twinstage.world.memory.route53.problems import ChangeRefused


@dataclass(frozen=True)
class Refusal:
    """Why the exact rules refuse a batch: the first cause, and whether an earlier refused batch touched the same name."""

    error: str
    cause: str
    name: str
    type: str
    message: str
    consequence: bool


@dataclass
class RefusalLog:
    """The names that refused batches would have changed. They are kept as hashes: a history may refuse any number."""

    _touched: set[int] = field(default_factory=set)

    def refusal(self, zone_id: str, refused: ChangeRefused) -> Refusal:
        """What is told of a refused batch. It is not taken down by this."""
        first = refused.problems[0]
        follows = any(hash((zone_id, found.name)) in self._touched for found in refused.problems)
        return Refusal(refused.error, str(first.cause), first.name, first.type, refused.message, follows)

    def touch(self, zone_id: str, changes: Iterable[Change]) -> None:
        """Take down the names of a batch that was not applied."""
        self._touched.update(hash((zone_id, change.key[0])) for change in changes)
