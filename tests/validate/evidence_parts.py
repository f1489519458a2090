"""Evidence written by hand: outcomes of two arms over a small zone, with whatever a test wants to be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.state.memory_zones import alias, apex, change, rr
from twinstage.model.event import Event
from twinstage.model.scenario import Scenario, scenario_of
from twinstage.state.comparable import comparable_records, record_differences
from twinstage.validate.evidence import ArmEvidence, Evidence
from twinstage.validate.history import History
from twinstage.validate.verdict import judge
from twinstage.world.memory.route53 import Zone, record_sets, zone_from

if TYPE_CHECKING:
    from twinstage.model.finding import Finding

ZONE = "ZPRODUCTION"
TREE_1 = rr("plan-1.ex.test.", "A", "192.0.2.1")
TREE_2 = rr("plan-2.ex.test.", "A", "192.0.2.2")
SERVING_1 = alias("api.ex.test.", "A", "plan-1.ex.test.", ZONE)
SERVING_2 = alias("api.ex.test.", "A", "plan-2.ex.test.", ZONE)
START = [*apex("ex.test."), TREE_1, TREE_2, SERVING_1]
DOCUMENT: dict[str, Any] = {
    "schema": "twinstage:scenario:1",
    "name": "small",
    "capture": {"zones": ["ex.test."], "functions": ["enactor"]},
    "change": {"functions": {"enactor": {"code": "candidate"}}},
    "events": {"file": "events.jsonl"},
    "invariants": [
        {"id": "I1", "title": "it resolves", "kind": "resolves", "names": ["api.ex.test."]},
        {"id": "I2", "title": "its tree is there", "kind": "alias_target_exists", "names": ["api.ex.test."]},
        {
            "id": "I3",
            "title": "it goes forward",
            "kind": "never_decreases",
            "names": ["api.ex.test."],
            "generation": "plan-{generation}.",
        },
    ],
}

INVARIANT = DOCUMENT["invariants"][2]
TREES = ("plan-1.ex.test.", "plan-2.ex.test.")


def start(*records: dict[str, Any]) -> dict[str, Zone]:
    return {ZONE: zone_from(records or START, id=ZONE, name="ex.test.")}


def call(
    *changes: dict[str, Any], n: int = 0, error: str | None = None, latency_ms: float = 1.0, zone: str = ZONE
) -> dict[str, Any]:
    """One call of ChangeResourceRecordSets, as a recorder wrote it down."""
    return {
        "n": n,
        "service": "route53",
        "operation": "ChangeResourceRecordSets",
        "parameters": {"HostedZoneId": zone, "ChangeBatch": {"Changes": list(changes)}},
        "outcome": "error" if error else "success",
        "latency_ms": latency_ms,
    } | ({"error": error, "message": "refused"} if error else {})


def get_item(n: int = 0, latency_ms: float = 1.0, error: str | None = None) -> dict[str, Any]:
    """A call that no check replays."""
    made = {"n": n, "service": "dynamodb", "operation": "GetItem", "parameters": {}, "latency_ms": latency_ms}
    return made | ({"outcome": "error", "error": error} if error else {"outcome": "success"})


def outcome(seq: int, *calls: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """One invocation's outcome; `calls=None` among the fields: nobody knows them."""
    return {
        "event": f"e{seq}",
        "seq": seq,
        "timestamp": f"2025-10-19T02:14:{seq:02d}Z",
        "type": "lambda_invoke",
        "function": "enactor",
        "recorded": {"outcome": "success"},
        "outcome": "success",
        "latency_ms": 10.0,
        "calls": list(calls),
    } | fields


FLIP = outcome(0, get_item(), call(change("UPSERT", SERVING_2), n=1))
CLEAN = outcome(1, call(change("DELETE", TREE_1)))
EMPTIED = outcome(1, call(change("DELETE", TREE_1)))
FAILED = {"outcome": "error", "error": "StaleLock"}
FIDELITY: dict[str, Any] = {
    "equal": True,
    "snapshot": "sha256:0",
    "twin": "sha256:0",
    "counts": {"zones": 1, "record_sets": 3, "tables": 0, "items": 0},
    "differences": [],
    "differences_found": 0,
    "substitutions": [],
}


@dataclass(frozen=True)
class Day:
    """A rehearsal of two events in which nothing went wrong."""

    document: dict[str, Any] = field(default_factory=lambda: dict(DOCUMENT))
    zones: dict[str, Zone] = field(default_factory=start)
    baseline: tuple[dict[str, Any], ...] = (FLIP, CLEAN)
    candidate: tuple[dict[str, Any], ...] = (FLIP, CLEAN)
    events: int = 2

    @property
    def scenario(self) -> Scenario:
        return scenario_of(self.document)

    def arm(self, name: str, outcomes: tuple[dict[str, Any], ...], **fields: Any) -> ArmEvidence:
        """An arm whose final state is what its calls add up to."""
        history = History(dict(self.zones))
        for _ in history.steps(outcomes):
            pass
        final = {zone.name: comparable_records(record_sets(zone), zone.name) for zone in history.zones.values()}
        given = {"fidelity": FIDELITY, "final_zones": final} | fields
        return ArmEvidence(name, self.zones, self.scenario.invariants, outcomes, **given)

    def evidence(self, **fields: Any) -> Evidence:
        arms = tuple(self.arm(name, getattr(self, name)) for name in self.scenario.arms)
        events = tuple(
            Event(f"e{i}", "", "lambda_invoke", {"function": "enactor", "event": {}}, seq=i) for i in range(self.events)
        )
        ends = [arm.final_zones or {} for arm in arms]
        differing = tuple(
            difference
            for zone in sorted(ends[0].keys() | ends[-1].keys())
            for difference in record_differences(zone, ends[0].get(zone, {}), ends[-1].get(zone, {}))
        )
        differing = differing if len(ends) > 1 else None
        return replace(Evidence(self.scenario, events, arms, differences=differing), **fields)

    def with_arm(self, name: str, **fields: Any) -> Evidence:
        """The evidence with some of one arm's parts replaced."""
        whole = self.evidence()
        return replace(whole, arms=tuple(replace(arm, **fields) if arm.arm == name else arm for arm in whole.arms))


def found(evidence: Evidence, check: str, arm: str | None = None) -> Finding:
    """The one finding of a check."""
    (finding,) = [f for f in judge(evidence) if f.check == check and (arm is None or f.arm == arm)]
    return finding


def that_may_end(*names: str, **fields: Any) -> dict[str, Any]:
    """The scenario with these declared to differ at the end, not judged by performance."""
    change = DOCUMENT["change"] | {"end_state": {"may_differ": list(names)}}
    return DOCUMENT | {"criteria": {"consistency": {}, "safety": {}}, "change": change} | fields
