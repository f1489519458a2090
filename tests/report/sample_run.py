"""Run directories made by hand: what a rehearsal leaves behind, in the forms of docs/architecture.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest
from twinstage.world.jsons import put_json, put_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.world.store import Store

ZONE = "Z0EXAMPLE0001"
TITLES = {
    "I1": "Every customer name resolves to at least one address",
    "I2": "The active tree is never deleted",
    "I3": "The applied generation of an endpoint never decreases",
}


def record(name: str, type_: str, *values: str, ttl: int = 60) -> dict[str, Any]:
    return {"Name": name, "Type": type_, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}


def alias(name: str, target: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "A",
        "AliasTarget": {"HostedZoneId": ZONE, "DNSName": target, "EvaluateTargetHealth": False},
    }


def change(action: str, record_set: dict[str, Any]) -> dict[str, Any]:
    return {"Action": action, "ResourceRecordSet": record_set}


def call(
    n: int,
    service: str,
    operation: str,
    parameters: dict[str, Any],
    *,
    error: str | None = None,
    latency_ms: float = 4.2,
) -> dict[str, Any]:
    made = {
        "n": n,
        "service": service,
        "operation": operation,
        "parameters": parameters,
        "outcome": "error" if error else "success",
        "latency_ms": latency_ms + n,
    }
    return made | ({"error": error, "message": f"AWS said {error}"} if error else {})


def change_call(n: int, *changes: dict[str, Any], error: str | None = None) -> dict[str, Any]:
    parameters = {"HostedZoneId": ZONE, "ChangeBatch": {"Changes": list(changes)}}
    return call(n, "route53", "ChangeResourceRecordSets", parameters, error=error, latency_ms=11.0)


def outcome(
    seq: int,
    calls: list[dict[str, Any]],
    *,
    event: str | None = None,
    ended: str = "success",
    error: str | None = None,
    message: str | None = None,
    recorded: dict[str, Any] | None = None,
    type_: str = "lambda_invoke",
) -> dict[str, Any]:
    line = {
        "event": event or f"event-{seq:04d}",
        "seq": seq,
        "timestamp": f"2025-10-20T{6 + seq // 3600:02d}:{seq // 60 % 60:02d}:{seq % 60:02d}Z",
        "type": type_,
        "recorded": recorded or {"outcome": "success"},
        "outcome": ended,
        "latency_ms": sum(made["latency_ms"] for made in calls),
        "calls": calls,
    }
    return line | ({"error": error} if error else {}) | ({"message": message} if message else {})


def finding(
    check: str,
    criterion: str,
    message: str,
    *,
    passed: bool | None = True,
    arm: str | None = None,
    counts: bool = True,
    evidence: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "check": check,
        "criterion": criterion,
        "arm": arm,
        "passed": passed,
        "counts": counts,
        "message": message,
        "evidence": evidence or {},
    }


def held(check: str, arm: str, *, counts: bool = True) -> dict[str, Any]:
    evidence = {"title": TITLES[check], "violations": 0, "first": None}
    return finding(check, "safety", "held after every call", arm=arm, counts=counts, evidence=evidence)


FLIP_BACK = [
    change("UPSERT", record("gen.api.example.com.", "TXT", '"11"')),
    change("UPSERT", alias("api.example.com.", "plan-11.tree.api.example.com.")),
    change("UPSERT", alias("rollback.api.example.com.", "plan-13.tree.api.example.com.")),
]
CLEAN = [change("DELETE", record("plan-11.tree.api.example.com.", "A", "192.0.2.11", "192.0.2.12"))]


def broken(check: str, arm: str, *, counts: bool = True) -> dict[str, Any]:
    """The finding of an invariant that broke as on the bad day: I3 by the late flip, the others by the cleaner."""
    late = check == "I3"
    first = {
        "event": "enactor-a-late" if late else "cleaner-1",
        "seq": 8 if late else 9,
        "timestamp": f"2025-10-20T06:00:0{8 if late else 9}Z",
        "function": "enactor" if late else "cleaner",
        "call": 1,
        "operation": "ChangeResourceRecordSets",
        "zone": "example.com.",
        "detail": "gen.api.example.com. went from 13 back to 11"
        if late
        else "api.example.com. is an alias of plan-11.tree.api.example.com., which is gone",
        "changes": FLIP_BACK if late else CLEAN,
    }
    evidence = {"title": TITLES[check], "violations": 3 if late else 2, "first": first}
    return finding(check, "safety", first["detail"], passed=False, arm=arm, counts=counts, evidence=evidence)


def bad_day(*, breaks: bool) -> list[dict[str, Any]]:
    """Outcomes of the recorded bad day; `breaks`: by code that applies the late plan."""
    lines = [outcome(1, [call(0, "dynamodb", "GetItem", {"TableName": "plans", "Key": {"endpoint": {"S": "api"}}})])]
    for seq, generation in ((2, 11), (3, 11), (4, 12), (5, 12), (6, 13), (7, 13)):
        flip = change_call(
            2,
            change("UPSERT", record("gen.api.example.com.", "TXT", f'"{generation}"')),
            change("UPSERT", alias("api.example.com.", f"plan-{generation}.tree.api.example.com.")),
        )
        lost = seq == 3
        calls = [
            call(0, "dynamodb", "GetItem", {"TableName": "plans", "Key": {"endpoint": {"S": "api"}}}),
            change_call(1, change("DELETE", record("lock.example.com.", "TXT", '"a 1760940000"'))),
            flip,
        ]
        if lost:
            calls[1]["outcome"], calls[1]["error"], calls = "error", "InvalidChangeBatch", calls[:2]
        lines.append(outcome(seq, calls))
    read = call(0, "dynamodb", "GetItem", {"TableName": "plans", "Key": {"endpoint": {"S": "api"}}})
    if breaks:
        lines.append(outcome(8, [read, change_call(1, *FLIP_BACK)], event="enactor-a-late"))
        lines.append(outcome(9, [read, change_call(1, *CLEAN)], event="cleaner-1"))
        recorded = {"outcome": "error", "error": "InvalidChangeBatch"}
        wedged = change_call(1, change("UPSERT", alias("api.example.com.", "plan-14")), error="InvalidChangeBatch")
        lines.append(
            outcome(
                10,
                [read, wedged],
                ended="error",
                error="InvalidChangeBatch",
                message="the target was not found",
                recorded=recorded,
            )
        )
    else:
        guarded = change_call(
            1, change("DELETE", record("gen.api.example.com.", "TXT", '"10"')), error="InvalidChangeBatch"
        )
        lines.append(outcome(8, [read, guarded], event="enactor-a-late"))
        lines.append(outcome(9, [read, change_call(1, *CLEAN)], event="cleaner-1"))
        recorded = {"outcome": "error", "error": "InvalidChangeBatch"}
        lines.append(outcome(10, [read, change_call(1, *FLIP_BACK)], recorded=recorded))
    return lines


class SampleRun:
    """Writes the results of one run into a store, part by part, so that a test leaves out what its story needs."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def inputs(
        self,
        name: str = "enactor-stale-plan",
        title: str = "The freshness check moves back to the start",
        *,
        changed: bool = True,
    ) -> None:
        replaced = {"summary": "Read the plan once, and check it once.", "functions": {"enactor": {"code": "new/"}}}
        put_json(
            self.store,
            "input/scenario.json",
            {
                "schema": "twinstage:scenario:1",
                "name": name,
                "title": title,
                "description": "A refactoring of the enactor.",
                "capture": {"zones": [ZONE], "tables": ["plans"], "functions": ["enactor", "cleaner"]},
                "change": replaced if changed else None,
                "invariants": [{"id": i, "title": t, "kind": "resolves", "counts": True} for i, t in TITLES.items()],
                "criteria": {"performance": {"p95_ratio": 1.5}},
                "seed": 0,
            },
        )
        events = [
            {
                "id": f"event-{seq:04d}",
                "seq": seq,
                "timestamp": f"2025-10-20T06:00:{seq:02d}Z",
                "type": "lambda_invoke",
                "payload": {"function": "enactor", "event": {"endpoint": "api", "plan": 10 + seq // 2}},
            }
            for seq in range(1, 11)
        ]
        put_lines(self.store, "input/events.jsonl", events)

    def manifest(self) -> None:
        put_json(
            self.store,
            "manifest.json",
            {
                "schema": "twinstage:run:1",
                "run": "sample-1",
                "scenario": "enactor-stale-plan",
                "snapshot": digest("snapshot"),
                "events": digest("events"),
                "code": {},
                "seed": 0,
                "tool": "0.1.0",
                "started_at": "2026-11-22T08:00:00Z",
                "finished_at": "2026-11-22T08:00:11Z",
                "execution": "arn:aws:states:eu-west-1:222222222222:execution:twinstage:sample-1",
            },
        )

    def fidelity(self, arm: str, *, equal: bool = True) -> None:
        put_json(self.store, "prepare/parts.json", [])
        put_json(self.store, f"replicate/{arm}/0.json", {"part": 0})
        difference = {"service": "route53", "zone": "example.com.", "key": "www.example.com. A", "kind": "removed"}
        substitutions = [
            {"service": "route53", "subject": "example.com.", "field": "SOA", "reason": "a zone's SOA is its own"},
            {"service": "route53", "subject": "example.com.", "field": "NS", "reason": "a zone's apex NS is its own"},
            {
                "service": "route53",
                "subject": "cdn.example.com. A",
                "field": "AliasTarget",
                "reason": "the target lies out of the zone: a twin must not resolve to production",
            },
            {
                "service": "lambda",
                "subject": "enactor",
                "field": "Environment.PAGER_KEY",
                "reason": "withheld: the scenario does not keep it",
            },
        ]
        put_json(
            self.store,
            f"fidelity/{arm}.json",
            {
                "arm": arm,
                "equal": equal,
                "snapshot": digest("snapshot"),
                "twin": digest("snapshot" if equal else "another"),
                "counts": {"zones": 1, "record_sets": 24, "tables": 1, "items": 12},
                "differences": [] if equal else [difference],
                "substitutions": substitutions,
            },
        )

    def replay(self, arm: str, lines: Iterable[dict[str, Any]], shard: str = "0") -> None:
        lines = list(lines)
        put_lines(self.store, f"replay/{arm}/{shard}/{lines[0]['seq']}.jsonl", lines)

    def capture(self, arm: str, state: str) -> None:
        put_json(self.store, f"capture/{arm}.json", {"arm": arm, "snapshot": digest(state)})

    def comparison(self, *differences: dict[str, Any]) -> None:
        put_json(self.store, "comparison.json", {"differences": list(differences)})

    def performance(self, *arms: str) -> None:
        operations = {
            "dynamodb GetItem": {"count": 10, "errors": 0, "p50_ms": 4.2, "p95_ms": 5.1},
            "route53 ChangeResourceRecordSets": {"count": 15, "errors": 2, "p50_ms": 12.1, "p95_ms": 14.9},
        }
        put_json(
            self.store,
            "performance.json",
            {
                arm: {
                    "events": 10,
                    "calls": 25,
                    "latency_ms": {"p50": 18.0 + i, "p95": 31.5 + 3 * i, "p99": 33.2, "max": 41.0},
                    "operations": operations,
                }
                for i, arm in enumerate(arms)
            },
        )

    def judged(self, verdict: str, findings: list[dict[str, Any]], name: str = "enactor-stale-plan") -> None:
        put_json(self.store, "findings.json", {"schema": "twinstage:findings:1", "findings": findings})
        put_json(
            self.store,
            "verdict.json",
            {
                "schema": "twinstage:verdict:1",
                "scenario": name,
                "title": "The freshness check moves back to the start",
                "verdict": verdict,
                "snapshot": digest("snapshot"),
                "events": digest("events"),
                "code": {arm: {"enactor": digest(arm)} for arm in ("baseline", "candidate")},
                "seed": 0,
                "tool": "0.1.0",
                "findings": findings,
            },
        )

    def isolation(self, **changes: Any) -> None:
        same = {"captured": digest("production"), "held": digest("held")}
        tried = {"attempt": "scan a production table", "aim": "production", "call": "dynamodb.scan", "message": ""}
        document = {
            "schema": "twinstage:isolation:1",
            "profile": "two-accounts",
            "production_unchanged": True,
            "before": same,
            "after": same,
            "production_saw": {"capture_only": True, "others": []},
            "own_calls_denied": [],
            "withheld_from_clones": [],
            "drill": {
                "outcomes": [{**tried, "result": "refused", "error": "AccessDeniedException"}],
                "controls": [{**tried, "attempt": "read its own table", "result": "succeeded", "error": ""}],
            },
            "audit": {"proven": True, "violations": []},
        }
        put_json(self.store, "isolation.json", {**document, **changes})

    def failure(self, state: str, arm: str, cause: str) -> None:
        put_json(self.store, "failure.json", {"state": state, "arm": arm, "error": "States.TaskFailed", "cause": cause})

    bad_day = staticmethod(bad_day)

    def evidence(self) -> list[dict[str, Any]]:
        return [
            finding("fidelity", "evidence", "the twin equals the snapshot", arm="baseline"),
            finding("fidelity", "evidence", "the twin equals the snapshot", arm="candidate"),
            finding("events-complete", "evidence", "10 of 10 events were replayed in both arms"),
            finding("outcomes", "consistency", "10 of 10 events ended as recorded", arm="baseline", counts=False),
            finding("outcomes", "consistency", "no event failed that had not failed before", arm="candidate"),
            finding("p95", "performance", "34.5 ms against 31.5 ms: within 1.5 times", arm="candidate"),
        ]

    def complete(self, *, rejected: bool) -> None:
        """Everything a run writes: rejected, as `enactor-stale-plan` is; else approved, as `enactor-update` is."""
        bad, good = ("candidate", "baseline") if rejected else ("baseline", "candidate")
        self.inputs()
        self.manifest()
        for arm in ("baseline", "candidate"):
            self.fidelity(arm)
            self.replay(arm, bad_day(breaks=arm == bad))
            self.capture(arm, arm)
        self.comparison(
            {
                "service": "route53",
                "zone": "example.com.",
                "key": "gen.api.example.com. TXT",
                "kind": "changed",
                "baseline": record("gen.api.example.com.", "TXT", '"13"'),
                "candidate": record("gen.api.example.com.", "TXT", '"11"'),
            },
            {
                "service": "dynamodb",
                "table": "plans",
                "key": "api",
                "kind": "removed",
                "baseline": {"endpoint": {"S": "api"}, "generation": {"N": "13"}},
            },
        )
        self.performance("baseline", "candidate")
        self.isolation()
        counts = bad == "candidate"
        safety = [broken(check, bad, counts=counts) for check in ("I3", "I1")]
        safety += [held(check, good, counts=not counts) for check in ("I3", "I1")]
        safety += [held("I2", "baseline", counts=False), held("I2", "candidate")]
        self.judged("REJECTED" if rejected else "APPROVED", self.evidence() + safety)
