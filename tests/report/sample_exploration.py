"""The result document of an exploration, made by hand: a late flip between two enactors, its crash, its clock; and a certificate."""

from __future__ import annotations

from typing import Any

CHANGE = "ChangeResourceRecordSets"
CONTAINERS = [
    {"name": "A", "functions": ["enactor"], "after": []},
    {"name": "B", "functions": ["enactor", "cleaner"], "after": []},
]
COMMAND = "twinstage explore enactor-stale-plan --arm candidate --case recorded --schedule 'A B A!crash +time A'"


def step(
    n: int, container: str | None, what: str, *, action: str = "step", operation: str = CHANGE, **more: Any
) -> dict[str, Any]:
    asked = {"service": "route53", "operation": operation} if container else {"service": "", "operation": ""}
    mark = "+time" if action == "time" else f"{container}!{action}" if action != "step" else container
    at = {"at_s": 1760940000.0 + n, "at": f"2025-10-20T06:00:{n % 60:02d}.000Z"}
    told = {"n": n, "schedule": mark, "container": container, "action": action, "what": what}
    return told | at | asked | {"outcome": "success", "changed": [], "breaks": []} | more


def violation(**more: Any) -> dict[str, Any]:
    return {
        "invariant": "I3",
        "title": "The applied generation of an endpoint never decreases",
        "arm": "candidate",
        "case": "recorded",
        "variant": None,
        "counts": True,
        "schedule": ["A", "B", "A!crash", "+time", "A"],
        "context_switches": 2,
        "minimal": True,
        "delays": 1,
        "confirmed": True,
        "depth": 5,
        "detail": "api.example.com. went from 13 back to 11",
        "containers": CONTAINERS,
        "trace": [
            step(1, "A", "plans endpoint=api", operation="GetItem", service="dynamodb"),
            step(2, "B", "UPSERT api.example.com. A", changed=["api.example.com. A"]),
            step(3, "A", "DELETE lock.example.com. TXT", action="crash", outcome="InvalidChangeBatch"),
            step(4, None, "", action="time", outcome="passed"),
            step(5, "A", "UPSERT api.example.com. A", changed=["api.example.com. A"], breaks=["I3"]),
        ],
        "perturbations": 2,
        "nearest": ["A", "B", "A", "A"],
        "divergence": None,
        "command": COMMAND,
    } | more


def case(**more: Any) -> dict[str, Any]:
    return {
        "case": "recorded",
        "arm": "candidate",
        "variant": None,
        "containers": CONTAINERS,
        "perturb": {"crashes": 1, "expiries": 2, "expiry_s": 300},
        "certified": False,
        "exhausted": True,
        "certificate": "states",
        "uncovered": [],
        "reduction": None,
        "schedules": 1200,
        "states": 615,
        "terminal_states": 83,
        "interleavings": 3676,
        "executions": 83,
        "violated": ["I3"],
        "asked": ["I1", "I3"],
        "broken": True,
        "bad_interleavings": {"I3": 670},
        "capped": False,
        "depths": {"I3": 5},
        "hits": {},
        "must_certify": False,
        "never_fired": [],
        "recorded_breaks": [],
        "dpor": None,
        "outcomes": [],
        "baseline_outcomes": [],
        "transitions": 1200,
    } | more


def lag(largest: int, first_unsafe: int | None, undecided: int | None = None) -> dict[str, Any]:
    found = {"unit": "generations", "largest": largest, "first_unsafe": first_unsafe, "upto": 6, "undecided": undecided}
    return found | {"arm": "candidate", "variant": None, "broken": [], "states": {}}


def explored(**more: Any) -> dict[str, Any]:
    return {
        "schema": "twinstage:explore:1",
        "scenario": "enactor-stale-plan",
        "verdict": "REJECTED",
        "certified": False,
        "schedules": 2400,
        "schedules_per_s": 61234.5,
        "executions": 166,
        "states": 1093,
        "terminal_states": 127,
        "interleavings": 231728993,
        "safe_lag": lag(1, 2),
        "safe_lags": [lag(1, 2)],
        "violations": [violation()],
        "cases": [case(), case(arm="baseline", certified=True, violated=[], interleavings=None)],
        "only_baseline": [],
        "only_candidate": [{"invariant": "I3", "case": "recorded", "variant": None}],
        "unanswered": [],
        "broken_at_start": [],
        "not_recurring": [],
        "refused": [],
        "divergences": [],
        "gave_up": [],
        "idle": [],
        "left_out": [],
        "missing": [],
        "variants": [],
        "findings": [],
        "timing": {"found_s": {}, "tasks": {}},
    } | more


def certified() -> dict[str, Any]:
    return explored(
        verdict="APPROVED",
        certified=True,
        violations=[],
        cases=[case(certified=True, violated=[])],
        only_candidate=[],
        safe_lag=lag(6, None),
        safe_lags=[lag(6, None)],
    )
