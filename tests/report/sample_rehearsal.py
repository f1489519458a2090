"""The result of a data product's rehearsal, and the graph of its twin, as a report reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.graph import Edge, Evidence, Graph, Node, attributes, graph
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGEST = "sha256:" + "a" * 64


def promise(
    check: str, message: str = "kept", *, passed: bool | None = True, severity: str = "error"
) -> dict[str, Any]:
    return {
        "check": check,
        "table": "orders",
        "column": "amount",
        "passed": passed,
        "severity": severity,
        "measured": None,
        "message": message,
        "line": 7,
    }


def figure(name: str, recorded: float, low: float, high: float) -> dict[str, Any]:
    simulated = (low + high) / 2
    return {
        "metric": name,
        "recorded_ms": recorded,
        "simulated_ms": simulated,
        "low_ms": low,
        "high_ms": high,
        "stated_error": round((high - low) / 2 / recorded, 4),
        "error": round(abs(simulated - recorded) / recorded, 4),
        "agrees": low <= recorded <= high,
    }


def stage(state: str, mean_ms: float = 10.0, errors: Mapping[str, int] | None = None) -> dict[str, Any]:
    told = {"visits": 6, "mean_ms": mean_ms, "p95_ms": mean_ms * 2, "share": 0.5, "retried": 1, "errors": errors or {}}
    return {"state": state, "type": "Task", "recorded": told, "simulated": None}


def rehearsed(text: str = "orders", verdict: str = "APPROVED", **given: Any) -> dict[str, Any]:
    """A result in which every text that a contract, a pipeline or a function may choose is `text`."""
    comparison = {
        "agrees": True,
        "executions": {"fitted": 6, "held_out": 6},
        "same_states": True,
        "differences": [],
        "metrics": [figure("makespan mean", 105.0, 90.0, 110.0), figure(f"stage {text} mean", 10.0, 9.0, 12.0)],
        "confidence": 0.99,
        "replications": 40,
        "seed": 11,
        "transforms_called": 30,
        "assumed": [],
        "same_data": {text: True},
    } | given.pop("comparison", {})
    document = {
        "schema": "twinstage:twin_rehearse:1",
        "name": text,
        "title": text,
        "product": {"id": text, "name": text, "version": text},
        "verdict": verdict,
        "provenance": {
            "contract": {"file": text, "digest": DIGEST},
            "pipeline": {"file": text, "digest": DIGEST},
            "snapshot": DIGEST,
            "graph": DIGEST,
            "seed": 11,
            "tool": "1.0",
            "command": f"twinstage twin rehearse {text}",
        },
        "executions": {"count": 12, "ended": {"SUCCEEDED": 12}},
        "rows": {text: 1204},
        "snapshot_restored": True,
        "quality": [promise("orders/quality/0"), promise("orders/quality/1")],
        "stages": [stage(text, errors={text: 1})],
        "bottleneck": {"recorded": {"state": text, "why": "50% of the time"}, "simulated": None},
        "isolation": {"calls": 99, "contained": True, "refused": [], "outside": []},
        "comparison": comparison,
    } | given
    assert schema_violations("twin_rehearse", document) == []
    return document


def doubtful(text: str) -> dict[str, Any]:
    """A result in which everything that can be told is: broken promises, other ways, refused calls, what was assumed; all of them `text`."""
    return rehearsed(
        text,
        "REJECTED",
        quality=[promise(text, text, passed=passed) for passed in (True, False, None)],
        isolation={"calls": 2, "contained": False, "refused": [text], "outside": [text]},
        executions={"count": 2, "ended": {text: 2}},
        comparison={
            "agrees": False,
            "same_states": False,
            "differences": [text],
            "assumed": [text],
            "same_data": {text: False},
        },
    )


def touching(text: str = "orders") -> Graph:
    """A graph with a node and an edge of which nobody knows more than the name."""
    told = frozenset({Evidence(text, f"/{text}", text)})
    table, column = Node("table", text, True, attributes(tag=text), told), Node("column", f"{text}|{text}", True)
    unknown = Node("function", f"unknown {text}", resolved=False)
    edges = [
        Edge(table.id, "contains", column.id, evidence=told),
        Edge(unknown.id, "writes", table.id, resolved=False, evidence=told),
    ]
    return graph([table, column, unknown], edges)
