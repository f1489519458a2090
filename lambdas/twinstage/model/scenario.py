"""A scenario, as every stage of a rehearsal reads it: compiled by the command line, validated against `scenario.schema.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.ab_config import REPEAT, AbConfig, ab_of
from twinstage.model.approval import ApprovalPolicy, approval_policy
from twinstage.model.change_step import steps_of
from twinstage.model.dns_name import canonical_name
from twinstage.model.exploration_config import Exploration, exploration_of
from twinstage.model.invariant import EXPLORATION, Invariant, invariant_of, name_or_below
from twinstage.model.rollback_config import Rollback, rollback_of
from twinstage.model.stress_config import StressConfig, stress_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.change_step import ChangeStep

CANDIDATE = "candidate"
CRITERIA = ("consistency", "performance", "safety")
TABLE = "table:"  # what an entry of `may_differ` that is a table begins with
MAX_LATE_S = 5.0
PERFORMANCE_DEFAULTS = {"max_calls_ratio": 2.0, "max_latency_ratio": 3.0, "latency_floor_ms": 250.0}


@dataclass(frozen=True)
class Scenario:
    """What to capture, what changes, what must hold. `criteria` maps each criterion asked for to its limits.

    `may_differ` declares where the candidate may end otherwise than the baseline: record names, `*.suffix` for the names below a suffix
    (names canonical), `table:<name>` for a table. `pace` is "fast", "recorded" or "x<N>"; `max_late_s` how late an event may begin, seconds;
    `shard_by` what keeps the order of invocations: "all", "session" or {"key": pointer}; `later` the snapshot that snapshot and log must
    come to; `approval` who has to approve the change, None: nobody is asked; `stress` the load that each arm is put under, None: none; `ab` how the candidate is
    compared with what the baseline does twice, None: not at all; `rollback` how the way back is rehearsed, None: not at all. `steps` is the change in the order in which it is applied; `allow` are the guards of its plan that
    are let through, `may_break` is why something may break for somebody who was not told.
    """

    name: str
    title: str
    capture: Mapping[str, tuple[str, ...]]
    changed: tuple[str, ...]
    may_differ: tuple[str, ...]
    keep_environment: tuple[str, ...]
    invariants: tuple[Invariant, ...]
    criteria: Mapping[str, Mapping[str, float]]
    seed: int
    document: Mapping[str, Any] = field(repr=False)
    explore: Exploration | None = None
    pace: str = "fast"
    max_late_s: float = MAX_LATE_S
    shard_by: str | Mapping[str, str] = "all"
    later: str | None = None
    approval: ApprovalPolicy | None = None
    stress: StressConfig | None = None
    ab: AbConfig | None = None
    rollback: Rollback | None = None
    steps: tuple[ChangeStep, ...] = ()
    allow: tuple[str, ...] = ()
    may_break: str = ""

    @property
    def explored_invariants(self) -> tuple[Invariant, ...]:
        """The invariants that are asked of an exploration."""
        return tuple(each for each in self.invariants if EXPLORATION in each.asked_in)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms to rehearse: without a change there is only the baseline."""
        return ("baseline", CANDIDATE) if self.steps else ("baseline",)

    @property
    def replayed(self) -> tuple[str, ...]:
        """The arms that the events are replayed in, in this order: those that are rehearsed, and after them what tells noise from a difference."""
        return (*self.arms, REPEAT) if self.ab is not None else self.arms

    @property
    def subject(self) -> str:
        """The arm that the verdict is about."""
        return self.arms[-1]


def scenario_of(document: Mapping[str, Any]) -> Scenario:
    """The scenario of a valid document, defaults filled in. Without `criteria` all are asked for; an empty `criteria` asks for none."""
    capture = document["capture"]
    criteria = document.get("criteria", {name: {} for name in CRITERIA})
    limits = {name: dict(criteria[name] or {}) for name in CRITERIA if name in criteria}
    if "performance" in limits:
        limits["performance"] = PERFORMANCE_DEFAULTS | limits["performance"]
    change, events = document.get("change", {}), document["events"]
    return Scenario(
        name=document["name"],
        title=document.get("title", document["name"]),
        capture={
            "zones": tuple(canonical_name(name) for name in capture.get("zones", ())),
            "tables": tuple(capture.get("tables", ())),
            "functions": tuple(capture.get("functions", ())),
        },
        changed=tuple(sorted(change.get("functions", {}))),
        may_differ=tuple(_declared(entry) for entry in change.get("end_state", {}).get("may_differ", ())),
        keep_environment=tuple(document.get("environment", {}).get("keep", ())),
        invariants=tuple(invariant_of(entry) for entry in document.get("invariants", ())),
        criteria=limits,
        seed=document.get("seed", 0),
        document=document,
        explore=exploration_of(document["explore"]) if document.get("explore", False) is not False else None,
        pace=events.get("pace", "fast"),
        max_late_s=events.get("max_late_s", MAX_LATE_S),
        shard_by=events.get("shard_by", "all"),
        later=events.get("later"),
        approval=approval_policy(document["approval"]) if "approval" in document else None,
        stress=stress_of(document["stress"], document.get("seed", 0)) if "stress" in document else None,
        ab=ab_of(document["ab"]) if "ab" in document else None,
        rollback=rollback_of(document["rollback"]) if "rollback" in document else None,
        steps=steps_of(change),
        allow=tuple(change.get("allow", ())),
        may_break=change.get("may_break", ""),
    )


def _declared(entry: str) -> str:
    return entry if entry.startswith(TABLE) else name_or_below(entry)
