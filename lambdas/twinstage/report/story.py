"""The story of a broken invariant: the first violation, the call that broke it, and what was written there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.records import Call, Changes, call_changes, call_of, changes_of, effective, touched
from twinstage.report.text import clip, compact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.finding import Finding

EARLIER_KEPT = 8
EARLIER_CHANGES_SHOWN = 5
CALLS_KEPT = 60


@dataclass(frozen=True)
class Violation:
    """The first time an invariant broke. `n` is the call's index within its event; -1 where the evidence names none."""

    event: str
    seq: int
    timestamp: str
    function: str
    n: int
    operation: str
    zone: str
    detail: str
    changes: Changes
    chain: tuple[str, ...]


@dataclass(frozen=True)
class Write:
    """An earlier change batch that was accepted; `changes` shows those of its changes that touch the same names."""

    seq: int
    event: str
    timestamp: str
    n: int
    zone: str
    changes: Changes


@dataclass(frozen=True)
class Story:
    """One broken invariant in one arm. `violations` counts every time it broke, having held before.

    `first` is None where the evidence holds no first one. `calls` are those of the event that broke it, as far as they are kept; `calls_hidden` counts the others.
    `earlier` are the latest accepted writes to the names of the breaking call, oldest first.
    """

    finding: Finding
    title: str
    violations: int
    first: Violation | None
    calls: tuple[Call, ...] = ()
    calls_hidden: int = 0
    earlier: tuple[Write, ...] = ()

    @property
    def place(self) -> tuple[str | None, int, int]:
        """The arm and call of the first violation: invariants that broke at one place have one story."""
        return (self.finding.arm, self.first.seq, self.first.n) if self.first else (self.finding.check, -1, -1)

    @property
    def order(self) -> tuple[bool, int, int, str]:
        """Sorts stories by when they happened."""
        seq, n = (self.first.seq, self.first.n) if self.first else (0, 0)
        return (self.first is None, seq, n, self.finding.check)


def is_invariant(finding: Finding) -> bool:
    """Whether a finding is an invariant's: its evidence tells of violations."""
    return finding.criterion == "safety" and "violations" in finding.evidence


class StoryTeller:
    """Watches the outcomes of one arm go by and gathers the story of one finding. Outcomes may come in any order."""

    def __init__(self, finding: Finding) -> None:
        self._finding = finding
        document = mapped(finding.evidence.get("first"))
        self.arm = finding.arm
        self._first = _violation(document) if document else None
        self._names = frozenset[str]().union(*map(touched, effective(listed(document.get("changes")))))
        self._calls: tuple[Call, ...] = ()
        self._total = 0
        self._earlier: list[Write] = []

    def add(self, outcome: Any) -> None:
        """Take one outcome line of this story's arm."""
        if self._first is None or outcome["seq"] > self._first.seq:
            return
        documents = listed(outcome.get("calls"))
        if outcome["seq"] == self._first.seq:
            self._keep_calls(documents)
        for place, document in enumerate(documents):
            n = int(document.get("n", place))
            if (outcome["seq"], n) < (self._first.seq, self._first.n) and document.get("outcome") == "success":
                self._keep(outcome, n, document)

    def story(self) -> Story:
        """What has been gathered."""
        return Story(
            finding=self._finding,
            title=text_of(self._finding.evidence.get("title")),
            violations=int(self._finding.evidence.get("violations") or 0),
            first=self._first,
            calls=self._calls,
            calls_hidden=self._total - len(self._calls),
            earlier=tuple(self._latest()),
        )

    def _keep_calls(self, documents: tuple[Any, ...]) -> None:
        """Keep the calls up to the one that broke the invariant, and what came after it as far as there is room."""
        calls = [call_of(document, place) for place, document in enumerate(documents)]
        broke = next((i for i, call in enumerate(calls) if self._first and call.n == self._first.n), 0)
        start = max(0, broke - CALLS_KEPT * 3 // 4)
        self._calls, self._total = tuple(calls[start : start + CALLS_KEPT]), len(calls)

    def _keep(self, outcome: Mapping[str, Any], n: int, document: Mapping[str, Any]) -> None:
        batch = call_changes(document)
        there = tuple(change for change in effective(batch) if touched(change) & self._names)
        if not there:
            return
        self._earlier.append(
            Write(
                seq=outcome["seq"],
                event=clip(text_of(outcome.get("event")), 120),
                timestamp=clip(text_of(outcome.get("timestamp")), 40),
                n=n,
                zone=text_of(mapped(document.get("parameters")).get("HostedZoneId")),
                changes=changes_of(there, len(batch), EARLIER_CHANGES_SHOWN),
            )
        )
        if len(self._earlier) >= 8 * EARLIER_KEPT:
            self._earlier = self._latest()

    def _latest(self) -> list[Write]:
        return sorted(self._earlier, key=lambda write: (write.seq, write.n))[-EARLIER_KEPT:]


def _violation(document: Mapping[str, Any]) -> Violation:
    call = document.get("call")
    return Violation(
        event=text_of(document.get("event")),
        seq=int(document.get("seq") or 0),
        timestamp=text_of(document.get("timestamp")),
        function=text_of(document.get("function")),
        n=-1 if call is None else int(call),
        operation=text_of(document.get("operation")),
        zone=text_of(document.get("zone")),
        detail=clip(text_of(document.get("detail")), 2000),
        changes=changes_of(listed(document.get("changes"))),
        chain=tuple(_link(link) for link in listed(document.get("chain"))[:40]),
    )


def _link(link: Any) -> str:
    """A link of the chain that led to a violation: its own words, else all of it."""
    if isinstance(link, str):
        return clip(link, 600)
    if not isinstance(link, dict):
        return compact(link)
    place = [f"event {link['event']}"] if "event" in link else []
    place += [f"call {link['call']}"] if link.get("call") is not None else []
    words = text_of(link.get("detail") or link.get("message") or link.get("operation"))
    return clip(": ".join(filter(None, [", ".join(place), words])) or compact(link), 600)
