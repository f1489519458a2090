"""The life of an execution: named, started with its environment, over as soon as it is stopped, its output there before its status."""

from __future__ import annotations

import copy
import datetime as dt
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any

from twinstage.local.moto_contract import extends, replaces
from twinstage.local.stepfunctions.callbacks import interrupt
from twinstage.local.stepfunctions.execution_log import logging_session

if TYPE_CHECKING:
    from collections.abc import Iterator

_BACKEND = "moto.stepfunctions.parser.models:StepFunctionsParserBackend"
_WORKER = "moto.stepfunctions.parser.backend.execution_worker:ExecutionWorker"
_ENVIRONMENT = "moto.stepfunctions.parser.asl.eval.environment:Environment"
_PROGRAM = "moto.stepfunctions.parser.asl.component.program.program:Program"
_COMMUNICATION = "moto.stepfunctions.parser.backend.execution:BaseExecutionWorkerCommunication"
_DONE = "_twinstage_done"


def install() -> None:
    """Replace what moto does when an execution starts, runs and ends."""
    _install_start()
    _install_run()
    _install_end()


def running_executions() -> Iterator[Any]:
    """Every execution that is under way, in every account."""
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    for _account, _region, backend in list(stepfunctions_parser_backends.iter_backends()):
        for machine in list(backend.state_machines):
            yield from [execution for execution in list(machine.executions) if execution.status == "RUNNING"]


def stop_all() -> None:
    """Abort what runs, as the engine stops."""
    for execution in running_executions():
        execution.stop(dt.datetime.now(dt.UTC), error="LOCAL_STOPPED", cause="the embedded AWS stopped")


def _install_start() -> None:
    from moto.stepfunctions.parser import utils
    from moto.stepfunctions.parser.api import InvalidExecutionInput
    from moto.stepfunctions.parser.backend.execution import Execution

    @replaces(f"{_BACKEND}.start_execution")
    def start_execution(
        backend: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Any:
        machine = backend.describe_state_machine(state_machine_arn)
        name, execution_input = name or str(uuid.uuid4()), execution_input or "{}"
        backend._validate_name(name)  # noqa: SLF001  what moto's own other backend does
        if (existing := machine._handle_name_input_idempotency(name, execution_input)) is not None:  # noqa: SLF001
            return existing
        try:
            json.loads(execution_input)
        except ValueError as error:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
        # The execution keeps the machine as it is now; what the machine refers to is shared, because it holds locks and threads.
        snapshot = copy.deepcopy(machine, {id(machine.executions): [], id(machine.backend): machine.backend})
        arn = (
            f"arn:{backend.partition}:states:{backend.region_name}:{backend.account_id}:execution:{machine.name}:{name}"
        )
        execution = Execution(
            name=name,
            sm_type=snapshot.sm_type,
            role_arn=snapshot.roleArn,
            exec_arn=arn,
            account_id=backend.account_id,
            region_name=backend.region_name,
            state_machine=snapshot,
            start_date=dt.datetime.now(dt.UTC),
            cloud_watch_logging_session=logging_session(snapshot, arn),
            input_data=execution_input,
            trace_header=trace_header,
            activity_store={},
        )
        machine.executions.append(execution)
        # moto remembers every thread it ever started.
        utils.TMP_THREADS[:] = [thread for thread in utils.TMP_THREADS if thread.is_alive()]
        execution.start()
        return execution

    @replaces(f"{_WORKER}.start")
    def start(worker: Any) -> None:
        """The environment is there before anybody can ask for the history or stop the execution."""
        open_environment(worker)
        threading.Thread(target=run_to_end, args=(worker,), name="execution", daemon=True).start()


def open_environment(worker: Any) -> None:
    """Make a worker's environment and note that its execution has started."""
    from moto.stepfunctions.parser.api import (
        ExecutionStartedEventDetails,
        HistoryEventExecutionDataDetails,
        HistoryEventType,
    )
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    details = worker._evaluation_details  # noqa: SLF001  what the replaced method reads
    environment = worker._get_evaluation_environment()  # noqa: SLF001
    # A stop that comes before the first state must find something to stop.
    environment._program_state = ProgramRunning()  # noqa: SLF001
    environment.event_manager.add_event(
        context=environment.event_history_context,
        event_type=HistoryEventType.ExecutionStarted,
        event_details=EventDetails(
            executionStartedEventDetails=ExecutionStartedEventDetails(
                input=to_json_str(details.execution_details.inpt),
                inputDetails=HistoryEventExecutionDataDetails(truncated=False),
                roleArn=details.aws_execution_details.role_arn,
            )
        ),
        update_source_event_id=False,
    )
    worker.env = environment


def run_to_end(worker: Any) -> None:
    """Run a worker's program and let its execution know the end."""
    program = worker._get_evaluation_entrypoint()  # noqa: SLF001  what the replaced method calls
    program.eval(worker.env)
    worker._execution_communication.terminated()  # noqa: SLF001


def _install_run() -> None:
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

    @replaces(f"{_PROGRAM}.eval")
    def evaluate(program: Any, env: Any) -> None:
        """Return when the program has ended, its time is over or its execution is stopped, whatever a task still waits for."""
        if env._program_state is not None and not env.is_running():  # noqa: SLF001
            return
        env.next_state_name = program.start_at.start_at_name
        done = threading.Event()
        setattr(env, _DONE, done)

        def work() -> None:
            try:
                EvalComponent.eval(program, env)
            finally:
                done.set()

        threading.Thread(target=work, name="program", daemon=True).start()
        if not env.is_running():
            done.set()
        timeout = program.timeout_seconds.timeout_seconds if program.timeout_seconds else None
        if not done.wait(timeout):
            env.set_timed_out()

    @extends(f"{_ENVIRONMENT}.set_stop")
    def set_stop(original: Any, env: Any, *arguments: Any, **named: Any) -> None:
        original(env, *arguments, **named)
        _release(env)

    @extends(f"{_ENVIRONMENT}.set_timed_out")
    def set_timed_out(original: Any, env: Any) -> None:
        original(env)
        _release(env)

    @extends(f"{_ENVIRONMENT}.as_inner_frame_of")
    def as_inner_frame_of(original: Any, cls: Any, env: Any, *arguments: Any, **named: Any) -> Any:
        """A frame inside a map's iteration still has `$states.context.Map`."""
        frame = original(cls, env, *arguments, **named)
        outer = env.states.context_object.context_object_data
        if "Map" in outer:
            frame.states.context_object.context_object_data["Map"] = outer["Map"]
        return frame


def _release(env: Any) -> None:
    done: threading.Event | None = getattr(env, _DONE, None)
    if done is not None:
        done.set()


def _install_end() -> None:
    from moto.stepfunctions.parser.api import ExecutionStatus
    from moto.stepfunctions.parser.asl.eval.program_state import (
        ProgramEnded,
        ProgramError,
        ProgramStopped,
        ProgramTimedOut,
    )

    @replaces(f"{_COMMUNICATION}._reflect_execution_status")
    def reflect(communication: Any) -> None:
        """The status last: who sees SUCCEEDED must find the output."""
        execution = communication.execution
        state = execution.exec_worker.env.program_state()
        execution.stop_date = dt.datetime.now(dt.UTC)
        if isinstance(state, ProgramEnded):
            execution.output = execution.exec_worker.env.states.get_input()
        if isinstance(state, ProgramError):
            execution.error, execution.cause = (state.error or {}).get("error"), (state.error or {}).get("cause")
        statuses = {
            ProgramEnded: ExecutionStatus.SUCCEEDED,
            ProgramStopped: ExecutionStatus.ABORTED,
            ProgramError: ExecutionStatus.FAILED,
            ProgramTimedOut: ExecutionStatus.TIMED_OUT,
        }
        execution.exec_status = statuses[type(state)]
        # Only now: a task that is let go fails, and that is not how the execution ended.
        interrupt(execution.exec_worker.env)
