"""The journal of a promotion: what was about to be done, and what was done, one line each, on the evidence's side. A promotion that was killed goes on from it.

Lines are as those of an approval's trail: each names the digest of the one before it, and is written under its own number, as new, so that of two who
promote at once one is told. A line `intends` comes before its change, so that what is found in production later is known to be our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import SafetyError
from twinstage.rehearse.approval.trail import FIRST, after, entry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.rehearse.approval.trail import Entry
    from twinstage.world.store import Store

JOURNAL: Final = "promotion/journal/"
BEGAN, INTENDS, DID, WATCHED, STOPPED, RETURNED, PROMOTED = (
    "began",
    "intends",
    "did",
    "watched",
    "stopped",
    "returned",
    "promoted",
)
ENDS: Final = (RETURNED, PROMOTED)


@dataclass(frozen=True)
class Began:
    """How the promotion under way, or the last one, began. `versions`: function -> the version that its alias pointed at, which is where everything goes back to."""

    at: datetime
    order: str
    alias: str
    versions: Mapping[str, str]


class Journal:
    """The journal below a run's results. `clock` says what time it is, RFC 3339 in UTC; `writer` is a word that no other process has."""

    def __init__(self, results: Store, clock: Callable[[], str], writer: str) -> None:
        self._results, self._clock, self._writer = results, clock, writer
        self.entries: list[Entry] = []
        previous = FIRST
        for n, key in enumerate(results.list(JOURNAL), start=1):
            entry = entry_of(results.get(key))
            if (entry.n, entry.previous) != (n, previous):
                message = f"the journal does not hold at line {n}: it does not follow the line before it"
                raise SafetyError("TRAIL_BROKEN", message, hint="look at production, and rehearse again")
            self.entries.append(entry)
            previous = entry.digest

    def add(self, kind: str, **body: Any) -> None:
        """One line more. Raises SafetyError where somebody else wrote it first."""
        entry = after(self.entries, kind, self._clock(), {"writer": self._writer, **body})
        if not self._results.put_new(f"{JOURNAL}{entry.n:06d}.json", entry.line() + b"\n"):
            message = "somebody else promotes this run: observed a line of the journal that is not ours; expected none"
            raise SafetyError("PROMOTING", message, hint="let one of them end; then give the command again")
        self.entries.append(entry)

    @property
    def outcome(self) -> str:
        """How the last promotion ended: `promoted` or `returned`; empty where none did, or one is under way."""
        last = self.entries[-1].kind if self.entries else ""
        return last if last in ENDS else ""

    @property
    def began(self) -> Began | None:
        """The promotion under way, or the last one; None where there was none."""
        for entry in reversed(self.entries):
            if entry.kind == BEGAN:
                body = entry.body
                return Began(datetime.fromisoformat(entry.at), body["order"], body["alias"], body["versions"])
        return None

    def said(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """What the lines of one kind say, since the last promotion began."""
        since = max((n for n, entry in enumerate(self.entries) if entry.kind == BEGAN), default=0)
        return (entry.body for entry in self.entries[since:] if entry.kind == kind)

    def intended(self, what: str, subject: str) -> bool:
        """Whether this promotion was about to do that, or did it."""
        return any((body["what"], body["subject"]) == (what, subject) for body in self.said(INTENDS))
