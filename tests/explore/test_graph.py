"""The state graph: every order of the containers' calls, each state once, and what its edges break."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lockers import counter
from scripted import Refused, Scripts, call, change, create, delete, get, listing, put, txt, value_of
from starts import AT, REGION, case, world
from walked import after, broken_on, ends, graph_of, held, items, offered, paths, reached, taken

from twinstage.explore.behaviour import Diverged
from twinstage.explore.case import NoProperties, Perturbations
from twinstage.explore.graph import NoSuchAction
from twinstage.explore.trace import trace
from twinstage.world.contained import Answered, Asked, Failed
from twinstage.world.memory.aws import MemoryAws, ServiceRefused


def claimer(event, environment):
    """Three calls, of which the second may be refused; what it does then hangs on the answers."""
    seen = value_of((yield get("n")))
    try:
        yield create(f"claim-{seen}", 1)
    except Refused:
        yield put("lost", environment.random.randrange(1000))
        raise
    yield put("n", seen + 1)
    return {"claimed": seen}


def in_full(scripts, one, schedule):
    """The oracle: the scripts executed from the start in the order of a schedule (container indices), on the plain memory world.

    Answers (the containers that still want something, what the world holds, how each invocation ended).
    """
    aws = MemoryAws(clock=lambda: AT)
    aws.restore(one.start)
    running = []
    for index, container in enumerate(one.containers):
        message = container.messages[0]
        name = message.function
        environment = scripts(one.functions[name], identity=f"{container.name}/{name}/0/0", seed=one.seed, now_s=AT)
        running.append([environment, environment.begin(message.event, request_id=str(index))])
    for index in schedule:
        environment, asked = running[index]
        try:
            made = asked.call
            answer = Answered(aws.answer(made.service, made.operation, made.parameters, region=made.region))
        except ServiceRefused as refused:
            answer = Failed(refused.error, refused.message, refused.status, refused.members)
        running[index][1] = environment.resume(answer)
    left = [index for index, (_, event) in enumerate(running) if isinstance(event, Asked)]
    table = aws.databases[REGION].tables["items"]
    held = {place[1]: stored.item for place, stored in table.items.items()}
    return left, held, [None if isinstance(event, Asked) else event.outcome for _, event in running]


def orders_in_full(scripts, one):
    """Every order of the calls, executed from the start for each."""
    todo = [()]
    while todo:
        schedule = todo.pop()
        left, held, outcomes = in_full(scripts, one, schedule)
        if not left:
            yield schedule, held, outcomes
        todo += [(*schedule, index) for index in left]


@pytest.mark.parametrize("script", [counter, claimer])
def test_paths_are_exactly_the_orders_of_the_calls_and_end_as_when_they_are_executed(script):
    scripts = Scripts({"a": script, "b": script})
    one = case(scripts, world(items={"n": 0}), "A", "B")
    graph = graph_of(scripts, one)
    expected = {schedule: (held, outcomes) for schedule, held, outcomes in orders_in_full(scripts, one)}

    found = {}
    for path in paths(graph):
        end = path[-1].target
        table = graph.world_of(end).databases[REGION].tables["items"]
        held = {place[1]: stored.item for place, stored in table.items.items()}
        found[tuple(edge.action.container for edge in path)] = held, [node.outcome for node in end.nodes]
    assert found == expected


def test_states_are_told_apart_by_the_world_and_by_what_each_container_was_answered():
    """Two increments of one counter: 20 orders of the calls would be a tree of 34 nodes; 13 states are different."""
    scripts = Scripts({"a": counter, "b": counter})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"))
    assert len(reached(graph)) == graph.states == 13
    assert sorted(items(graph, end)["n"] for end in ends(graph)) == [1, 2, 2]


def test_a_handler_runs_only_for_answers_it_never_got():
    scripts = Scripts({"a": counter, "b": counter})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"))
    reached(graph)
    assert graph.runs == len(scripts.environments) == 4  # two answers to each get
    for _ in paths(graph):
        pass
    assert graph.runs == 4


def test_few_environments_may_be_kept_and_the_others_are_had_again():
    scripts = Scripts(dict.fromkeys("abc", claimer))
    many, few = (
        graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B", "C"), suspended=most) for most in (256, 1)
    )
    assert len(reached(many)) == len(reached(few))
    assert few.runs > many.runs
    assert len(few.behaviours.suspended) <= 1
    assert any(environment.parked for environment in scripts.environments)


def test_edges_come_in_the_order_of_the_containers_and_stay_the_same():
    scripts = Scripts(dict.fromkeys("ab", counter))
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "B", "A"))
    assert offered(graph, graph.root) == ["B", "A"]
    assert graph.edges(graph.root) is graph.edges(graph.root)


def test_an_action_is_read_back_from_its_text():
    scripts = Scripts(dict.fromkeys("ab", counter))
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"))
    for text in ("A", "B", "A!crash", "B!lost", "A!throttle", "B!stale", "+time"):
        assert str(graph.action(text)) == text
    with pytest.raises(NoSuchAction):
        graph.action("C")
    with pytest.raises(NoSuchAction):
        graph.action("A!fire")


class Watched(NoProperties):
    def broken(self, world):
        return frozenset({"two"}) if held(world)["n"] == 2 else frozenset()

    def broken_by(self, before, after):
        return frozenset({"back"}) if held(after)["n"] < held(before)["n"] else frozenset()

    def unmet(self, world):
        return frozenset() if held(world)["n"] == 2 else frozenset({"lost"})

    def ended(self, function, message, outcome):
        return frozenset({f"{function}-saw-1"}) if outcome.get("response") == 1 else frozenset()


def test_an_edge_breaks_what_held_before_it_what_no_change_may_do_and_what_must_hold_at_the_end():
    scripts = Scripts({"a": counter, "b": counter})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"), Watched())
    assert [sorted(edge.breaks) for edge in taken(graph, "A", "A", "B", "B")] == [[], [], [], ["b-saw-1", "two"]]
    assert [sorted(edge.breaks) for edge in taken(graph, "A", "B", "A", "B")] == [[], [], [], ["lost"]]
    assert graph.root_breaks == frozenset()


def test_what_an_invocation_breaks_that_ends_without_a_call_is_told_before_any_action():
    def failing(_event, _environment):
        if not _event:
            raise ImportError("no such module")
        yield get("n")

    class Succeeds(Watched):
        def ended(self, function, message, outcome):
            return frozenset({"succeeds"}) if outcome["outcome"] == "error" else frozenset()

    scripts = Scripts({"a": failing})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A"), Succeeds())
    assert graph.edges(graph.root) == ()
    assert graph.root.ended
    assert graph.opening_breaks == {"succeeds", "lost"}


def test_what_is_broken_at_the_start_is_told_of_the_root_and_not_of_its_edges():
    scripts = Scripts({"a": lambda _event, _environment: (yield get("n"))})
    graph = graph_of(scripts, case(scripts, world(items={"n": 2}), "A"), Watched())
    assert graph.root_breaks == {"two"}
    assert broken_on(taken(graph, "A")) == set()


def test_a_handler_that_does_otherwise_when_it_is_run_again_is_noticed():
    calls = iter(range(100))

    def fickle(_event, _environment):
        yield get("n")
        yield put(f"key-{next(calls)}", 1)
        yield get("n")

    scripts = Scripts({"a": counter, "b": fickle})
    graph = graph_of(scripts, case(scripts, world(items={"n": 0}), "A", "B"))
    with pytest.raises(Diverged) as caught:
        reached(graph)
    assert caught.value.container == "B"
    assert "key-0" in caught.value.expected or "key-1" in caught.value.expected


def test_a_graph_that_is_full_says_so_and_can_still_be_walked():
    scripts = Scripts(dict.fromkeys("abc", claimer))
    one = case(scripts, world(items={"n": 0}), "A", "B", "C")
    whole, capped = graph_of(scripts, one), graph_of(scripts, replace(one, max_states=20))
    states = reached(whole)
    assert not whole.capped
    assert len(states) > 20
    schedules = [tuple(str(edge.action) for edge in path) for path in list(paths(whole))[:200]]
    for schedule in schedules:
        assert items(capped, after(capped, *schedule)) == items(whole, after(whole, *schedule))
    assert capped.capped
    assert capped.states == 20


def test_a_graph_is_full_too_once_its_memory_is_used_up():
    scripts = Scripts(dict.fromkeys("abcdef", claimer))
    one = case(scripts, world(items={"n": 0}), *"ABCDEF", max_bytes=2 << 20)
    graph = graph_of(scripts, one)
    state, seen = graph.root, 0
    todo = [graph.root]
    while todo and not graph.capped:
        state = todo.pop()
        todo += [edge.target for edge in graph.edges(state)]
        seen += 1
    assert graph.capped
    assert graph.size_bytes < 16 << 20


def test_what_nobody_answers_is_told_and_the_handler_gets_an_error():
    def uploader(_event, _environment):
        try:
            yield call("s3", "PutObject", Bucket="b", Key="k")
        except Refused as refused:
            yield put(refused.error, 1)

    scripts = Scripts({"a": uploader})
    graph = graph_of(scripts, case(scripts, world(), "A"))
    assert items(graph, ends(graph)[0]) == {"NobodyAnswers": 1}
    assert graph.unanswered == (("s3", "PutObject"),)


def test_zones_and_tables_that_are_made_are_told():
    table = {
        "TableName": "new",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }

    def making(_event, _environment):
        yield call("dynamodb", "CreateTable", **table)
        yield call("route53", "CreateHostedZone", Name="new.com.", CallerReference="new")

    scripts = Scripts({"a": making})
    graph = graph_of(scripts, case(scripts, world(), "A"))
    told = [step.changed for step in trace(graph, (graph.action("A"),) * 2)]
    assert told == [("table new",), ("zone new.com.", "new.com. NS", "new.com. SOA")]


def test_a_schedule_is_told_step_by_step():
    def flipping(_event, _environment):
        yield change(("UPSERT", txt("t.example.com.", "1")), ("DELETE", txt("old.example.com.", "1")))
        yield listing("t.example.com.", "TXT", 1)
        try:
            yield create("n", 1)
        except Refused as refused:
            raise RuntimeError(refused.error) from refused

    scripts = Scripts({"a": flipping, "b": lambda _event, _environment: (yield delete("n"))})
    start = world(txt("old.example.com.", "1"), items={"n": 0})
    graph = graph_of(scripts, case(scripts, start, "A", "B", perturbations=Perturbations(crashes=1, expiries=1)))
    schedule = tuple(graph.action(text) for text in ("A", "A", "+time", "A!crash", "B"))
    told = [step.document() for step in trace(graph, schedule)]
    assert [one["schedule"] for one in told] == ["A", "A", "+time", "A!crash", "B"]
    assert [one["n"] for one in told] == [1, 2, 3, 4, 5]
    assert told[0]["what"] == "Z1: UPSERT t.example.com. TXT, DELETE old.example.com. TXT"
    assert told[0]["changed"] == ["old.example.com. TXT", "t.example.com. TXT"]
    assert told[1]["what"] == "Z1: from t.example.com. TXT, at most 1"
    assert (told[2]["outcome"], told[2]["container"]) == ("passed", None)
    assert (told[3]["outcome"], told[3]["changed"]) == ("crashed", [])
    assert told[3]["at"] == "2025-10-19T06:53:00.000Z"
    assert told[4]["changed"] == ["items n"]
    refused = trace(graph, tuple(graph.action(text) for text in "AAA"))[-1].document()
    assert refused["outcome"] == "ConditionalCheckFailedException"
    assert refused["message"]
    assert refused["ended"] == ["RuntimeError: ConditionalCheckFailedException"]
