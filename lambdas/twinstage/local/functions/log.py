"""What Lambda writes around a handler's own output.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html and the Telemetry API's platform events.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    from twinstage.local.functions.invocation import FunctionSpec, Result


def log_lines(spec: FunctionSpec, request_id: str, result: Result, ended: dt.datetime) -> list[str]:
    """START, the function's lines, END and REPORT, in the function's log format."""
    if spec.log_format == "JSON":
        return _json_lines(spec, request_id, result, ended)
    return [
        f"START RequestId: {request_id} Version: {spec.version}",
        *result.lines,
        f"END RequestId: {request_id}",
        _report(spec, request_id, result),
    ]


def _report(spec: FunctionSpec, request_id: str, result: Result) -> str:
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {result.duration_ms:.2f} ms",
        f"Billed Duration: {math.ceil(result.duration_ms)} ms",
        f"Memory Size: {spec.memory_mb} MB",
    ]
    if result.memory_mb is not None:
        parts.append(f"Max Memory Used: {result.memory_mb} MB")
    if result.init_ms is not None:
        parts.append(f"Init Duration: {result.init_ms:.2f} ms")
    return "\t".join(parts)


def _json_lines(spec: FunctionSpec, request_id: str, result: Result, ended: dt.datetime) -> list[str]:
    def event(kind: str, record: dict[str, Any]) -> str:
        return json.dumps(
            {
                "time": ended.isoformat(timespec="milliseconds"),
                "type": kind,
                "record": {"requestId": request_id, **record},
            }
        )

    metrics = {
        "durationMs": round(result.duration_ms, 3),
        "billedDurationMs": math.ceil(result.duration_ms),
        "memorySizeMB": spec.memory_mb,
        **({"maxMemoryUsedMB": result.memory_mb} if result.memory_mb is not None else {}),
        **({"initDurationMs": round(result.init_ms, 3)} if result.init_ms is not None else {}),
    }
    return [
        event("platform.start", {"version": spec.version}),
        *result.lines,
        event("platform.report", {"status": "error" if result.error else "success", "metrics": metrics}),
    ]
