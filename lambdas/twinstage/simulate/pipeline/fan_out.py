"""Parallel and Map: several machines at once, joined again.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html, .../state-map-inline.html and .../state-map-distributed.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.kernel import Interrupted
from twinstage.simulate.pipeline.definition import DISTRIBUTED
from twinstage.simulate.pipeline.failures import ITEM_READER, QUERY, RUNTIME, THRESHOLD, StateFailure
from twinstage.simulate.pipeline.items import batched, exceeded, read_items
from twinstage.simulate.pipeline.states import figure, finished, given

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.kernel import Simulation
    from twinstage.simulate.pipeline.data_flow import View
    from twinstage.simulate.pipeline.definition import State
    from twinstage.simulate.pipeline.execution import Executor
    from twinstage.simulate.pipeline.frame import Frame
    from twinstage.simulate.pipeline.tasks import Steps
    from twinstage.simulate.pipeline.trace import Attempt

# "Inline mode: up to 40 concurrent iterations"; "Distributed mode: up to 10,000 parallel child workflow executions".
_MOST_INLINE: Final = 40
_MOST_CHILDREN: Final = 10_000


def parallel_state(
    executor: Executor, state: State, frame: Frame, view: View, value: Any, attempts: list[Attempt]
) -> Steps:
    """Every branch gets the effective input; the first that fails ends the others, and its error is the state's."""
    frame.history.add(2)
    taken = given(state, view, value)
    outcomes = yield from _together(
        executor.simulation,
        len(state.branches),
        lambda at: executor.machine(state.branches[at], frame.inside(state, at), taken),
        len(state.branches),
        lambda _failed: True,
    )
    return finished(state, frame, view, value, [output for output, _ in outcomes]), state.next


def map_state(executor: Executor, state: State, frame: Frame, view: View, value: Any, attempts: list[Attempt]) -> Steps:
    """Every item, or batch of items, goes through the item processor, so many at a time."""
    plan = _planned(executor, state, view, value)
    distributed = state.mode == DISTRIBUTED
    frame.history.add(2 if distributed else 2 + 2 * len(plan.inputs))
    processor = state.processor
    if processor is None:
        raise StateFailure(RUNTIME, f"the Map '{state.name}' has no processor")

    def iteration(at: int) -> Steps:
        if distributed:
            inner = frame.child(state, at, plan.inputs[at], executor.now_ms)
        else:
            inner = frame.inside(state, at, {"Index": at, "Value": plan.items[at]})
        return executor.machine(processor, inner, plan.inputs[at])

    sizes = plan.sizes
    total = sum(sizes)
    failed_items = 0

    def gives_up(at: int) -> bool:
        nonlocal failed_items
        failed_items += sizes[at]
        return not distributed or exceeded(failed_items, total, plan.tolerated_count, plan.tolerated_percentage)

    try:
        outcomes = yield from _together(executor.simulation, len(plan.inputs), iteration, plan.concurrency, gives_up)
    except StateFailure as failure:
        if not distributed:
            raise
        said = f"The specified tolerated failure threshold was exceeded (the last failure: {failure.error})"
        raise StateFailure(THRESHOLD, said) from failure
    result: Any = [output for output, failure in outcomes if failure is None]
    if distributed and "ResultWriter" in state.fields:
        result = _written(executor, state, frame, view, value)
    return finished(state, frame, view, value, result), state.next


@dataclass(frozen=True)
class _Plan:
    """`items`: what each iteration's Map.Item is; `inputs`: what it is given; `sizes`: how many items it stands for."""

    items: list[Any]
    inputs: list[Any]
    sizes: list[int]
    concurrency: int
    tolerated_count: float | None
    tolerated_percentage: float | None


def _planned(executor: Executor, state: State, view: View, value: Any) -> _Plan:
    taken = given(state, view, value)
    items = _items(executor, state, view, value, taken)
    inputs = [_selected(state, view, value, taken, at, item) for at, item in enumerate(items)]
    sizes = [1] * len(items)
    if state.mode == DISTRIBUTED and (batcher := state.fields.get("ItemBatcher")):
        inputs = _batches(state, view, value, taken, batcher, inputs)
        sizes = [len(batch["Items"]) for batch in inputs]
    asked = figure(state, view, taken, "MaxConcurrency") or 0
    most = _MOST_CHILDREN if state.mode == DISTRIBUTED else _MOST_INLINE
    return _Plan(
        items,
        inputs,
        sizes,
        min(int(asked) or most, most),
        figure(state, view, taken, "ToleratedFailureCount"),
        figure(state, view, taken, "ToleratedFailurePercentage"),
    )


def _items(executor: Executor, state: State, view: View, value: Any, taken: Any) -> list[Any]:
    fields = state.fields
    if reader := fields.get("ItemReader"):
        if state.name not in executor.model.items:
            raise StateFailure(ITEM_READER, f"nothing stands for what the ItemReader of '{state.name}' reads")
        return read_items(executor.model.items[state.name], reader)
    if state.language == "JSONata":
        found = view.query(fields["Items"], {"input": value}) if "Items" in fields else value
    else:
        found = view.path(fields.get("ItemsPath", "$"), taken)
    if isinstance(found, dict) and state.language == "JSONata":
        return [{"Key": key, "Value": each} for key, each in found.items()]
    if not isinstance(found, list):
        raise StateFailure(RUNTIME, f"the items of the Map '{state.name}' are no array")
    return found


def _selected(state: State, view: View, value: Any, taken: Any, at: int, item: Any) -> Any:
    template = state.fields.get("ItemSelector", state.fields.get("Parameters"))
    if template is None:
        return item
    context = {**view.context, "Map": {"Item": {"Index": at, "Value": item}}}
    inner = type(view)(context, view.variables, view.random, view.now_ms)
    return inner.query(template, {"input": value}) if state.language == "JSONata" else inner.template(template, taken)


def _batches(state: State, view: View, value: Any, taken: Any, batcher: Any, inputs: list[Any]) -> list[Any]:
    def filled(node: Any) -> Any:
        return view.query(node, {"input": value}) if state.language == "JSONata" else view.template(node, taken)

    def bound(name: str) -> int | None:
        found = view.path(batcher[f"{name}Path"], taken) if f"{name}Path" in batcher else filled(batcher.get(name))
        if found is not None and (isinstance(found, bool) or not isinstance(found, int | float) or found < 1):
            raise StateFailure(RUNTIME, f"{name} of the Map '{state.name}' is {found!r}, which is no number from 1")
        return None if found is None else int(found)

    shared = filled(batcher["BatchInput"]) if "BatchInput" in batcher else None
    return batched(inputs, bound("MaxItemsPerBatch"), bound("MaxInputBytesPerBatch"), shared)


def _written(executor: Executor, state: State, frame: Frame, view: View, value: Any) -> dict[str, Any]:
    """What a Map gives whose results go to S3: where they are. No byte of them is written anywhere."""
    executor.services.assumed.add(
        f"the results of the map '{state.name}' are not written: its output says where they would be"
    )
    writer = state.fields["ResultWriter"]
    node = writer.get("Parameters", writer.get("Arguments", {})) if isinstance(writer, dict) else {}
    where = view.query(node, {"input": value}) if state.language == "JSONata" else view.template(node, value)
    if not isinstance(where, dict):
        raise StateFailure(QUERY, f"the ResultWriter of '{state.name}' is given {where!r}, which is no object")
    run = f"{frame.about['Id']}/{state.name}:run"
    key = f"{where.get('Prefix', '')}/{state.name}/manifest.json".lstrip("/")
    return {"MapRunArn": run, "ResultWriterDetails": {"Bucket": where.get("Bucket", ""), "Key": key}}


def _together(
    simulation: Simulation,
    count: int,
    make: Callable[[int], Steps],
    at_once: int,
    gives_up: Callable[[int], bool],
) -> Steps:
    """Run `count` machines, `at_once` at a time, in their order. Gives (output, None) or (None, failure) of each.

    A failure that `gives_up` says is one too many ends all others and is raised.
    """
    outcomes: list[tuple[Any, StateFailure | None]] = [(None, None)] * count
    waiting = iter(range(count))
    one_too_many = simulation.event()

    def worker() -> Steps:
        for at in waiting:
            try:
                outcomes[at] = ((yield from make(at)), None)
            except StateFailure as failure:
                outcomes[at] = (None, failure)
                if gives_up(at):
                    if not one_too_many.triggered:
                        one_too_many.fail(failure)
                    return

    workers = [simulation.process(worker()) for _ in range(min(at_once, count))]
    try:
        yield simulation.any_of([simulation.all_of(workers), one_too_many])
    except (StateFailure, Interrupted):
        for each in workers:
            if each.alive:
                each.defused = True
                each.interrupt("what it is part of has ended")
        raise
    return outcomes
