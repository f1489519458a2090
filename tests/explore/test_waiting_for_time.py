"""Loops that end by themselves, loops that the clock ends, and time that passes for those that wait."""

from __future__ import annotations

import pytest
from lockers import holding, locked
from scripted import Refused, Scripts, create, get, put, value_of
from starts import AT, case, world
from walked import after, broken_on, ends, graph_of, items, offered, paths, taken

from twinstage.explore.case import ContainerSpec, FollowUps, Message, Perturbations
from twinstage.model.invariant import STUCK

EXPIRY_S = 300.0


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


def patient(tries, *, first_pause=1.0, clocked=False):
    """Gives up after so many tries, and goes ahead without the lock."""

    def run(_event, environment):
        for number in range(tries):
            try:
                yield create("lock", int(environment.clock()) if clocked else 0)
            except Refused:
                yield first_pause * 2**number
            else:
                yield put("worked", 1)
                return
        yield put("gave-up", 1)

    return run


def holding_for_long(_event, environment):
    yield create("lock", int(environment.clock()))
    yield put("n", 1)
    yield put("m", 1)


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


@pytest.mark.parametrize("clocked", [False, True])
@pytest.mark.parametrize("tries", [1, 2, 3, 5])
def test_a_loop_that_counts_its_tries_may_give_up_while_the_other_is_slow(tries, clocked):
    """However long its pauses are, and whether or not what it writes tells the time."""
    scripts = Scripts({"a": holding, "b": patient(tries, first_pause=10.0, clocked=clocked)})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert offered(graph, after(graph, "A")) == ["A", "B"]
    assert items(graph, after(graph, "A", *"B" * tries, "B")).keys() == {"lock", "gave-up"}
    if tries > 1:
        assert items(graph, after(graph, *"ABAABB")).keys() == {"lock", "held", "worked"}
    assert all(STUCK not in broken_on(path) for path in paths(graph))


def test_follow_ups_that_count_their_attempts_may_give_up_too():
    def counting(event, _environment):
        attempt = event.get("attempt", 0)
        try:
            yield create("lock")
        except Refused:
            if attempt < 3:
                again = {"attempt": attempt + 1}
                return {"next": {"function": "b", "message": again, "delay_s": 60 * (attempt + 1)}}
            yield put("gave-up", 1)
            return None
        yield put("worked", 1)
        return None

    scripts = Scripts({"a": holding, "b": counting})
    graph = graph_of(scripts, case(scripts, world(), "A", "B", follow_ups=FollowUps()))
    assert items(graph, after(graph, "A", "B", "B", "B", "B", "B")).keys() == {"lock", "gave-up"}


def test_a_loop_that_only_the_clock_ends_waits_until_time_passes():
    def until_late(_event, environment):
        deadline = environment.clock() + 60
        while environment.clock() < deadline:
            try:
                yield create("lock")
            except Refused:
                yield 2.0
            else:
                yield put("worked", 1)
                return
        yield put("gave-up", 1)

    scripts = Scripts({"a": holding, "b": until_late})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert offered(graph, after(graph, "A")) == ["A"]
    perturbed = graph_of(scripts, case(scripts, world(), "A", "B", perturbations=Perturbations(expiries=1)))
    assert items(perturbed, after(perturbed, "A", "+time", "B", "B")).keys() == {"lock", "gave-up"}


def test_who_waits_for_the_clock_without_asking_anybody_does_not_wait_for_ever():
    def watching(_event, environment):
        while True:
            try:
                yield create("lock")
                break
            except Refused:
                until = environment.clock() + 5
                while environment.clock() < until:
                    yield 0.5
        yield put("worked", 1)

    scripts = Scripts({"a": holding, "b": watching})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert offered(graph, after(graph, "A")) == ["A"]


def test_a_loop_of_more_tries_than_are_watched_goes_on_once_everybody_waits():
    """It is taken for endless while somebody else can go on; where nobody is left, it goes on to its end."""

    def never_gives_back(_event, _environment):
        yield create("lock")
        yield put("n", 1)

    scripts = Scripts({"a": never_gives_back, "b": patient(40, first_pause=1e-10)})
    graph = graph_of(scripts, case(scripts, world(), "A", "B"))
    assert offered(graph, after(graph, "A")) == ["A"]
    assert offered(graph, after(graph, "A", "A")) == ["B"]
    (end,) = {one for one in ends(graph) if "gave-up" in items(graph, one)}
    assert items(graph, end).keys() == {"lock", "n", "gave-up"}


def test_who_waits_for_ever_once_time_has_passed_is_stuck_then():
    """Nobody waits before: it is only at the later time that the loop goes on."""

    def until_too_late(_event, environment):
        while True:
            yield get("n")
            if environment.clock() < AT + 60:
                break
            yield 1.0

    scripts = Scripts({"a": until_too_late})
    graph = graph_of(scripts, case(scripts, world(), "A", perturbations=Perturbations(expiries=1)))
    assert offered(graph, graph.root) == ["A", "+time"]
    assert [sorted(edge.breaks) for edge in taken(graph, "+time")] == [[STUCK]]
    assert offered(graph, after(graph, "+time")) == []
    assert broken_on(taken(graph, "A")) == set()


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
