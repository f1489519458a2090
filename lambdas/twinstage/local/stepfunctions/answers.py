"""What Step Functions answers about executions and map runs, where moto's answers lack something."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from twinstage.local.moto_contract import extends, replaces
from twinstage.local.stepfunctions.maps import children_of

_BACKEND = "moto.stepfunctions.parser.models:StepFunctionsParserBackend"
_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"


def install() -> None:
    """Replace StopExecution and GetExecutionHistory, and complete the others."""
    _install_stop()
    _install_executions()
    _install_maps()


def _install_stop() -> None:
    from moto.core.responses import ActionResult

    @replaces(f"{_RESPONSE}.stop_execution")
    def stop_execution(response: Any) -> Any:
        parameters = {name: response._get_param(name) for name in ("executionArn", "error", "cause")}  # noqa: SLF001
        execution = response.stepfunction_backend.describe_execution(parameters["executionArn"])
        now = dt.datetime.now(dt.UTC)
        if execution.status == "RUNNING":
            execution.error, execution.cause = parameters["error"], parameters["cause"]
            execution.stop(now, error=parameters["error"], cause=parameters["cause"])
        return ActionResult({"stopDate": execution.stop_date or now})


def _install_executions() -> None:
    from moto.core.responses import ActionResult

    @extends(f"{_RESPONSE}.describe_execution")
    def describe_execution(original: Any, response: Any) -> Any:
        answer = original(response)
        execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))  # noqa: SLF001
        if execution.stop_date is not None and execution.status != "RUNNING":
            answer.result["stopDate"] = execution.stop_date
        if execution.status == "SUCCEEDED":
            # moto gives a string as it is, which is not JSON, and null not at all.
            answer.result["output"] = json.dumps(execution.output, separators=(",", ":"))
        if (map_run := getattr(execution, "map_run_arn", None)) is not None:
            answer.result["mapRunArn"] = map_run
        return answer

    @replaces(f"{_RESPONSE}.get_execution_history")
    def get_execution_history(response: Any) -> Any:
        """`reverseOrder`, `maxResults` and `nextToken`, which moto ignores. The token is the number of events already given."""
        events = response.stepfunction_backend.get_execution_history(response._get_param("executionArn"))["events"]  # noqa: SLF001
        if response._get_bool_param("reverseOrder"):  # noqa: SLF001
            events = events[::-1]
        start = int(response._get_param("nextToken") or 0)  # noqa: SLF001
        end = start + (response._get_int_param("maxResults") or 1000)  # noqa: SLF001
        return ActionResult({"events": events[start:end], **({"nextToken": str(end)} if end < len(events) else {})})


def _install_maps() -> None:
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.api import ResourceNotFound

    @extends(f"{_BACKEND}.describe_execution")
    def describe_execution(original: Any, backend: Any, execution_arn: str) -> Any:
        machine = execution_arn.split(":")[6] if execution_arn.count(":") == 7 else ""  # noqa: PLR2004  an execution's ARN has eight parts
        if "/" in machine:
            for record in _map_runs(backend):
                for child in children_of(record):
                    if child.exec_arn == execution_arn:
                        return child
        return original(backend, execution_arn)

    @extends(f"{_RESPONSE}.list_executions")
    def list_executions(original: Any, response: Any) -> Any:
        map_run_arn = response._get_param("mapRunArn")  # noqa: SLF001
        if not map_run_arn:
            return original(response)
        record = next((r for r in _map_runs(response.stepfunction_backend) if r.map_run_arn == map_run_arn), None)
        if record is None:
            raise ResourceNotFound(f"Resource not found: '{map_run_arn}'")
        wanted = response._get_param("statusFilter")  # noqa: SLF001
        children = [child for child in children_of(record) if wanted in (None, child.status)]
        return ActionResult({"executions": [_listed(child) for child in children]})

    @extends(f"{_BACKEND}.list_map_runs")
    def list_map_runs(original: Any, backend: Any, execution_arn: str) -> Any:
        """The map runs that this execution started. A child shares its map's records, and would be told to have started the map that started it."""
        answer = original(backend, execution_arn)
        return {"mapRuns": [run for run in answer["mapRuns"] if run["executionArn"] == execution_arn]}


def _map_runs(backend: Any) -> list[Any]:
    executions = [execution for machine in backend.state_machines for execution in machine.executions]
    return [
        record for execution in executions for record in execution.exec_worker.env.map_run_record_pool_manager.get_all()
    ]


def _listed(child: Any) -> dict[str, Any]:
    return {
        "executionArn": child.exec_arn,
        "stateMachineArn": child.state_machine_arn,
        "mapRunArn": child.map_run_arn,
        "name": child.name,
        "status": child.status,
        "startDate": child.start_date,
        **({"stopDate": child.stop_date} if child.stop_date else {}),
    }
