"""What is left over, and what is taken away too early: kinds `gone`, `retains`, `ttl_at_most` and `ttl_at_least`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.memory_zones import alias, change, rr
from tests.validate.evidence_parts import ZONE
from tests.validate.judging_both import FORM, NAME, ROLLBACK, judged, leads, tree, txt

LOCK = txt("_lock.ex.test.", "A 1760856663")
GONE: dict[str, Any] = {"kind": "gone", "names": ["_lock.ex.test"], "type": "TXT"}
RETAINS: dict[str, Any] = {"kind": "retains", "names": [NAME], "generation": FORM, "behind": 2}
TREES = [tree(8), tree(9), tree(10), leads(NAME, 10), leads(ROLLBACK, 9)]
FLIP = [change("CREATE", tree(11)), change("UPSERT", leads(NAME, 11)), change("UPSERT", leads(ROLLBACK, 10))]


def test_a_lock_that_is_taken_and_given_back_is_gone() -> None:
    found = judged(GONE, [], [change("CREATE", LOCK)], [change("DELETE", LOCK)])
    assert (found.broken, found.left, found.idle) == ([], False, set())


def test_a_lock_that_is_never_given_back_is_left_over_and_named() -> None:
    found = judged(GONE, [], [change("CREATE", LOCK)])
    assert found.left
    assert found.told == ["left over: _lock.ex.test. TXT"]


def test_a_lock_that_nobody_ever_took_says_nothing() -> None:
    assert judged(GONE, TREES, FLIP).idle == {"_lock.ex.test."}


def test_another_type_at_the_name_may_stay() -> None:
    assert not judged(GONE, [rr("_lock.ex.test.", "A", "192.0.2.1")], FLIP).left


def test_every_name_below_a_suffix_is_looked_at_and_the_first_few_are_told() -> None:
    left = [change("CREATE", txt(f"l{n}.locks.ex.test.", "held")) for n in range(5)]
    found = judged({"kind": "gone", "names": ["*.locks.ex.test"]}, [txt("locks.ex.test.", "stays")], left)
    assert found.told == ["left over: l0.locks.ex.test. TXT, l1.locks.ex.test. TXT, l2.locks.ex.test. TXT and 2 more"]


def test_a_cleaner_that_removes_what_is_far_enough_behind_leaves_nothing_over() -> None:
    found = judged(RETAINS, TREES, FLIP, [change("DELETE", tree(8))], [change("DELETE", tree(9))])
    assert (found.broken, found.left, found.idle) == ([], False, set())


def test_trees_that_nobody_removed_are_left_over() -> None:
    found = judged(RETAINS, TREES, FLIP, [change("DELETE", tree(9))])
    assert found.told == ["ex.test. serves generation 11 and still holds 8"]


def test_a_tree_in_use_may_stay_however_old() -> None:
    used = [change("CREATE", leads("legacy.ex.test.", 8))]
    assert not judged(RETAINS, TREES, FLIP, [*used, change("DELETE", tree(9))]).left


def test_what_a_cname_leads_to_is_in_use() -> None:
    used = [change("CREATE", rr("www.ex.test.", "CNAME", "plan-8.ex.test"))]
    assert not judged(RETAINS, TREES, FLIP, [*used, change("DELETE", tree(9))]).left


def test_a_record_inside_a_tree_does_not_keep_another_tree_in_use() -> None:
    inside = alias("also.plan-11.ex.test.", "A", "plan-8.ex.test.", ZONE)
    assert judged(RETAINS, TREES, FLIP, [change("CREATE", inside), change("DELETE", tree(9))]).left


def test_a_tree_that_is_removed_while_it_is_to_be_kept_breaks_at_that_call() -> None:
    found = judged(RETAINS, TREES, [change("DELETE", leads(ROLLBACK, 9)), change("DELETE", tree(9))])
    assert found.broken == [0]
    assert found.told[0] == "generation 9 was removed from ex.test., which serves 10 and keeps 2"


def test_a_newer_tree_than_the_one_served_may_not_be_removed_either() -> None:
    assert judged(RETAINS, TREES, [change("CREATE", tree(12))], [change("DELETE", tree(12))]).broken == [1]


def test_where_no_generation_is_served_nothing_can_be_behind() -> None:
    found = judged(RETAINS, [rr(NAME, "A", "192.0.2.1"), tree(3)], [change("DELETE", tree(3))])
    assert (found.broken, found.left, found.idle) == ([], False, {NAME})


def test_a_removal_after_the_name_went_away_is_judged_by_what_it_served_last() -> None:
    away = [change("DELETE", leads(NAME, 10))]
    assert judged(RETAINS, TREES, away, [change("DELETE", tree(10))]).broken == [1]


TTL: dict[str, Any] = {"kind": "ttl_at_most", "names": [NAME, "*.ex.test"], "seconds": 60}


@pytest.mark.parametrize(("ttl", "broken"), [(60, []), (61, [0])])
def test_a_record_set_may_not_be_kept_for_longer_than_so_many_seconds(ttl: int, broken: list[int]) -> None:
    found = judged(TTL | {"names": ["*.ex.test"]}, [leads(NAME, 1)], [change("CREATE", tree(1, ttl=ttl))])
    assert found.broken == broken
    assert found.told == ["plan-1.ex.test. A has a TTL of 61 s, more than 60"][: len(broken)]


def test_a_ttl_that_was_too_long_from_the_start_is_blamed_on_nobody() -> None:
    found = judged(TTL | {"names": ["*.ex.test"]}, [tree(1, ttl=900)], [change("CREATE", tree(2))])
    assert found.broken == []


def test_where_there_are_aliases_only_no_ttl_was_looked_at() -> None:
    assert judged(TTL, [leads(NAME, 1), tree(1)], [change("CREATE", tree(2))]).idle == {NAME}


@pytest.mark.parametrize(("ttl", "broken"), [(60, []), (59, [0]), (0, [0])])
def test_a_record_set_may_not_be_kept_for_less_than_so_many_seconds(ttl: int, broken: list[int]) -> None:
    entry = {"kind": "ttl_at_least", "names": ["*.ex.test"], "seconds": 60}
    found = judged(entry, [leads(NAME, 1)], [change("CREATE", tree(1, ttl=ttl))])
    assert (found.broken, found.idle) == (broken, set())
    assert found.told == [f"plan-1.ex.test. A has a TTL of {ttl} s, less than 60"][: len(broken)]
