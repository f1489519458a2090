"""What is compared: what each event came to, and what each record set and item was in the end, in three arms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.rehearse.ab.differing import ABSENT, step
from twinstage.rehearse.ab.tally import Observation
from twinstage.validate.checks.consistency import is_declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Outcome = Mapping[str, Any]
    Outcomes = Mapping[str, Outcome]

_SUCCESS = "success"
ANYWHERE = ("",)
"""The pointer above all others: whatever differs is declared."""


class Replays(NamedTuple):
    """The outcomes of three replays by event, in the order of the events."""

    baseline: Outcomes
    repeat: Outcomes
    candidate: Outcomes

    def in_all(self) -> Iterator[tuple[Outcome, Outcome, Outcome]]:
        """Each event that has an outcome in all three, in the order of the baseline's."""
        for event, before in self.baseline.items():
            if event in self.repeat and event in self.candidate:
                yield before, self.repeat[event], self.candidate[event]


def is_mended(outcomes: tuple[Outcome, Outcome, Outcome]) -> bool:
    """Whether an event that fails in both runs of the baseline succeeds under the candidate: nothing to hold against it."""
    return [outcome["outcome"] == _SUCCESS for outcome in outcomes] == [False, False, True]


def of_events(replays: Replays, may_differ: Mapping[str, tuple[str, ...]]) -> Iterator[Observation]:
    """What each event came to that has an outcome in all three arms, and is not mended."""
    for outcomes in replays.in_all():
        if is_mended(outcomes):
            continue
        of = called(outcomes[0])
        baseline, repeat, candidate = map(came_to, outcomes)
        yield Observation(of, outcomes[0]["event"], baseline, repeat, candidate, may_differ=may_differ.get(of, ()))


def called(outcome: Mapping[str, Any]) -> str:
    """What an event called: the function, or else its type."""
    return str(outcome.get("function") or outcome["type"])


def came_to(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What pointers of `ab.may_differ` lead into: `outcome`, `error`, `response`, and `calls`: of each operation, how its calls ended, in their order."""
    calls: dict[str, list[str]] = defaultdict(list)
    for call in outcome["calls"] or ():
        calls[f"{call['service']} {call['operation']}"].append(call.get("error") or call["outcome"])
    found = {name: outcome[name] for name in ("outcome", "error", "response") if name in outcome}
    return found | {"calls": None if outcome["calls"] is None else dict(calls)}


def of_state(
    changed: Iterable[Mapping[str, Any]], noise: Iterable[Mapping[str, Any]], may_differ: Sequence[str]
) -> Iterator[Observation]:
    """Whatever the candidate (`changed`) or the repeat (`noise`) ended with otherwise than the baseline: differences as `state.diff` gives them.

    Items of one table are alike, so that an attribute is noisy in all of them; record sets are not, so that each has its own noise, and only which there are is one place of the zone.
    """
    found: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for side, differences in (("candidate", changed), ("repeat", noise)):
        for each in differences:
            found[_place(each)][side] = each
    for (of, type_, key), sides in sorted(found.items()):
        some = next(iter(sides.values()))
        baseline = _end(some, "before", "removed")
        repeat, candidate = (
            _end(sides[side], "after", "added") if side in sides else baseline for side in ("repeat", "candidate")
        )
        root = "" if type_ == "item" else f"/{step(key or type_)}"
        may = ANYWHERE if is_declared(some, may_differ) else ()
        yield Observation(of, key or type_, baseline, repeat, candidate, root, may)


def _end(difference: Mapping[str, Any], side: str, there: str) -> Any:
    """What one side of a difference is. A whole zone or table that only one side has is told without what is in it: its `kind` says which."""
    return difference.get(side, True if difference["kind"] == there else ABSENT)


def _place(difference: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a thing belongs to (its zone, table or function), its type, its key."""
    of = next((difference[name] for name in ("zone", "table", "function") if name in difference), difference["service"])
    return str(of), str(difference["type"]), str(difference["key"])
