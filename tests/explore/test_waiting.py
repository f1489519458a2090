"""Waiting is disabledness: who would only come back to the same call is not offered a step until something changes."""

from __future__ import annotations

from random import Random

import pytest
from lockers import holding, locked
from scripted import Refused, Scripts, create, delete, get, put, value_of
from starts import AT, case, world
from walked import after, broken_on, ends, graph_of, held, items, offered, paths, reached, taken

from twinstage.explore.case import ContainerSpec, FollowUps, Message
from twinstage.model.invariant import SPINS, STUCK
from twinstage.world.contained import Answered, Asked, Failed
from twinstage.world.memory.aws import MemoryAws, ServiceRefused


def reader(_event, _environment):
    """Waits until the item says 1, looking at something else on the way."""
    while True:
        yield get("other")
        if value_of((yield get("ready"))) == 1:
            break
        yield 5.0
    yield put("seen", 1)


def backing_off(event, environment):
    """Tries once in an invocation; a follow-up, later each time, tries again."""
    try:
        yield create("lock", event["now"])
    except Refused:
        again = {"attempt": event.get("attempt", 0) + 1}
        return {"next": {"function": "b", "message": again, "delay_s": 20 * (event.get("attempt", 0) + 1)}}
    yield put("n", event.get("attempt", 0))
    yield delete("lock")
    return None


def test_a_container_that_waits_for_a_lock_is_not_offered_until_the_lock_is_free():
    scripts = Scripts({"a": locked, "b": locked})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"))
    assert offered(graph, graph.root) == ["A", "B"]
    assert offered(graph, after(graph, "A")) == ["A"]
    assert offered(graph, after(graph, "A", "A", "A")) == ["A"]
    assert offered(graph, after(graph, "A", "A", "A", "A")) == ["B"]
    assert [items(graph, end)["n"] for end in ends(graph)] == [2, 2]
    assert [graph.names[action.container] for action in graph.pending(after(graph, "A"))] == ["A", "B"]


def test_polls_leave_no_trace_in_the_number_of_states():
    """Whether it polls once a second or a thousand times: the graph is that of a lock that blocks."""
    scripts = Scripts({"a": locked, "b": locked})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"))
    assert len(reached(graph)) == 17
    assert len(list(paths(graph))) == 2


def test_reading_again_and_again_is_waiting_too():
    scripts = Scripts({"a": reader, "b": lambda _event, _environment: (yield put("ready", 1))})
    graph = graph_of(scripts, case(scripts, world(items={"ready": 0}), "A", "B"))
    assert offered(graph, graph.root) == ["B"]
    assert offered(graph, after(graph, "B")) == ["A"]
    assert broken_on(next(iter(paths(graph)))) == set()


def test_the_order_of_a_waiting_container_hangs_on_its_whole_loop():
    scripts = Scripts({"a": reader, "b": lambda _event, _environment: (yield put("ready", 1))})
    graph = graph_of(scripts, case(scripts, world(items={"ready": 0}), "A", "B"))
    assert graph.request_of(graph.root, 0).parameters["Key"] == {"pk": {"S": "other"}}
    assert graph.dependent(graph.root, graph.action("A"), graph.root, graph.action("B"))


def test_coming_back_by_way_of_a_delayed_follow_up_is_waiting():
    scripts = Scripts({"a": holding, "b": backing_off})
    containers = (
        ContainerSpec("A", (Message("a", {}, AT),)),
        ContainerSpec("B", (Message("b", {"now": int(AT)}, AT),)),
    )
    graph = graph_of(scripts, case(scripts, world(), containers=containers, follow_ups=FollowUps()))
    assert offered(graph, after(graph, "A")) == ["A"]
    assert offered(graph, after(graph, "A", "A", "A")) == ["B"]
    assert items(graph, after(graph, *"AAABBB")) == {"held": 1, "n": 0}


def test_looking_twice_with_a_pause_between_is_not_waiting():
    """A list, a delay, the same list in a follow-up, then the work: that is going on."""

    def first(_event, _environment):
        yield get("n")
        return {"next": {"function": "cleaner", "message": {}, "delay_s": 120}}

    def cleaner(_event, _environment):
        yield get("n")
        yield 5.0
        yield get("n")
        yield put("cleaned", 1)

    scripts = Scripts({"a": first, "b": lambda _event, _environment: (yield put("x", 1)), "cleaner": cleaner})
    graph = graph_of(scripts, case(scripts, world(), "A", "B", follow_ups=FollowUps()))
    assert offered(graph, graph.root) == ["A", "B"]
    assert all(not broken_on(path) for path in paths(graph))
    assert [set(items(graph, end)) for end in ends(graph)] == [{"x", "cleaned"}] * len(ends(graph))


def test_serving_message_after_message_is_not_waiting():
    def look(_event, _environment):
        yield get("n")
        yield 1.0

    scripts = Scripts({"a": look, "b": lambda _event, _environment: (yield put("x", 1))})
    containers = (
        ContainerSpec("A", tuple(Message("a", {}, AT) for _ in range(5))),
        ContainerSpec("B", (Message("b", {}, AT),)),
    )
    graph = graph_of(scripts, case(scripts, world(), containers=containers))
    assert offered(graph, graph.root) == ["A", "B"]
    assert after(graph, *"AAAAAB").ended


def test_who_changes_the_world_between_its_looks_does_not_wait():
    def beating(_event, environment):
        while value_of((yield get("ready"))) != 1:
            yield put("beat", int(environment.clock()))
            yield 5.0

    scripts = Scripts({"a": beating, "b": lambda _event, _environment: (yield put("ready", 1))})
    graph = graph_of(scripts, case(scripts, world(items={"ready": 0}), "A", "B", max_states=100))
    assert offered(graph, graph.root) == ["A", "B"]
    assert offered(graph, after(graph, *"AAAA")) == ["A", "B"]


@pytest.mark.parametrize(("length", "waits"), [(31, True), (32, False)])
def test_a_loop_is_recognised_up_to_thirty_two_calls(length, waits):
    def looping(_event, _environment):
        while True:
            for number in range(length + 1):
                yield get(f"key-{number}")
            yield 1.0

    scripts = Scripts({"a": looping, "b": lambda _event, _environment: (yield put("x", 1))})
    graph = graph_of(scripts, case(scripts, world(), "A", "B", max_states=100))
    assert offered(graph, graph.root) == (["B"] if waits else ["A", "B"])


@pytest.mark.parametrize("timeout_s", [200, 900])
def test_two_that_wait_for_each_other_are_stuck(timeout_s):
    """Also where their invocations time out and come again: they only wait again."""

    def crossing(first, second):
        def run(_event, environment):
            for lock in (first, second):
                while True:
                    try:
                        yield create(lock)
                        break
                    except Refused:
                        yield 1.0
            yield delete(first)
            yield delete(second)

        return run

    scripts = Scripts({"a": crossing("x", "y"), "b": crossing("y", "x")}, timeout_s=timeout_s)
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert [sorted(edge.breaks) for edge in taken(graph, "A", "B")] == [[], [STUCK]]
    assert graph.edges(after(graph, "A", "B")) == ()
    assert not after(graph, "A", "B").ended
    assert broken_on(taken(graph, *"AAAA", *"BBBB")) == set()


def test_who_is_stuck_from_the_beginning_is_told_before_any_action():
    scripts = Scripts({"a": reader})
    graph = graph_of(scripts, case(scripts, world(), "A"))
    assert graph.edges(graph.root) == ()
    assert graph.opening_breaks == {STUCK}
    going = graph_of(scripts, case(scripts, world(items={"ready": 1}), "A"))
    assert going.opening_breaks == frozenset()


def test_who_waits_for_nobody_is_stuck_at_once():
    scripts = Scripts({"a": reader, "b": lambda _event, _environment: (yield put("x", 1))})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert [sorted(edge.breaks) for edge in taken(graph, "B")] == [[STUCK]]


def test_a_message_that_asks_for_itself_for_ever_is_stuck_however_short_its_timeout():
    """Its invocations end one by one in time; only the message goes round."""

    def asking(_event, _environment):
        yield get("ready")
        return {"next": {"function": "a", "message": {}, "delay_s": 60}}

    scripts = Scripts({"a": asking, "b": lambda _event, _environment: (yield put("x", 1))}, timeout_s=3)
    graph = graph_of(scripts, case(scripts, world(), "A", "B", follow_ups=FollowUps()))
    assert [sorted(edge.breaks) for edge in taken(graph, "B")] == [[STUCK]]
    assert offered(graph, after(graph, "B")) == []


def test_who_comes_back_without_a_pause_spins():
    def spinning(_event, _environment):
        while value_of((yield get("ready"))) != 1:
            pass

    scripts = Scripts(
        {
            "a": spinning,
            "b": lambda _event, _environment: (yield put("x", 1)),
            "c": lambda _event, _environment: (yield put("ready", 1)),
        }
    )
    graph = graph_of(scripts, case(scripts, world(items={"ready": 0}), "A", "B", "C"))
    assert offered(graph, graph.root) == ["B", "C"]
    assert broken_on(taken(graph, "B")) == {SPINS}
    alone = graph_of(scripts, case(scripts, world(items={"ready": 0}), "A", "B"))
    assert broken_on(taken(alone, "B")) == {SPINS, STUCK}


def test_reading_the_same_item_twice_is_not_spinning():
    def careful(_event, _environment):
        for _ in range(3):
            yield get("n")
        yield put("n", 1)

    scripts = Scripts({"a": careful, "b": careful})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert all(not broken_on(path) for path in paths(graph))
    assert len(ends(graph)) >= 1


def test_schedules_with_every_poll_made_end_in_no_other_worlds():
    """Polls executed one by one, at random, on the plain memory world: what comes of it is what the graph says can come of it."""
    scripts = Scripts(dict.fromkeys("abc", locked))
    one = case(scripts, world(items={"n": 0}), "A", "B", "C")
    graph = graph_of(scripts, one)
    expected = {frozenset(items(graph, end).items()) for end in ends(graph)}
    random = Random(7)  # noqa: S311  (not for secrets)
    assert {frozenset(_polled(scripts, one, random).items()) for _ in range(200)} <= expected


def _polled(scripts, one, random):
    """What the table holds after one schedule at random."""
    aws = MemoryAws(clock=lambda: AT)
    aws.restore(one.start)
    running = []
    for container in one.containers:
        made = scripts(one.functions[container.name.lower()], identity=container.name, seed=0, now_s=AT)
        running.append([made, made.begin({}, request_id="")])
    while left := [each for each in running if isinstance(each[1], Asked)]:
        each = random.choice(left)
        asked = each[1].call
        try:
            answer = Answered(aws.answer(asked.service, asked.operation, asked.parameters))
        except ServiceRefused as refused:
            answer = Failed(refused.error, refused.message)
        each[1] = each[0].resume(answer)
    return held(aws.state)
