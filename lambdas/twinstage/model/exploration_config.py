"""What a scenario asks of its exploration: the `explore` section, every default filled in.

Messages stay in the scenario's own form, for a generation in them may follow from a lag: {"function", "event", "at"?} is one invocation,
{"zone" or "zone_id", "changes", "at"?} one batch of record changes, {"table", "keys", "new_image", "at"?} one item put, or deleted (null).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.prepared_answer import PreparedAnswer, prepared_answers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORDED, SAFE_LAG = "recorded", "safe-lag"  # the names of the cases that no scenario writes down
RECORDED_TITLE = "the recorded day"
PLUS_LAG = "plus_lag"
BUDGETS = ("crashes", "lost_responses", "throttles", "stale_reads", "expiries")
EXPIRY_S = 300.0
SEEDS = 200
MAX_STATES = 200_000
RECORDED_STATES = 20_000  # a recorded day is looked through so far, unless it is to be certified
RECOVERY_AFTER_S = 300.0

Document = dict[str, Any]


@dataclass(frozen=True)
class FollowUpPointers:
    """Where a response names the message that follows it: JSON pointers, and the message's member that holds the hand-over time."""

    function: str
    message: str
    delay_s: str | None = None
    now: str | None = None


@dataclass(frozen=True)
class Perturb:
    """How often each thing may go wrong in one schedule; `expiry_s`: how far time jumps when nobody did anything, seconds."""

    crashes: int = 0
    lost_responses: int = 0
    throttles: int = 0
    stale_reads: int = 0
    expiries: int = 0
    expiry_s: float = EXPIRY_S

    @property
    def asked(self) -> tuple[str, ...]:
        """What may go wrong at all."""
        return tuple(name for name in BUDGETS if getattr(self, name))


@dataclass(frozen=True)
class ContainerPlan:
    """One execution environment: its messages in their order; it begins once all containers in `after` have ended."""

    name: str
    messages: tuple[Document, ...]
    after: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CasePlan:
    """One set of concurrent containers; none are told of the recorded day. `rehearsed`: whether a rehearsal explores it too. `asked`: ids of the invariants asked here, None for all but `excepted`; `at_least`: over the invariants' own."""

    name: str
    title: str
    containers: tuple[ContainerPlan, ...] = ()
    given: tuple[Document, ...] = ()
    perturb: Perturb = field(default_factory=Perturb)
    asked: tuple[str, ...] | None = None
    excepted: frozenset[str] = frozenset()
    at_least: Mapping[str, Any] = field(default_factory=dict)
    certify: bool = False
    max_states: int = MAX_STATES
    rehearsed: bool = True


@dataclass(frozen=True)
class SafeLag:
    """The case that is explored for lag 1, 2, ... `upto`, in `unit`; {"plus_lag": n} in it is n + lag."""

    unit: str
    upto: int
    case: CasePlan


@dataclass(frozen=True)
class Recovery:
    """The invocations that are run alone, one after another, `after_s` seconds after a reached state."""

    messages: tuple[Document, ...]
    after_s: float = RECOVERY_AFTER_S


@dataclass(frozen=True)
class Variant:
    """The candidate in another form: `environment` goes over that of every function that changes.

    `expected`: the ids of exactly the invariants that it breaks, empty for a certificate; None where nothing was said.
    """

    name: str
    title: str
    environment: Mapping[str, str]
    expected: frozenset[str] | None = None


@dataclass(frozen=True)
class Exploration:
    """The whole section. `lag_s` None: the timeout of the earlier event's function; `recorded` None: the recorded day is no case."""

    follow_ups: FollowUpPointers | None = None
    lag_s: float | None = None
    perturb: Perturb = field(default_factory=Perturb)
    seeds: int = SEEDS
    max_states: int = MAX_STATES
    recorded: CasePlan | None = CasePlan(RECORDED, RECORDED_TITLE, max_states=RECORDED_STATES)
    recovery: Recovery | None = None
    cases: tuple[CasePlan, ...] = ()
    safe_lag: SafeLag | None = None
    variants: tuple[Variant, ...] = ()
    answers: tuple[PreparedAnswer, ...] = ()

    @property
    def rehearsed(self) -> bool:
        """Whether there is something that a rehearsal explores; where nothing is to be explored at all, a rehearsal says so too."""
        plans = [
            *self.cases,
            *([self.recorded] if self.recorded else []),
            *([self.safe_lag.case] if self.safe_lag else []),
        ]
        return not plans or any(plan.rehearsed for plan in plans)


def exploration_of(document: Mapping[str, Any]) -> Exploration:
    """The section of a valid scenario."""
    perturb, max_states = Perturb(**document.get("perturb", {})), document.get("max_states", MAX_STATES)
    recovery, lag, follow_ups = document.get("recovery"), document.get("safe_lag"), document.get("follow_ups")
    return Exploration(
        follow_ups=FollowUpPointers(**follow_ups) if follow_ups else None,
        lag_s=document.get("lag_s"),
        perturb=perturb,
        seeds=document.get("seeds", SEEDS),
        max_states=max_states,
        recorded=_recorded(document.get("recorded", True), perturb, max_states),
        recovery=Recovery(tuple(recovery["messages"]), recovery.get("after_s", RECOVERY_AFTER_S)) if recovery else None,
        cases=tuple(_case(entry, perturb, max_states) for entry in document.get("cases", ())),
        safe_lag=SafeLag(lag["unit"], lag["upto"], _lagging(lag, perturb, max_states)) if lag else None,
        variants=tuple(_variant(name, entry) for name, entry in document.get("variants", {}).items()),
        answers=prepared_answers_of(document.get("answers", ())),
    )


def with_lag(document: Any, lag: int) -> Any:
    """A document with every {"plus_lag": n} in it replaced by n + `lag`."""
    if isinstance(document, dict):
        if set(document) == {PLUS_LAG} and isinstance(document[PLUS_LAG], int):
            return document[PLUS_LAG] + lag
        return {name: with_lag(value, lag) for name, value in document.items()}
    return [with_lag(value, lag) for value in document] if isinstance(document, list) else document


def _case(entry: Mapping[str, Any], section: Perturb, max_states: int) -> CasePlan:
    return CasePlan(
        name=entry["name"],
        title=entry.get("title", entry["name"]),
        containers=tuple(_container(name, given) for name, given in entry.get("containers", {}).items()),
        given=tuple(entry.get("given", ())),
        perturb=Perturb(**(vars(section) | entry.get("perturb", {}))),
        asked=tuple(entry["invariants"]) if "invariants" in entry else None,
        excepted=frozenset(entry.get("except", ())),
        at_least=dict(entry.get("at_least", {})),
        certify=entry.get("certify", False),
        max_states=entry.get("max_states", max_states),
        rehearsed=entry.get("rehearsed", True),
    )


def _recorded(entry: Any, section: Perturb, max_states: int) -> CasePlan | None:
    if entry is False:
        return None
    own = entry if isinstance(entry, dict) else {}
    most = max_states if own.get("certify") else min(max_states, RECORDED_STATES)
    return _case({"name": RECORDED, "title": RECORDED_TITLE} | own, section, most)


def _lagging(entry: Mapping[str, Any], section: Perturb, max_states: int) -> CasePlan:
    own = {name: value for name, value in entry.items() if name not in ("unit", "upto")}
    return _case({"name": SAFE_LAG, "title": f"lag in {entry['unit']}", "certify": True} | own, section, max_states)


def _container(name: str, given: Any) -> ContainerPlan:
    if isinstance(given, list):
        return ContainerPlan(name, tuple(given))
    return ContainerPlan(name, tuple(given["messages"]), frozenset(given.get("after", ())))


def _variant(name: str, entry: Mapping[str, Any]) -> Variant:
    expect = entry.get("expect")
    expected = frozenset(expect.get("violations", ())) if expect is not None else None
    return Variant(name, entry.get("title", name), dict(entry["environment"]), expected)
