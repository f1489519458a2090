"""Calls that are answered by what was prepared: of no order, and steps only where something may go wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scripted import Refused, Scripts, call, get, put, value_of
from starts import case, world
from walked import ends, graph_of, items, offered, paths, reached

from twinstage.explore.case import Perturbations
from twinstage.explore.confirm import confirm
from twinstage.explore.dpor import dpor
from twinstage.model.prepared_answer import PreparedAnswer, PreparedError

if TYPE_CHECKING:
    from twinstage.explore.graph import Graph
    from twinstage.explore.searchable import Schedule

STEP_SIZE = PreparedAnswer("ssm", "GetParameter", {"Name": "/step"}, {"Parameter": {"Value": "10"}})
PUBLISHED = PreparedAnswer("sns", "Publish", response={"MessageId": "m-1"})


def read(name: str) -> Any:
    return call("ssm", "GetParameter", Name=name)


def adder(event: Any, _environment: Any) -> Any:
    """Reads how much to add, adds it without asserting what it read, and tells who listens."""
    step = int((yield read("/step"))["Parameter"]["Value"])
    seen = value_of((yield get("n"))) or 0
    yield put("n", seen + step)
    yield call("sns", "Publish", TopicArn="t", Message=str(event))
    return seen


def plain_adder(_event: Any, _environment: Any) -> Any:
    """The same without the calls that share nothing."""
    seen = value_of((yield get("n"))) or 0
    yield put("n", seen + 10)
    return seen


def explored(script: Any, *answers: PreparedAnswer, **budgets: Any) -> Graph:
    scripts = Scripts({"a": script, "b": script})
    one = case(scripts, world(), "A", "B")
    return graph_of(scripts, replace(one, answers=answers, perturbations=Perturbations(**budgets)))


def finals(graph: Graph) -> set[int]:
    """What the counter ends at, over every end."""
    return {items(graph, state)["n"] for state in ends(graph)}


def schedules(graph: Graph) -> list[Schedule]:
    return [tuple(edge.action for edge in path) for path in paths(graph)]


def test_they_add_no_state_and_no_order():
    with_calls, without = explored(adder, STEP_SIZE, PUBLISHED), explored(plain_adder)

    assert sorted(map(str, schedules(with_calls))) == sorted(map(str, schedules(without)))
    assert len(reached(with_calls)) == len(reached(without))
    assert finals(with_calls) == finals(without) == {10, 20}


def test_the_handlers_run_in_full_are_answered_alike():
    graph = explored(adder, STEP_SIZE, PUBLISHED)

    for schedule in schedules(graph):
        assert confirm(graph, schedule, environments=Scripts({"a": adder, "b": adder})).confirmed


def test_they_are_counted_by_operation_and_nobody_is_missed():
    graph = explored(adder, STEP_SIZE, PUBLISHED)
    reached(graph)

    assert set(graph.answered) == {("ssm", "GetParameter"), ("sns", "Publish")}
    assert graph.answered["ssm", "GetParameter"] == graph.runs
    assert graph.unanswered == graph.unanswered_calls == ()


def test_a_call_that_no_answer_fits_is_told_with_its_parameters():
    graph = explored(adder, STEP_SIZE)
    reached(graph)

    assert graph.unanswered == (("sns", "Publish"),)
    assert ("sns", "Publish", {"TopicArn": "t", "Message": "{}"}) in graph.unanswered_calls


def test_where_calls_may_be_throttled_they_are_steps_and_of_no_order_all_the_same():
    graph = explored(adder, STEP_SIZE, PUBLISHED, throttles=1)
    first, second = graph.pending(graph.root)

    assert offered(graph, graph.root) == ["A", "B", "A!throttle", "B!throttle"]
    assert not graph.dependent(graph.root, first, graph.root, second)
    # A message that was not told is delivered again, and adds again.
    assert finals(graph) == {10, 20, 30}
    assert dpor(graph, max_executions=10_000).terminal == frozenset(ends(graph))


def test_a_throttled_one_fails_in_the_handler():
    def careful(event: Any, environment: Any) -> Any:
        try:
            yield from adder(event, environment)
        except Refused as refused:
            yield put(refused.error, 1)

    graph = explored(careful, STEP_SIZE, PUBLISHED, throttles=1)

    assert any("ThrottlingException" in items(graph, state) for state in ends(graph))


def test_a_prepared_refusal_is_the_services():
    def asking(_event: Any, _environment: Any) -> Any:
        try:
            yield read("/step")
        except Refused as refused:
            yield put(refused.error, 1)

    refusal = PreparedAnswer("ssm", "GetParameter", error=PreparedError("ParameterNotFound", "no"))

    graph = explored(asking, refusal)
    assert {tuple(items(graph, state)) for state in ends(graph)} == {("ParameterNotFound",)}


def poller(_event: Any, _environment: Any) -> Any:
    """Asks until it is ready, with a pause in between."""
    while (yield read("/state"))["Parameter"]["Value"] != "ready":
        yield 5.0
    yield put("done", 1)


def state(value: str, times: int | None = None) -> PreparedAnswer:
    return PreparedAnswer("ssm", "GetParameter", {"Name": "/state"}, {"Parameter": {"Value": value}}, times=times)


def test_a_loop_over_them_ends_when_the_answer_changes():
    for budgets in ({}, {"throttles": 1}):
        graph = explored(poller, state("pending", times=3), state("ready"), **budgets)

        assert any(items(graph, each) == {"done": 1} for each in ends(graph))
        assert not any("stuck" in edge.breaks for each in reached(graph) for edge in graph.edges(each))


def test_a_loop_over_them_that_nothing_ends_is_seen_to_wait():
    graph = explored(poller, state("pending"))

    assert "stuck" in graph.opening_breaks


def test_time_that_passes_may_pass_between_one_of_them_and_the_next_call():
    def dated(_event: Any, environment: Any) -> Any:
        begun = environment.clock()
        yield read("/step")
        yield put("waited", int(environment.clock() - begun))

    graph = explored(dated, STEP_SIZE, expiries=1, expiry_s=300.0)

    assert {items(graph, each)["waited"] for each in ends(graph)} == {0, 300}
