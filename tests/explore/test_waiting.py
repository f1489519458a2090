"""Waiting is disabledness: who would only come back to the same call is not offered a step until something changes."""

from __future__ import annotations

import pytest
from scripted import Refused, Scripts, create, delete, get, put, value_of
from starts import AT, case, world
from walked import after, broken_on, ends, graph_of, items, offered, paths, reached, taken

from twinstage.explore.case import SPINS, STUCK, ContainerSpec, FollowUps, Message, Perturbations

EXPIRY_S = 300.0


def locked(event, environment):
    """Takes the lock (its value is new with every try), works, gives it back."""
    while True:
        try:
            yield create("lock", int(environment.clock() * 1000))
            break
        except Refused:
            yield environment.random.uniform(0.5, 1.5)
    number = value_of((yield get("n")))
    yield put("n", number + 1)
    yield delete("lock")


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


def reader(_event, _environment):
    """Waits until the item says 1, looking at something else on the way."""
    while True:
        yield get("other")
        if value_of((yield get("ready"))) == 1:
            break
        yield 5.0
    yield put("seen", 1)


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


def holding(_event, _environment):
    yield create("lock")
    yield put("held", 1)
    yield delete("lock")


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


def test_who_waits_for_nobody_is_stuck_at_once():
    scripts = Scripts({"a": reader, "b": lambda _event, _environment: (yield put("x", 1))})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert [sorted(edge.breaks) for edge in taken(graph, "B")] == [[STUCK]]


def leased(seconds):
    """A lock that may be taken over once it is that old; the first holder never gives it back."""

    def run(event, environment):
        while True:
            try:
                yield create("lock", int(environment.clock()))
                break
            except Refused:
                pass
            since = value_of((yield get("lock")))
            if since is not None and since + seconds < environment.clock():
                yield put("lock", int(environment.clock()))
                yield put("taken", int(environment.clock()))
                break
            yield 10.0

    return run


@pytest.mark.parametrize("timeout_s", [330, 900])
def test_time_passes_by_itself_once_everybody_waits_for_it(timeout_s):
    """With the short timeout the invocation that waits times out meanwhile, and its message comes again."""
    scripts = Scripts(
        {"a": lambda _event, environment: (yield create("lock", int(environment.clock()))), "b": leased(600)},
        timeout_s=timeout_s,
    )
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert offered(graph, after(graph, "A")) == ["+time"]
    assert "+time" in offered(graph, after(graph, "A", "+time"))
    end = ends(graph)[-1]
    assert items(graph, end)["taken"] >= int(AT) + 2 * EXPIRY_S
    assert all(STUCK not in broken_on(path) for path in paths(graph))


def test_time_does_not_pass_by_itself_while_somebody_can_go_on():
    scripts = Scripts({"a": locked, "b": leased(600)})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"))
    assert offered(graph, after(graph, "A")) == ["A"]


def test_time_that_does_not_help_is_not_offered():
    scripts = Scripts({"a": lambda _event, _environment: (yield create("lock")), "b": leased(1e12)})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert [sorted(edge.breaks) for edge in taken(graph, "A")] == [[STUCK]]
    assert offered(graph, after(graph, "A")) == []


def test_a_message_that_asks_for_itself_for_ever_is_stuck_however_short_its_timeout():
    """Its invocations end one by one in time; only the message goes round."""

    def asking(_event, _environment):
        yield get("ready")
        return {"next": {"function": "a", "message": {}, "delay_s": 60}}

    scripts = Scripts({"a": asking, "b": lambda _event, _environment: (yield put("x", 1))}, timeout_s=3)
    graph = graph_of(scripts, case(scripts, world(), "A", "B", follow_ups=FollowUps()))
    assert [sorted(edge.breaks) for edge in taken(graph, "B")] == [[STUCK]]
    assert offered(graph, after(graph, "B")) == []


def test_a_follow_up_that_waits_looks_again_with_the_later_time():
    """What it compares is the time in its message, not its clock."""

    def following(event, _environment):
        since = value_of((yield get("lock")))
        if since is not None and event["now"] <= since + 600:
            return {"next": {"function": "b", "message": {}, "delay_s": 15}}
        yield put("taken", event["now"])
        return None

    scripts = Scripts(
        {"a": lambda _event, environment: (yield create("lock", int(environment.clock()))), "b": following}
    )
    containers = (
        ContainerSpec("A", (Message("a", {}, AT),)),
        ContainerSpec("B", (Message("b", {"now": int(AT)}, AT),)),
    )
    graph = graph_of(scripts, case(scripts, world(), containers=containers, follow_ups=FollowUps()))
    assert offered(graph, after(graph, "A", "+time", "+time")) == ["B"]
    late = [items(graph, end)["taken"] for end in ends(graph) if end.time]
    assert late
    assert min(late) > int(AT) + 600


def test_a_bounded_loop_gives_up_only_once_everybody_waits():
    """It is taken to outlast whoever it waits for; where nobody is left, it goes on to its end."""

    def patient(_event, _environment):
        for _ in range(3):
            try:
                yield create("lock")
            except Refused:
                yield 1.0
            else:
                yield put("worked", 1)
                return
        yield put("gave-up", 1)

    def never_gives_back(_event, _environment):
        yield create("lock")
        yield put("n", 1)

    scripts = Scripts({"a": never_gives_back, "b": patient})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert offered(graph, after(graph, "A")) == ["A"]
    assert offered(graph, after(graph, "A", "A"))[0] == "B"
    assert items(graph, after(graph, *"AABBBB")).keys() == {"lock", "n", "gave-up"}
    assert all(STUCK not in broken_on(path) for path in paths(graph))


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


def holding_for_long(_event, environment):
    yield create("lock", int(environment.clock()))
    yield put("n", 1)
    yield put("m", 1)


def test_expiries_let_time_pass_at_any_moment():
    scripts = Scripts({"a": holding_for_long, "b": leased(60)})
    perturbed = Perturbations(expiries=1, expiry_s=120.0)
    graph = graph_of(scripts, case(scripts, world(), "A", "B", perturbations=perturbed))
    assert offered(graph, graph.root) == ["A", "B", "+time"]
    assert offered(graph, after(graph, "A")) == ["A", "+time"]
    stolen = after(graph, "A", "+time")
    assert offered(graph, stolen) == ["A", "B"]
    found = after(graph, "A", "+time", "B", "B", "B", "B")
    assert items(graph, found)["taken"] == items(graph, found)["lock"]
    assert offered(graph, found) == ["A"]
