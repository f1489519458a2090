"""What belongs to a generation comes and goes together: kind `whole`."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.state.memory_zones import change, rr
from tests.validate.judging_both import FORM, NAME, judged, leads

WHOLE: dict[str, Any] = {"kind": "whole", "names": [NAME], "generation": FORM}


def record(generation: int, leaf: str, address: int = 1) -> dict[str, Any]:
    return rr(f"{leaf}.plan-{generation}.ex.test.", "A", f"192.0.2.{address}", ttl=60)


TREE = [record(8, "a"), record(8, "b")]


def test_a_tree_that_goes_in_one_call_is_whole() -> None:
    found = judged(WHOLE, TREE, [change("DELETE", each) for each in TREE])
    assert (found.broken, found.idle) == ([], set())


def test_a_tree_that_goes_in_pieces_breaks_at_the_first_and_is_told() -> None:
    found = judged(WHOLE, TREE, *([change("DELETE", each)] for each in TREE))
    assert found.broken == [0]
    assert found.told == ["a.plan-8.ex.test. A was taken from generation 8 of ex.test. by itself"]


def test_a_tree_that_comes_in_pieces_breaks() -> None:
    found = judged(WHOLE, [], *([change("CREATE", each)] for each in TREE))
    assert found.broken == [1]
    assert found.told == ["b.plan-8.ex.test. A was added to generation 8 of ex.test. by itself"]


def test_what_a_record_says_may_change() -> None:
    assert judged(WHOLE, TREE, [change("UPSERT", record(8, "a", address=2))]).broken == []


def test_where_there_is_no_generation_nothing_was_looked_at() -> None:
    assert judged(WHOLE, [rr(NAME, "A", "192.0.2.1")], [change("DELETE", rr(NAME, "A", "192.0.2.1"))]).idle == {NAME}


@given(st.lists(st.sets(st.sampled_from("abc"), min_size=1), min_size=1, max_size=3))
def test_whole_generations_never_break_it_whatever_their_order(trees: list[set[str]]) -> None:
    batches = [[change("CREATE", record(n, leaf)) for leaf in sorted(leaves)] for n, leaves in enumerate(trees)]
    gone = [[change("DELETE", record(n, leaf)) for leaf in sorted(leaves)] for n, leaves in enumerate(trees)]
    assert judged(WHOLE, [leads("x.ex.test.", 99)], *batches, *gone).broken == []
