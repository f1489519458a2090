"""Executions' log to CloudWatch Logs, which moto has and never turns on.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from __future__ import annotations

import json
from typing import Any

from twinstage.local.moto_contract import replaces

_SESSION = "moto.stepfunctions.parser.asl.eval.event.logging:CloudWatchLoggingSession"


def logging_session(machine: Any, execution_arn: str) -> Any | None:
    """moto's logging session of an execution, by its machine's logging configuration; None when it does not log."""
    from moto.stepfunctions.parser.asl.eval.event.logging import (
        CloudWatchLoggingConfiguration,
        CloudWatchLoggingSession,
    )

    if not (config := machine.loggingConfiguration):
        return None
    found = CloudWatchLoggingConfiguration.from_logging_configuration(
        machine.arn, {"includeExecutionData": False, **config}
    )
    return CloudWatchLoggingSession(execution_arn, found) if found is not None else None


def install() -> None:
    """Write each event as AWS does: one JSON object a log event."""

    @replaces(f"{_SESSION}.publish_history_log")
    def publish(session: Any, history_log: dict[str, Any]) -> None:
        from moto.core.utils import unix_time_millis

        logs, config = session._logs_client, session.configuration  # noqa: SLF001  what the replaced method uses
        group = logs.groups.get(config.log_group_name)
        if group is None:
            return
        if config.log_stream_name not in group.streams:
            logs.create_log_stream(config.log_group_name, config.log_stream_name)
        event = {"timestamp": int(unix_time_millis()), "message": json.dumps(history_log, default=str)}
        logs.put_log_events(config.log_group_name, config.log_stream_name, [event])
