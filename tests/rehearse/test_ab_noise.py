"""What two runs of the baseline differ in is noise, a field at a time; what the candidate differs in beyond that is found."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.rehearse.ab.differing import ABSENT, differences, is_below
from twinstage.rehearse.ab.tally import Observation, rows_of, sign_test

if TYPE_CHECKING:
    from collections.abc import Callable

Response = dict[str, Any]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b/c", "~"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y", "a/b", "*"]), inner, max_size=3)
    ),
    max_leaves=8,
)


class Handler:
    """A function whose response has a random id and a clock in it; every arm runs it with the clock going on."""

    def __init__(self, seed: int) -> None:
        self.random, self.clock = random.Random(seed), 1_760_000_000.0  # noqa: S311  (responses)

    def response(self, event: int) -> Response:
        self.clock += self.random.expovariate(2)
        return {
            "request_id": str(uuid.UUID(int=self.random.getrandbits(128))),
            "at": self.clock,
            "took_ms": self.random.gauss(20, 3),
            "plan": {"generation": event, "state": "applied"},
            "nodes": [{"name": f"n{index}", "token": self.random.random().hex()} for index in range(event % 4)],
            "by_id": {self.random.random().hex(): event},
        }


def replayed(events: int, change: Callable[[Response], Response] = lambda response: response) -> list[Observation]:
    """The arms one after the other, the candidate between the two runs of the baseline."""
    handler = Handler(events)
    baseline, candidate, repeat = ([handler.response(event) for event in range(events)] for _ in range(3))
    arms = zip(baseline, repeat, map(change, candidate), strict=True)
    return [Observation("publish", f"e{event}", *documents) for event, documents in enumerate(arms)]


def found(observations: list[Observation]) -> set[tuple[str, str]]:
    return {(row.pointer, row.what) for row in rows_of(observations) if row.verdict == "differs"}


@pytest.mark.parametrize("events", [1, 3, 20, 200])
def test_a_random_id_and_a_clock_are_never_found(events: int) -> None:
    rows = rows_of(replayed(events))
    assert {row.verdict for row in rows} <= {"noise", "undecided"}
    assert {"/request_id", "/at", "/by_id"} <= {row.pointer for row in rows}


@pytest.mark.parametrize("events", [1, 20])
def test_any_other_field_that_changes_is_found_however_few_events_there_are(events: int) -> None:
    def change(response: Response) -> Response:
        return response | {"plan": {**response["plan"], "state": "done"}, "warnings": []}

    assert found(replayed(events, change)) == {("/plan/state", "value"), ("", "members")}
    [members] = [row for row in rows_of(replayed(events, change)) if row.what == "members" and row.pointer == ""]
    assert (members.members, members.raw, members.noise) == (("warnings",), events, 0)


def test_a_field_that_changes_in_one_event_of_many_is_found_with_the_event() -> None:
    def change(response: Response) -> Response:
        return response if response["plan"]["generation"] != 17 else response | {"plan": None}

    [row] = [row for row in rows_of(replayed(60, change)) if row.verdict == "differs"]
    assert (row.pointer, row.what, row.raw, row.subjects) == ("/plan", "type", 1, ("e17",))


def slower(response: Response) -> Response:
    return response | {"took_ms": response["took_ms"] + 6}


def test_a_noisy_number_that_is_distributed_otherwise_is_found_where_there_is_enough_of_it() -> None:
    assert found(replayed(200, slower)) == {("/took_ms", "value")}
    [row] = [row for row in rows_of(replayed(200, slower)) if row.pointer == "/took_ms"]
    assert row.numbers is not None
    assert row.numbers.low > 0
    assert row.numbers.medians[2] > max(row.numbers.medians[:2]) + 4


def test_and_undecided_where_there_is_not() -> None:
    [row] = [row for row in rows_of(replayed(8, slower)) if row.pointer == "/took_ms"]
    assert row.verdict == "undecided"


@pytest.mark.parametrize("kind", [int, str])
def test_what_hardly_ever_differs_in_the_baseline_and_often_in_the_candidate_is_found_number_or_not(kind: type) -> None:
    arms = [[kind(5 + (n < changed)) for n in range(300)] for changed in (0, 1, 30)]
    observations = [
        Observation("f", str(n), {"size": one}, {"size": two}, {"size": three})
        for n, (one, two, three) in enumerate(zip(*arms, strict=True))
    ]
    assert found(observations) == {("/size", "value")}
    few = [replace(each, candidate={"size": kind(5 + (n < 3))}) for n, each in enumerate(observations)]
    assert [row.verdict for row in rows_of(few)] == ["undecided"]


def test_a_number_that_scatters_more_around_the_same_middle_is_found_too() -> None:
    def change(response: Response) -> Response:
        return response | {"took_ms": 20 + 5 * (response["took_ms"] - 20)}

    assert found(replayed(400, change)) == {("/took_ms", "value")}


def test_a_noisy_field_that_becomes_another_type_is_found() -> None:
    assert found(replayed(10, lambda response: response | {"request_id": None})) == {("/request_id", "type")}


def test_what_differs_now_and_then_is_found_only_where_the_candidate_surely_differs_more_often() -> None:
    def observations(often: float) -> list[Observation]:
        stream = random.Random(5)  # noqa: S311  (responses)
        arms = [[("y" if stream.random() < share else "x") for _ in range(300)] for share in (0.0, 0.1, often)]
        return [
            Observation("f", str(n), {"cache": one}, {"cache": two}, {"cache": three})
            for n, (one, two, three) in enumerate(zip(*arms, strict=True))
        ]

    assert found(observations(0.1)) == set()
    assert found(observations(0.4)) == {("/cache", "value")}


def test_the_noise_of_one_element_of_an_array_is_that_of_all() -> None:
    same, other = [{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 9}]
    assert found([Observation("f", "e", same, other, [{"id": 7}, {"id": 2}])]) == set()
    assert found([Observation("f", "e", same, same, other)]) == {("/*/id", "value")}


def test_the_noise_of_one_function_excuses_no_other() -> None:
    noisy = Observation("f", "e1", {"id": 1}, {"id": 2}, {"id": 3})
    rows = rows_of([noisy, Observation("g", "e2", {"id": 1}, {"id": 1}, {"id": 3})])
    assert [(row.of, row.verdict) for row in rows] == [("g", "differs"), ("f", "undecided")]


def test_what_is_declared_is_shown_and_excused_with_all_below_it() -> None:
    before, after = {"a": {"b": [1, {"c": 2}]}, "d": 1}, {"a": {"b": [1, {"c": 3}]}, "d": 1, "new": True}
    for pointers, left in (
        (("/a/b/*/c", "/new"), set()),
        (("/a/b/0/c", "/new"), set()),
        (("/a", "/new"), set()),
        (("/a/*/0/d",), {("/a/b/*/c", "value"), ("", "members")}),
        (("/a/b/*/c/d", "/new"), {("/a/b/*/c", "value")}),
        (("",), set()),
    ):
        observation = Observation("f", "e", before, before, after, may_differ=pointers)
        assert found([observation]) == left
        assert any(row.verdict == "declared" for row in rows_of([observation])) == (
            left != {("/a/b/*/c", "value"), ("", "members")}
        )


def test_a_pointer_covers_whole_steps_and_escapes() -> None:
    assert is_below("/a~1b/c", ("/a~1b",))
    assert not is_below("/ab", ("/a",))
    assert [each.full_pointer for each in differences({}, {"a/b": {"~": 1}})] == ["/a~1b"]


def test_what_is_there_in_one_arm_only_is_one_place() -> None:
    rows = rows_of(
        [Observation("t", "k1", {"x": 1}, {"x": 1}, ABSENT), Observation("t", "k2", ABSENT, ABSENT, {"x": 1})]
    )
    assert [(row.pointer, row.what, row.raw, row.members) for row in rows] == [("", "presence", 2, ("k1", "k2"))]


@given(JSON, JSON)
def test_documents_differ_where_they_are_unequal_and_nowhere_else(one: Any, other: Any) -> None:
    assert [*differences(one, one)] == []
    assert bool([*differences(one, other)]) == (canonical(one) != canonical(other))
    assert {*differences(one, other)} == {*differences(other, one)}


@given(st.lists(st.tuples(JSON, JSON), max_size=5))
def test_whatever_the_repeat_does_too_is_no_finding(pairs: list[tuple[Any, Any]]) -> None:
    """A/A of any responses: the candidate does as the baseline did, or as its second run did."""
    for candidate in (0, 1):
        observations = [Observation("f", str(n), *pair, pair[candidate]) for n, pair in enumerate(pairs)]
        assert found(observations) == set()


@given(st.lists(st.tuples(JSON, JSON, JSON), max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_events_and_of_members_means_nothing(
    arms: list[tuple[Any, Any, Any]], order: random.Random
) -> None:
    observations = [Observation("f", str(n), *documents) for n, documents in enumerate(arms)]
    shuffled = [
        Observation("f", each.subject, *(turned(document) for document in (each.baseline, each.repeat, each.candidate)))
        for each in order.sample(observations, len(observations))
    ]
    assert {told(row) for row in rows_of(observations)} == {told(row) for row in rows_of(shuffled)}


@given(st.lists(JSON, min_size=1, max_size=4), JSON, st.integers(0, 3))
def test_where_in_an_array_something_differs_means_nothing(array: list[Any], other: Any, at: int) -> None:
    changed = [*array]
    changed[at % len(array)] = other
    pairs = [(array, changed), (array[::-1], changed[::-1])]
    one, turned_round = ({(each.pointer, each.what) for each in differences(*pair)} for pair in pairs)
    assert one == turned_round


def test_the_sign_test_is_that_of_a_fair_coin() -> None:
    assert sign_test(5, 0) == pytest.approx(1 / 32)
    assert sign_test(3, 3) == pytest.approx((20 + 15 + 6 + 1) / 64)
    assert sign_test(0, 7) == pytest.approx(1)
    assert sign_test(600, 400) < 1e-9


def canonical(value: Any) -> Any:
    """Equal where JSON is: a truth is no number."""
    if isinstance(value, dict):
        return {name: canonical(member) for name, member in value.items()}
    return [canonical(each) for each in value] if isinstance(value, list) else (isinstance(value, bool), value)


def turned(value: Any) -> Any:
    """The same with the members of every object the other way round."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(each) for each in value] if isinstance(value, list) else value


def told(row: Any) -> tuple[Any, ...]:
    return row.pointer, row.what, row.verdict, row.raw, row.noise, row.members
