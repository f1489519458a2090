"""What containers are handed over: messages, follow-ups, recorded changes; and what is told of it."""

from __future__ import annotations

import pytest
from lockers import counter
from scripted import Scripts, change, create, delete, get, put, txt, value_of
from starts import AT, case, world
from walked import after, ends, graph_of, held, items, paths, reached, taken

from twinstage.explore.case import Batch, ContainerSpec, FollowUps, ItemWrite, Message
from twinstage.world.memory.aws import MemoryAws


def test_a_container_begins_once_those_it_comes_after_have_ended():
    scripts = Scripts(dict.fromkeys("abc", counter))
    containers = (
        ContainerSpec("A", (Message("a", {}, AT),)),
        ContainerSpec("B", (Message("b", {}, AT),), frozenset({"A"})),
        ContainerSpec("C", (Message("c", {}, AT),), frozenset({"A", "B"})),
    )
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), containers=containers))
    assert [tuple(str(edge.action) for edge in path) for path in paths(graph)] == [tuple("AABBCC")]
    steps = [graph.action(name) for name in "ABC"]
    assert graph.dependent(graph.root, steps[0], graph.root, steps[2])


def test_one_environment_serves_a_container_s_messages_and_keeps_its_globals():
    def warm(event, environment):
        served = environment.globals["served"] = environment.globals.get("served", 0) + 1
        yield put(event["key"], served)

    scripts = Scripts({"a": warm})
    messages = tuple(Message("a", {"key": key}, AT) for key in ("x", "y"))
    graph = graph_of(scripts, case(scripts, world(), containers=(ContainerSpec("A", messages),)))
    assert items(graph, ends(graph)[0]) == {"x": 1, "y": 2}


FOLLOWING = FollowUps()


def chained(event, environment):
    """Puts its number, and asks for a follow-up until it is 0."""
    number = event["number"]
    served = environment.globals["served"] = environment.globals.get("served", 0) + 1
    yield put(f"run-{number}", served)
    if number:
        return {"next": {"function": "a", "message": {"number": number - 1}, "delay_s": event.get("delay", 0)}}
    yield put("now", event.get("now", 0))
    return None


def test_a_follow_up_runs_in_a_fresh_environment_before_the_next_message():
    scripts = Scripts({"a": chained})
    messages = (Message("a", {"number": 1, "delay": 60}, AT), Message("a", {"number": 7}, AT))
    one = case(scripts, world(), containers=(ContainerSpec("A", messages),), follow_ups=FOLLOWING)
    graph = graph_of(scripts, one)
    run = after(graph, "A", "A", "A")
    assert items(graph, run) == {"run-1": 1, "run-0": 1, "now": int(AT) + 60}
    assert items(graph, after(graph, "A", "A", "A", "A"))["run-7"] == 2  # the first message's environment goes on


def test_histories_that_ask_for_the_same_follow_up_meet_there():
    """What the first call of each was answered differs (the item as it was), and its follow-up does not know."""

    def teller(_event, _environment):
        yield put("x", 1, ReturnValues="ALL_OLD")
        return {"next": {"function": "b", "message": {}, "delay_s": 0}}

    def quiet(_event, _environment):
        yield put("y", 1)

    scripts = Scripts({"a": teller, "b": quiet})
    containers = tuple(ContainerSpec(name, (Message("a", {}, AT),)) for name in "AC")
    one = case(scripts, world(), follow_ups=FOLLOWING, containers=containers)
    graph = graph_of(scripts, one)
    assert len(ends(graph)) == 1
    assert after(graph, "A", "C") is after(graph, "C", "A")


@pytest.mark.parametrize("most", [1, 2, None])
def test_a_container_may_get_only_so_many_invocations_of_a_message(most):
    """What the last of them asks for is lost, as a queue loses it; the container's next message comes all the same."""
    scripts = Scripts({"a": chained})
    messages = (Message("a", {"number": 2}, AT), Message("a", {"number": 0}, AT))
    containers = (ContainerSpec("A", messages, most=most),)
    graph = graph_of(scripts, case(scripts, world(), containers=containers, follow_ups=FOLLOWING))
    (end,) = ends(graph)
    assert "run-2" in items(graph, end)
    assert ("run-1" in items(graph, end)) == (most != 1)
    assert "now" in items(graph, end)


def test_a_follow_up_to_a_function_that_is_not_there_is_told():
    def asking(_event, _environment):
        yield put("x", 1)
        return {"next": {"function": "nobody", "message": {}}}

    scripts = Scripts({"a": asking})
    graph = graph_of(scripts, case(scripts, world(), "A", follow_ups=FOLLOWING))
    assert len(ends(graph)) == 1
    assert graph.unanswered == (("lambda", "Invoke nobody"),)


def test_recorded_changes_are_containers_that_make_one_call():
    batch = Batch("Z1", ({"Action": "CREATE", "ResourceRecordSet": txt("t.example.com.", "1")},), AT)
    containers = (
        ContainerSpec("A", (batch, ItemWrite("items", {"pk": {"S": "x"}}, {"pk": {"S": "x"}, "v": {"N": "5"}}, AT))),
        ContainerSpec("B", (ItemWrite("items", {"pk": {"S": "n"}}, None, AT), batch)),
    )
    scripts = Scripts({})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), containers=containers))
    assert len(list(paths(graph))) == 6
    for end in ends(graph):
        assert items(graph, end) == {"x": 5}
    refused = [
        edge
        for state in reached(graph)
        for edge in graph.edges(state)
        if graph.answer_on(state, edge).outcome != "success"
    ]
    assert {graph.answer_on(graph.root, edge).outcome for edge in graph.edges(graph.root)} == {"success"}
    assert refused  # whoever creates the record set second


def test_endings_tell_which_invocation_ended_and_how():
    scripts = Scripts({"a": counter})
    graph = graph_of(scripts, case(scripts, world(items={"n": 4}), "A"))
    first, last = taken(graph, "A", "A")
    assert graph.endings(graph.root, first) == ()
    assert graph.endings(first.target, last) == (("a", {}, {"outcome": "success", "response": 4}),)


def test_messages_can_run_afterwards_with_the_containers_left_behind():
    def holder(_event, _environment):
        yield create("lock")
        yield put("n", 5)
        yield delete("lock")

    def rescuer(event, environment):
        yield delete("lock")
        number = value_of((yield get("n")))
        yield 3600.0
        yield put("n", number + 10)
        return {"next": {"function": "b", "message": {}, "delay_s": 60}} if event["again"] else None

    scripts = Scripts(
        {"a": holder, "b": lambda _event, environment: (yield put("at", int(environment.clock()))), "r": rescuer},
        timeout_s=7200,
    )
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", follow_ups=FOLLOWING))
    messages = (Message("r", {"again": True}, AT),)
    found = graph.afterwards(after(graph, "A"), messages, AT + 1000)
    assert held(found) == {"n": 10, "at": int(AT) + 1000 + 3600 + 60}
    again = graph.afterwards(after(graph, "A", "A"), (Message("r", {"again": False}, AT),), AT)
    assert held(again)["n"] == 15


def test_the_recorded_time_of_what_comes_next_is_told():
    scripts = Scripts({"a": counter})
    messages = (Message("a", {}, AT), Message("a", {}, AT + 500))
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), containers=(ContainerSpec("A", messages),)))
    assert graph.due_s(graph.root, 0) == AT
    assert graph.due_s(after(graph, "A", "A"), 0) == AT + 500
    end = after(graph, *"AAAA")
    assert graph.due_s(end, 0) is None
    assert end.ended
    assert graph.pending(end) == ()


def test_no_zone_is_busy_at_the_start_with_what_came_before():
    """A zone that was changed a moment before, at a later time than the container's clock, takes its change."""
    aws = MemoryAws(clock=lambda: AT + 5000)
    aws.restore(world())
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": txt("old.example.com.", "1")}]}
    aws.answer("route53", "ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": batch})
    scripts = Scripts({"a": lambda _event, _environment: (yield change(("CREATE", txt("t.example.com.", "1"))))})
    graph = graph_of(scripts, case(scripts, aws.state, "A"))
    (edge,) = graph.edges(graph.root)
    assert graph.answer_on(graph.root, edge).outcome == "success"


def test_zone_changes_of_a_container_have_ids_of_their_own():
    def twice(_event, _environment):
        first = yield change(("UPSERT", txt("t.example.com.", "0")))
        second = yield change(("UPSERT", txt("t.example.com.", "1")))
        return [first["ChangeInfo"]["Id"], second["ChangeInfo"]["Id"]]

    scripts = Scripts({"a": twice, "b": twice})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    found = {tuple(node.outcome["response"]) for end in ends(graph) for node in end.nodes}
    assert len({one for ids in found for one in ids}) == 4
