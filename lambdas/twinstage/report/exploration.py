"""What an exploration says, as far as a report shows it: out of the result document `twinstage:explore:1`.

Each class has an `of` that reads its JSON form: lenient with fields that are absent, raising (AttributeError, KeyError, TypeError or ValueError) on
another form, which `reading.Reader` turns into a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from twinstage.report.documents import Document, listed, mapped, text_of
from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

TIME = "time"
STEPS_KEPT = 200
LANES_KEPT = 12
PLACES_NAMED = 3


@dataclass(frozen=True)
class Lane:
    """A container: an execution environment that serves its messages one after another, or a recorded change batch."""

    name: str
    functions: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step of a schedule. `lane` is the container's name, empty where time passes; `breaks` are the invariants that broke by it."""

    n: int
    lane: str
    action: str
    operation: str
    what: str
    outcome: str
    changed: tuple[str, ...]
    breaks: tuple[str, ...]

    @classmethod
    def of(cls, document: Any, place: int) -> Self:
        """Out of an entry of `trace`; `place` is where it stands there."""
        return cls(
            n=int(document.get("n", place)),
            lane=clip(text_of(document.get("container")), 60),
            action=text_of(document.get("action") or "step"),
            operation=text_of(document.get("operation")),
            what=clip(text_of(document.get("what")), 600),
            outcome=clip(text_of(document.get("outcome")), 200),
            changed=tuple(clip(text_of(change), 300) for change in listed(document.get("changed"))[:40]),
            breaks=tuple(map(text_of, listed(document.get("breaks")))),
        )


@dataclass(frozen=True)
class Counterexample:
    """One schedule that breaks an invariant, the shortest that was found.

    `proven` says that none has fewer context switches; `delays` counts those against the recorded order (None: not in that case); `confirmed` says that
    the handlers, run in full, did the same. `hidden` counts the earlier steps that are not kept.
    """

    invariant: str
    title: str
    arm: str
    case: str
    variant: str
    counts: bool
    schedule: tuple[str, ...]
    switches: int | None
    proven: bool
    delays: int | None
    confirmed: bool | None
    detail: str
    lanes: tuple[Lane, ...]
    steps: tuple[Step, ...]
    hidden: int
    command: str

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of an entry of `violations`."""
        trace = listed(document.get("trace"))
        # The end is where it breaks.
        steps = tuple(Step.of(step, place) for place, step in list(enumerate(trace, start=1))[-STEPS_KEPT:])
        return cls(
            invariant=text_of(document["invariant"]),
            title=clip(text_of(document.get("title")), 200),
            arm=text_of(document.get("arm")),
            case=clip(text_of(document.get("case")), 80),
            variant=clip(text_of(document.get("variant")), 80),
            counts=bool(document.get("counts", True)),
            schedule=tuple(map(text_of, listed(document.get("schedule")))),
            switches=_whole(document.get("context_switches")),
            proven=document.get("minimal") is True,
            delays=_whole(document.get("delays")),
            confirmed=None if document.get("confirmed") is None else bool(document["confirmed"]),
            detail=clip(text_of(document.get("detail")), 1000),
            lanes=_lanes(document, steps),
            steps=steps,
            hidden=len(trace) - len(steps),
            command=text_of(document.get("command")),
        )

    @property
    def place(self) -> str:
        """Where it was found: the arm, the case, the variant if there is one."""
        return ", ".join(filter(None, (self.arm, self.case, self.variant)))


@dataclass(frozen=True)
class ExploredCase:
    """One case as it was explored in one arm (and variant). `interleavings` None: not counted. `violated` are invariants.

    `reduced`: how many executions stand for every schedule; None where states do, or nothing does.
    """

    case: str
    arm: str
    variant: str
    lanes: tuple[Lane, ...]
    certified: bool
    exhausted: bool
    reduced: int | None
    schedules: int
    states: int
    terminal_states: int
    interleavings: int | None
    violated: tuple[str, ...]
    perturbed: Mapping[str, int]

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of an entry of `cases`."""
        allowed = {name: int(number) for name, number in mapped(document.get("perturb")).items() if _counted(number)}
        return cls(
            case=clip(text_of(document.get("case")), 80),
            arm=text_of(document.get("arm")),
            variant=clip(text_of(document.get("variant")), 80),
            lanes=_lanes(document, ()),
            certified=document.get("certified") is True,
            exhausted=document.get("exhausted") is True,
            reduced=_whole(mapped(document.get("reduction")).get("executions")) if _by_reduction(document) else None,
            schedules=int(document.get("schedules") or 0),
            states=int(document.get("states") or 0),
            terminal_states=int(document.get("terminal_states") or 0),
            interleavings=_whole(document.get("interleavings")),
            violated=tuple(map(text_of, listed(document.get("violated")))),
            perturbed={name: number for name, number in allowed.items() if name != "expiry_s"},
        )


@dataclass(frozen=True)
class SafeLag:
    """How far apart things may be without anything breaking: `largest` holds, `first_unsafe` breaks (None: nothing up to `upto`, unless it is undecided)."""

    unit: str
    largest: int | None
    first_unsafe: int | None
    upto: int | None
    undecided: bool
    place: str

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `safe_lag`."""
        return cls(
            unit=text_of(document.get("unit")) or "steps",
            largest=_whole(document.get("largest")),
            first_unsafe=_whole(document.get("first_unsafe")),
            upto=_whole(document.get("upto")),
            undecided=document.get("undecided") not in (None, False),
            place=", ".join(filter(None, (text_of(document.get("arm")), text_of(document.get("variant"))))),
        )


@dataclass(frozen=True)
class VariantResult:
    """What came of one form of the candidate. `as_expected` None: nothing was expected of it."""

    name: str
    title: str
    certified: bool
    violated: tuple[str, ...]
    as_expected: bool | None

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of an entry of `variants`."""
        as_expected = document.get("as_expected")
        return cls(
            name=clip(text_of(document["variant"]), 80),
            title=clip(text_of(document.get("title")), 200),
            certified=document.get("certified") is True,
            violated=tuple(map(text_of, listed(document.get("violated")))),
            as_expected=as_expected if isinstance(as_expected, bool) else None,
        )


@dataclass(frozen=True)
class Exploration:
    """The whole document. `only` maps an arm to what under the same schedules broke in it alone.

    `divergences` tell where a handler, run in full, did not do what it had done before; `missing` names tasks that left no document, `gave_up` those
    whose handlers never came back, `left_out` events that are no part of any case.
    """

    certified: bool
    schedules: int
    schedules_per_s: float | None
    states: int
    interleavings: int | None
    cases: tuple[ExploredCase, ...]
    violations: tuple[Counterexample, ...]
    safe_lags: tuple[SafeLag, ...]
    only: Mapping[str, tuple[str, ...]]
    variants: tuple[VariantResult, ...]
    unanswered: tuple[str, ...]
    answered: tuple[str, ...]
    divergences: tuple[str, ...]
    missing: tuple[str, ...]
    gave_up: tuple[str, ...]
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `explore.json`."""
        rate, lag = document.get("schedules_per_s"), document.get("safe_lag")
        lags = listed(document.get("safe_lags")) or ((lag,) if lag else ())
        violations = sorted(map(Counterexample.of, listed(document.get("violations"))), key=_telling)
        return cls(
            certified=document.get("certified") is True,
            schedules=int(document.get("schedules") or 0),
            schedules_per_s=None if rate is None else float(rate),
            states=int(document.get("states") or 0),
            interleavings=_whole(document.get("interleavings")),
            cases=tuple(map(ExploredCase.of, listed(document.get("cases")))),
            violations=tuple(violations),
            safe_lags=tuple(map(SafeLag.of, lags)),
            only={arm: _only(document.get(f"only_{arm}")) for arm in ("baseline", "candidate")},
            variants=tuple(map(VariantResult.of, listed(document.get("variants")))),
            unanswered=tuple(clip(text_of(entry), 200) for entry in listed(document.get("unanswered"))),
            answered=tuple(_answered(entry) for entry in listed(document.get("answered"))),
            divergences=tuple(clip(text_of(entry), 600) for entry in listed(document.get("divergences"))),
            missing=tuple(clip(text_of(entry), 120) for entry in listed(document.get("missing"))),
            gave_up=tuple(_given_up(entry) for entry in listed(document.get("gave_up"))),
            left_out=tuple(clip(text_of(entry), 120) for entry in listed(document.get("left_out"))),
        )


def _by_reduction(case: Document) -> bool:
    return case.get("certificate") == "reduction"


def _telling(violation: Counterexample) -> tuple[bool, bool]:
    """What bears on the verdict first, else as the document has it."""
    return (not violation.counts, violation.arm == "baseline")


def _lanes(document: Document, steps: tuple[Step, ...]) -> tuple[Lane, ...]:
    """The containers as the document names them, and any that only the steps name."""
    told = [
        Lane(clip(text_of(entry["name"]), 60), tuple(map(text_of, listed(entry.get("functions")))))
        for entry in listed(document.get("containers"))
    ]
    known = {lane.name for lane in told}
    acting = dict.fromkeys(step.lane for step in steps if step.lane and step.lane not in known)
    return (*told, *(Lane(name, ()) for name in acting))


def _only(entries: Any) -> tuple[str, ...]:
    """What broke in one arm alone: each invariant once, with the cases in which it did."""
    places: dict[str, dict[str, None]] = {}
    for entry in listed(entries):
        where = " ".join(filter(None, (text_of(entry.get("case")), text_of(entry.get("variant")))))
        places.setdefault(text_of(entry["invariant"]), {})[where] = None
    return tuple(clip(f"{invariant} ({_some(list(found))})", 300) for invariant, found in places.items())


def _some(names: list[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = len(names) - PLACES_NAMED
    return ", ".join(names[:PLACES_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _given_up(entry: Any) -> str:
    return clip(": ".join(filter(None, (text_of(entry.get("task")), text_of(entry.get("message"))))), 600)


def _answered(entry: Any) -> str:
    """An operation whose calls were answered as the scenario says."""
    return clip(f"{text_of(entry.get('service'))} {text_of(entry.get('operation'))}", 200)


def _counted(value: Any) -> bool:
    return isinstance(value, int | float) and bool(value)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
