"""Map states: inline iterations of any number, and distributed maps whose children are executions of their own.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html. A child has its own input, name, variables
and history, listed by its map run; with no tolerated failures, the first child that fails fails the map with
States.ExceedToleratedFailureThreshold and the others are aborted.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from twinstage.local.moto_contract import replaces
from twinstage.local.stepfunctions.executions import open_environment, run_to_end

_MAPS = "moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration"
# More children than processors would each pay for an environment of their own, and be through no sooner; AWS promises no number that run at once either.
_AT_ONCE = max(2, os.cpu_count() or 1)
_CHILDREN = "_twinstage_children"
_CAUSE = "The specified tolerated failure threshold was exceeded"


@dataclass(frozen=True)
class _Machine:
    """What a child execution calls its state machine."""

    arn: str
    name: str
    sm_type: Any
    definition: str
    loggingConfiguration: Any  # noqa: N815  moto's attribute


def install() -> None:
    """Replace how both kinds of map run."""
    _install_inline()
    _install_distributed()


def children_of(record: Any) -> list[Any]:
    """The child executions of a map run (moto's record of it), as many as have started."""
    return list(getattr(record, _CHILDREN, []))


def _install_inline() -> None:
    @replaces(f"{_MAPS}.iteration_worker:IterationWorker._eval_pool")
    def evaluate_pool(worker: Any, job: Any, worker_frame: Any) -> None:
        """One job after the other. moto calls itself for each, and so ends at Python's recursion limit."""
        while job is not None:
            frame = worker_frame.open_inner_frame()
            worker._eval_job(env=frame, job=job)  # noqa: SLF001  the replaced method's own parts
            worker_frame.close_frame(frame)
            last = isinstance(job.job_output, Exception) or worker.stopped()
            following = None if last else worker._job_pool.next_job()  # noqa: SLF001
            if following is None and not last:
                worker_frame.event_history_context.source_event_id = frame.event_history_context.last_published_event_id
            if following is None:
                # The owner's environment has to be right before the map learns that its last job is closed.
                worker._env.close_frame(worker_frame)  # noqa: SLF001
            worker._job_pool.close_job(job)  # noqa: SLF001
            job = following
        worker._env.close_frame(worker_frame)  # noqa: SLF001


def _install_distributed() -> None:
    @replaces(f"{_MAPS}.distributed_iteration_component:DistributedIterationComponent._map_run")
    def map_run(component: Any, env: Any, eval_input: Any) -> None:
        items = env.stack.pop()
        env.stack.append(_MapRun(component, env, eval_input).run(items))


class _MapRun:
    """One run of a distributed map."""

    def __init__(self, component: Any, env: Any, eval_input: Any) -> None:
        self._program = component._get_iteration_program()  # noqa: SLF001  what the replaced method calls
        self._env, self._input, self._record = env, eval_input, eval_input.map_run_record
        self._lock, self._failed = threading.Lock(), threading.Event()
        self._children: list[Any] = []
        setattr(self._record, _CHILDREN, self._children)

    def run(self, items: list[Any]) -> list[Any]:
        """The outputs of the children in the order of the items. Raises moto's failure event."""
        for counter in (self._record.item_counter, self._record.execution_counter):
            counter.total.count(len(items))
            counter.pending.count(len(items))
        if not items:
            return []
        concurrency = min(self._record.max_concurrency or _AT_ONCE, _AT_ONCE, len(items))
        with ThreadPoolExecutor(concurrency, thread_name_prefix="map-run") as pool:
            futures = [pool.submit(self._run_item, index, item) for index, item in enumerate(items)]
            wait(futures)
        outputs = [future.result() for future in futures]
        if self._failed.is_set():
            raise _threshold_exceeded(self._env)
        return outputs

    def _run_item(self, index: int, item: Any) -> Any:
        if self._failed.is_set() or not self._env.is_running():
            self._count("pending", -1)
            self._count("aborted")
            return None
        child = self._child(self._child_input(index, item))
        self._count("pending", -1)
        self._count("running")
        with self._lock:
            self._children.append(child)
            # As a frame of the map, the child is stopped with it.
            self._env._frames.append(child.exec_worker.env)  # noqa: SLF001
            if self._failed.is_set() or not self._env.is_running():
                _abort(child)
        run_to_end(child.exec_worker)
        self._env.delete_frame(child.exec_worker.env)
        self._count("running", -1)
        self._note_end(child)
        return child.output

    def _note_end(self, child: Any) -> None:
        if child.status == "SUCCEEDED":
            self._count("succeeded")
            self._count("results_written")
            return
        self._count({"ABORTED": "aborted", "TIMED_OUT": "timed_out"}.get(child.status, "failed"))
        with self._lock:
            self._failed.set()
            for other in self._children:
                if other.status == "RUNNING":
                    _abort(other)

    def _child_input(self, index: int, item: Any) -> Any:
        """The item, or what the ItemSelector makes of it; evaluated with the map's own input and variables."""
        from moto.stepfunctions.parser.asl.eval.states import ItemData, MapData

        template = self._input.item_selector or self._input.parameters
        if template is None:
            return item
        state_input = self._env.stack[-1] if self._env.stack else self._env.states.get_input()
        frame = self._env.open_inner_frame()
        frame.states.context_object.context_object_data["Map"] = MapData(Item=ItemData(Index=index, Value=item))
        frame.states.reset(state_input)
        frame.stack.append(state_input)
        template.eval(frame)
        self._env.delete_frame(frame)
        return frame.stack[-1]

    def _child(self, child_input: Any) -> Any:
        from moto.stepfunctions.parser.backend.execution import Execution

        context = self._env.states.context_object.context_object_data
        arn, name = self._record.map_state_machine_arn, str(uuid.uuid4())
        details = self._env.aws_execution_details
        session = self._env.cloud_watch_logging_session
        machine = _Machine(arn, arn.rsplit(":", 1)[-1], self._env.execution_type, "", None)
        child = Execution(
            name=name,
            sm_type=self._env.execution_type,
            role_arn=context["Execution"]["RoleArn"],
            exec_arn=f"{arn.replace(':stateMachine:', ':execution:')}:{name}",
            account_id=details.account,
            region_name=details.region,
            state_machine=machine,
            start_date=dt.datetime.now(dt.UTC),
            cloud_watch_logging_session=type(session)(arn, session.configuration) if session is not None else None,
            input_data=json.dumps(child_input),
            activity_store={},
        )
        child.map_run_arn = self._record.map_run_arn
        self._open(child)
        return child

    def _open(self, child: Any) -> None:
        from moto.stepfunctions.parser.api import ExecutionStatus

        worker = child._get_start_execution_worker()  # noqa: SLF001  what Execution.start calls
        worker._get_evaluation_entrypoint = lambda: self._program  # noqa: SLF001
        child.exec_worker = worker
        open_environment(worker)
        worker.env.callback_pool_manager = self._env.callback_pool_manager
        worker.env.map_run_record_pool_manager = self._env.map_run_record_pool_manager
        child.exec_status = ExecutionStatus.RUNNING

    def _count(self, name: str, by: int = 1) -> None:
        for counter in (self._record.item_counter, self._record.execution_counter):
            getattr(counter, name).offset(by)


def _abort(child: Any) -> None:
    child.stop(dt.datetime.now(dt.UTC), error=None, cause=None)


def _threshold_exceeded(env: Any) -> Exception:
    from moto.stepfunctions.parser.api import HistoryEventType, MapRunFailedEventDetails
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    name = StatesErrorName(typ=StatesErrorNameType.StatesExceedToleratedFailureThreshold)
    details = MapRunFailedEventDetails(error=name.error_name, cause=_CAUSE)
    return FailureEventException(  # type: ignore[no-any-return]  # moto has no type information
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.MapRunFailed,
            event_details=EventDetails(mapRunFailedEventDetails=details),
        )
    )
