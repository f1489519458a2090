"""What may go wrong is an action of the schedule: each can be seen to happen, as often as the case allows, and no oftener."""

from __future__ import annotations

import pytest
from scripted import Refused, Scripts, call, change, create, delete, get, put, txt, value_of
from starts import AT, case, world
from walked import after, broken_on, ends, graph_of, held, items, offered, paths, reached, taken

from twinstage.explore.case import (
    DELIVERIES,
    Batch,
    ContainerSpec,
    FollowUps,
    ItemWrite,
    Message,
    NoProperties,
    Perturbations,
)
from twinstage.explore.trace import trace
from twinstage.model.invariant import STUCK


def worker(_event, environment):
    """Two writes; what it writes tells of its globals, its randomness and its clock."""
    served = environment.globals["served"] = environment.globals.get("served", 0) + 1
    yield put("first", environment.random.randrange(1 << 30))
    yield put("second", served)


def perturbed(script=worker, *, start=None, **budgets):
    scripts = Scripts({"a": script})
    return graph_of(scripts, case(scripts, start or world(), "A", perturbations=Perturbations(**budgets)))


def test_nothing_goes_wrong_unless_the_case_says_so():
    assert [tuple(str(edge.action) for edge in path) for path in paths(perturbed())] == [("A", "A")]


# ---- crashes


def test_a_crash_carries_the_call_out_and_the_message_comes_again_to_a_fresh_environment():
    graph = perturbed(crashes=1)
    assert offered(graph, graph.root) == ["A", "A!crash"]
    crashed = after(graph, "A!crash")
    first = items(graph, crashed)["first"]
    again = after(graph, "A!crash", "A")
    assert items(graph, again)["first"] != first  # a fresh environment draws other random numbers
    assert items(graph, after(graph, "A!crash", "A", "A"))["second"] == 1  # and has no globals from before
    assert offered(graph, crashed) == ["A"]


def test_a_crash_comes_between_any_two_calls_and_after_the_last():
    graph = perturbed(crashes=1)
    schedules = {tuple(str(edge.action) for edge in path) for path in paths(graph)}
    assert schedules == {("A", "A"), ("A!crash", "A", "A"), ("A", "A!crash", "A", "A")}


def test_a_crash_in_a_later_message_leaves_the_earlier_ones_done():
    scripts = Scripts({"a": lambda event, _environment: (yield put(event["key"], 1))})
    messages = tuple(Message("a", {"key": key}, AT) for key in "xyz")
    containers = (ContainerSpec("A", messages),)
    graph = graph_of(scripts, case(scripts, world(), containers=containers, perturbations=Perturbations(crashes=1)))
    found = trace(graph, tuple(edge.action for edge in taken(graph, "A", "A!crash", "A", "A")))
    assert [step.what for step in found] == ["items: x", "items: y", "items: y", "items: z"]
    assert [step.outcome for step in found] == ["success", "crashed", "success", "success"]


def test_a_follow_up_that_crashed_is_handed_over_again():
    def chained(event, _environment):
        yield put("first", 1)
        return {"next": {"function": "b", "message": {}, "delay_s": 10}}

    scripts = Scripts({"a": chained, "b": worker})
    one = case(scripts, world(), "A", follow_ups=FollowUps(), perturbations=Perturbations(crashes=1))
    graph = graph_of(scripts, one)
    assert len(taken(graph, "A", "A", "A!crash", "A", "A")) == 5


def test_crashes_are_counted_over_all_containers():
    scripts = Scripts({"a": worker, "b": worker})
    graph = graph_of(scripts, case(scripts, world(), "A", "B", perturbations=Perturbations(crashes=2)))
    counts = {sum(edge.action.kind == "crash" for edge in path) for path in paths(graph)}
    assert counts == {0, 1, 2}


def test_recorded_calls_of_others_do_not_crash_and_are_not_throttled():
    write = ItemWrite("items", {"pk": {"S": "x"}}, {"pk": {"S": "x"}, "v": {"N": "1"}}, AT)
    scripts = Scripts({})
    budgets = Perturbations(crashes=1, throttles=1)
    graph = graph_of(scripts, case(scripts, world(), containers=(ContainerSpec("A", (write,)),), perturbations=budgets))
    assert offered(graph, graph.root) == ["A"]


# ---- lost responses


def creator(_event, _environment):
    try:
        yield create("x", 1)
    except Refused as refused:
        yield put(refused.error, 1)


def test_a_lost_response_means_that_the_call_is_made_twice_and_the_second_answer_arrives():
    graph = perturbed(creator, lost_responses=1)
    assert items(graph, after(graph, "A")) == {"x": 1}
    assert items(graph, after(graph, "A!lost", "A")) == {"x": 1, "ConditionalCheckFailedException": 1}


def test_a_call_that_can_be_repeated_unnoticed_has_no_lost_response():
    graph = perturbed(lost_responses=1)  # blind puts: twice is once
    assert [tuple(str(edge.action) for edge in path) for path in paths(graph)] == [("A", "A")]


def test_a_transaction_with_a_token_can_be_repeated():
    def transacting(_event, _environment):
        item = {"pk": {"S": "x"}, "v": {"N": "1"}}
        condition = {"TableName": "items", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        yield call("dynamodb", "TransactWriteItems", TransactItems=[{"Put": condition}], ClientRequestToken="once")

    graph = perturbed(transacting, lost_responses=1)
    assert offered(graph, graph.root) == ["A"]


def test_a_recorded_batch_may_be_sent_twice():
    batch = Batch("Z1", ({"Action": "CREATE", "ResourceRecordSet": txt("t.example.com.", "1")},), AT)
    scripts = Scripts({})
    budgets = Perturbations(lost_responses=1)
    graph = graph_of(scripts, case(scripts, world(), containers=(ContainerSpec("A", (batch,)),), perturbations=budgets))
    assert offered(graph, graph.root) == ["A", "A!lost"]
    assert after(graph, "A!lost").nodes[0].outcome["error"] == "InvalidChangeBatch"


# ---- throttles


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (put("x", 1), "ProvisionedThroughputExceededException"),
        (change(("UPSERT", txt("t.example.com.", "1"))), "Throttling"),
        (call("sts", "GetCallerIdentity"), "ThrottlingException"),
    ],
    ids=["dynamodb", "route53", "sts"],
)
def test_a_throttled_call_is_refused_with_the_service_s_own_code_and_changes_nothing(made, error):
    def caught(_event, _environment):
        try:
            yield made
        except Refused as refused:
            yield put(refused.error, 1)

    graph = perturbed(caught, throttles=1)
    assert after(graph, "A!throttle").world is graph.root.world
    assert items(graph, after(graph, "A!throttle", "A")) == {error: 1}


def test_an_invocation_that_fails_by_a_throttle_is_delivered_again_three_times_in_all():
    graph = perturbed(throttles=5)
    tried = ["A!throttle"] * DELIVERIES
    assert offered(graph, after(graph, *tried[:-1])) == ["A", "A!throttle"]
    given_up = after(graph, *tried)
    assert given_up.ended
    assert items(graph, given_up) == {}
    assert items(graph, after(graph, *tried[:-1], "A", "A"))["second"] == 1


def test_an_invocation_that_fails_by_itself_is_not_delivered_again():
    def failing(_event, _environment):
        yield put("x", 1)
        raise ValueError("no")

    graph = perturbed(failing, throttles=1)
    assert after(graph, "A").ended


def test_who_waits_can_be_throttled_too():
    def waiting(_event, _environment):
        while value_of((yield get("ready"))) != 1:
            yield 1.0

    scripts = Scripts({"a": waiting, "b": lambda _event, _environment: (yield put("ready", 1))})
    graph = graph_of(scripts, case(scripts, world(), "A", "B", perturbations=Perturbations(throttles=1)))
    assert offered(graph, graph.root) == ["B", "A!throttle", "B!throttle"]


# ---- stale reads


def copier(_event, _environment):
    yield put("n", 1)
    yield put("n", 2)
    yield put("copy", value_of((yield get("n", consistent=False))) or 0)


def test_an_eventually_consistent_read_may_miss_the_last_write():
    graph = perturbed(copier, stale_reads=1, start=world(items={"n": 0}))
    assert offered(graph, after(graph, "A", "A")) == ["A", "A!stale"]
    assert items(graph, after(graph, "A", "A", "A", "A"))["copy"] == 2
    assert items(graph, after(graph, "A", "A", "A!stale", "A"))["copy"] == 1


def test_a_consistent_read_misses_nothing():
    def careful(_event, _environment):
        yield put("n", 1)
        yield put("copy", value_of((yield get("n", consistent=True))) or 0)

    graph = perturbed(careful, stale_reads=1, start=world(items={"n": 0}))
    assert offered(graph, after(graph, "A")) == ["A"]


def test_a_read_of_what_nobody_wrote_is_never_stale():
    def only_reading(_event, _environment):
        yield get("n", consistent=False)

    graph = perturbed(only_reading, stale_reads=1, start=world(items={"n": 0}))
    assert offered(graph, graph.root) == ["A"]


def test_states_that_differ_only_in_what_a_stale_read_would_see_are_one_once_none_is_left():
    def writer(event, _environment):
        yield put("x", 1)

    scripts = Scripts({"a": writer, "b": lambda _event, _environment: (yield put("y", 1))})
    many, none = (
        graph_of(scripts, case(scripts, world(), "A", "B", perturbations=Perturbations(stale_reads=budget)))
        for budget in (1, 0)
    )
    assert after(many, "A", "B") is not after(many, "B", "A")
    assert after(none, "A", "B") is after(none, "B", "A")
    assert many.dependent(many.root, many.action("A"), many.root, many.action("B"))
    assert not none.dependent(none.root, none.action("A"), none.root, none.action("B"))


# ---- time


def test_time_passes_for_everybody_as_often_as_allowed():
    def clocked(_event, environment):
        yield put("before", int(environment.clock() - AT))
        yield put("after", int(environment.clock() - AT))

    graph = perturbed(clocked, expiries=2, expiry_s=100.0)
    assert items(graph, after(graph, "A", "A")) == {"before": 0, "after": 0}
    assert items(graph, after(graph, "A", "+time", "A"))["after"] == 0  # it had asked before the time passed
    assert items(graph, after(graph, "+time", "A", "A"))["after"] == 100
    assert offered(graph, after(graph, "+time", "+time")) == ["A"]
    assert {sum(str(edge.action) == "+time" for edge in path) for path in paths(graph)} == {0, 1, 2}


def test_an_invocation_whose_time_is_over_fails_and_is_delivered_again():
    """It never looks at a clock: only the function's timeout tells the epochs apart."""
    scripts = Scripts({"a": worker}, timeout_s=60)
    budgets = Perturbations(expiries=1, expiry_s=120.0)
    graph = graph_of(scripts, case(scripts, world(), "A", perturbations=budgets))
    end = after(graph, "A", "+time", "A", "A", "A")
    assert end.ended
    (edge,) = [edge for edge in graph.edges(after(graph, "A", "+time")) if str(edge.action) == "A"]
    (ending,) = graph.endings(after(graph, "A", "+time"), edge)
    assert ending[2]["error"] == "Sandbox.Timedout"


def test_steps_that_read_no_clock_are_the_same_in_every_epoch():
    scripts = Scripts({"a": worker, "b": worker, "c": worker})
    sizes = [
        len(
            reached(graph_of(scripts, case(scripts, world(), "A", "B", "C", perturbations=Perturbations(expiries=one))))
        )
        for one in (0, 1)
    ]
    assert sizes[1] <= 2 * sizes[0]


def test_a_lock_can_expire_under_its_holder():
    """The thief takes it over, and the first holder's work comes on top. Where no time passes, the thief waits for the lock."""

    def holder(_event, environment):
        yield create("lock", int(environment.clock() - AT) + 60)
        yield put("winner", 1)
        yield delete("lock")

    def thief(_event, environment):
        while (expiry := value_of((yield get("lock")))) is not None and expiry > environment.clock() - AT:
            yield 5.0
        yield put("lock", int(environment.clock() - AT) + 60)
        yield put("winner", 2)

    class InTurn(NoProperties):
        def broken_by(self, before, after):
            winners = tuple(held(one).get("winner") for one in (before, after))
            return frozenset({"overwritten"}) if winners == (2, 1) else frozenset()

    scripts = Scripts({"a": holder, "b": thief})
    never, once = (
        graph_of(
            scripts,
            case(scripts, world(), "A", "B", perturbations=Perturbations(expiries=expiries, expiry_s=120.0)),
            InTurn(),
        )
        for expiries in (0, 1)
    )
    a_holds_it = [path for path in paths(never) if str(path[0].action) == "A"]
    assert a_holds_it
    assert all(broken_on(path) == set() for path in a_holds_it)
    assert broken_on(taken(once, "A", "+time", "B", "B", "B", "A")) == {"overwritten"}


def test_two_perturbations_out_of_one_budget_depend_on_each_other():
    scripts = Scripts({"a": worker, "b": lambda _event, _environment: (yield put("x", 1))})
    graph = graph_of(scripts, case(scripts, world(), "A", "B", perturbations=Perturbations(crashes=1, throttles=1)))
    actions = {text: graph.action(text) for text in ("A!crash", "B!crash", "A!throttle", "B!throttle", "+time", "B")}

    def dependent(one, other):
        return graph.dependent(graph.root, actions[one], graph.root, actions[other])

    assert dependent("A!crash", "B!crash")
    assert dependent("A!throttle", "B!throttle")
    assert not dependent("A!crash", "B!throttle")
    assert dependent("+time", "B")


@pytest.mark.parametrize(
    ("budgets", "kinds"),
    [
        ({"crashes": 1, "stale_reads": 1}, {"crash", "stale"}),
        ({"lost_responses": 1}, {"lost"}),
        ({"throttles": 1}, {"throttle"}),
        ({"expiries": 1}, set()),
    ],
    ids=["crash and stale read", "lost response", "throttle", "expiry"],
)
def test_every_schedule_with_perturbations_ends(budgets, kinds):
    """A lock that may be taken over, and one that holds it whom something happens to."""

    def locked(_event, environment):
        while True:
            try:
                yield create("lock", int(environment.clock()))
                break
            except Refused:
                held = value_of((yield get("lock", consistent=False)))
                if held is not None and held + 200 < environment.clock():
                    yield delete("lock")
                else:
                    yield 5.0
        yield put("n", 1)
        yield delete("lock")

    scripts = Scripts({"a": locked, "b": locked})
    graph = graph_of(scripts, case(scripts, world(), "A", "B", perturbations=Perturbations(**budgets)))
    states = reached(graph)
    edges = [edge for state in states for edge in graph.edges(state)]
    assert {edge.action.kind for edge in edges} == {"step", "time", *kinds}
    assert all(end.ended for end in ends(graph))
    assert STUCK not in broken_on(edges)
