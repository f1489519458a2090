"""Names whose generations belong together: kinds `remembers` and `agrees`; and what is to be reached in the end, by a table."""

from __future__ import annotations

from typing import Any

from tests.state.memory_zones import change, rr
from tests.validate.judging_both import FORM, NAME, ROLLBACK, explored_as, judged, leads, tree, txt, world

REMEMBERS: dict[str, Any] = {"kind": "remembers", "names": [ROLLBACK], "of": [NAME], "generation": FORM}
AGREES: dict[str, Any] = {"kind": "agrees", "names": [NAME], "generation": FORM, "txt": "_gen"}
GEN = "_gen.ex.test."
ZONE = [tree(9), tree(10), tree(11), leads(NAME, 10), leads(ROLLBACK, 9)]


def test_a_flip_that_points_rollback_at_what_was_served_is_remembered() -> None:
    flip = [change("UPSERT", leads(NAME, 11)), change("UPSERT", leads(ROLLBACK, 10))]
    found = judged(REMEMBERS, ZONE, flip)
    assert (found.broken, found.idle) == ([], set())


def test_a_flip_that_leaves_rollback_behind_breaks() -> None:
    found = judged(REMEMBERS, ZONE, [change("UPSERT", leads(NAME, 11))])
    assert found.told == ["api.ex.test. moved from generation 10 to 11, and rollback.ex.test. leads to 9"]


def test_a_flip_that_takes_rollback_away_breaks() -> None:
    flip = [change("UPSERT", leads(NAME, 11)), change("DELETE", leads(ROLLBACK, 9))]
    assert judged(REMEMBERS, ZONE, flip).told == [
        "api.ex.test. moved from generation 10 to 11, and rollback.ex.test. leads nowhere"
    ]


def test_a_call_that_moves_nothing_may_leave_rollback_anywhere() -> None:
    assert judged(REMEMBERS, ZONE, [change("UPSERT", leads(ROLLBACK, 11))]).broken == []


def test_a_name_that_was_away_for_a_call_still_moved() -> None:
    away, back = [change("DELETE", leads(NAME, 10))], [change("CREATE", leads(NAME, 11))]
    together = judged_by_a_replay_only(REMEMBERS, away, back)
    assert together == [1]


def judged_by_a_replay_only(
    entry: dict[str, Any], *batches: list[dict[str, Any]], start_of: list[dict[str, Any]] = ZONE
) -> list[int]:
    """A replay remembers across the absence of a name; a graph of states knows one call at a time, and sees the name empty in between."""
    from tests.state.memory_zones import apex
    from tests.validate.evidence_parts import call, outcome, start
    from twinstage.model.invariant import invariant_of
    from twinstage.validate.history import History
    from twinstage.validate.invariants import watch

    zones = start(*apex("ex.test."), *start_of)
    outcomes = [outcome(n, call(*batch)) for n, batch in enumerate(batches)]
    (found,) = watch([invariant_of({"id": "I", **entry})], zones, History(dict(zones)).steps(outcomes))
    return [violation.place["seq"] for violation in found.violations]


def test_where_there_is_no_rollback_nothing_was_looked_at() -> None:
    assert judged(REMEMBERS, [tree(10), leads(NAME, 10)], [change("CREATE", tree(11))]).idle == {ROLLBACK}


def test_a_txt_that_moves_with_the_name_agrees() -> None:
    swap = [change("DELETE", txt(GEN, "10")), change("CREATE", txt(GEN, "11")), change("UPSERT", leads(NAME, 11))]
    found = judged(AGREES, [*ZONE, txt(GEN, "10")], swap)
    assert (found.broken, found.idle) == ([], set())


def test_a_name_that_moves_without_its_txt_breaks_and_stays_broken_once() -> None:
    moved = [change("UPSERT", leads(NAME, 11))]
    found = judged(AGREES, [*ZONE, txt(GEN, "10")], moved, [change("UPSERT", leads(ROLLBACK, 10))])
    assert found.told == ['_gen.ex.test. says "10", api.ex.test. serves generation 11']


def test_generations_are_compared_as_numbers() -> None:
    assert judged(AGREES, [*ZONE, txt(GEN, "0010")], [change("UPSERT", leads(ROLLBACK, 10))]).broken == []


def test_a_txt_that_is_no_number_breaks() -> None:
    assert judged(AGREES, ZONE, [change("CREATE", txt(GEN, "ten"))]).broken == [0]


def test_before_there_is_a_txt_nothing_is_compared() -> None:
    assert judged(AGREES, ZONE, [change("UPSERT", leads(NAME, 11))]).idle == {NAME}


def test_a_txt_that_is_taken_away_breaks() -> None:
    found = judged(AGREES, [*ZONE, txt(GEN, "10")], [change("DELETE", txt(GEN, "10"))])
    assert found.told == ["_gen.ex.test. was taken away"]


def plan(generation: int, **attributes: Any) -> dict[str, Any]:
    return {"scope": {"S": "regional"}, "generation": {"N": str(generation)}, **attributes}


def test_the_newest_plan_of_a_table_is_to_be_reached() -> None:
    entry = {
        "kind": "reaches",
        "names": [NAME],
        "generation": FORM,
        "at_least": {"table": "plans", "attribute": "generation"},
    }
    flip = [change("UPSERT", leads(NAME, 11))]
    assert not explored_as(entry, world(*ZONE, tables={"plans": [plan(9), plan(11)]}), flip).left
    assert explored_as(entry, world(*ZONE, tables={"plans": [plan(9), plan(12)]}), flip).left


def test_a_table_without_that_attribute_asks_for_no_generation() -> None:
    entry = {
        "kind": "reaches",
        "names": [NAME],
        "generation": FORM,
        "at_least": {"table": "plans", "attribute": "applied"},
    }
    assert not explored_as(entry, world(*ZONE, tables={"plans": [plan(9)]})).left


def test_after_a_recovery_a_name_serves_what_it_should_and_has_an_address() -> None:
    entry = {"kind": "recovers", "names": [NAME], "generation": FORM, "at_least": 11}
    flip = [change("UPSERT", leads(NAME, 11))]
    assert not explored_as(entry, world(*ZONE), flip).left
    assert explored_as(entry, world(*ZONE), [change("UPSERT", leads(ROLLBACK, 10))]).left
    assert explored_as(entry, world(*ZONE), flip, [change("DELETE", tree(11))]).left


def test_a_name_without_a_generation_has_recovered_to_none() -> None:
    entry = {"kind": "recovers", "names": [NAME], "generation": FORM, "at_least": 1}
    assert explored_as(entry, world(rr(NAME, "A", "192.0.2.1"))).left


NEVER_BACK: dict[str, Any] = {"kind": "never_decreases", "names": [NAME], "txt": "_gen"}


def written(number: int) -> list[dict[str, Any]]:
    return [change("UPSERT", txt(GEN, str(number)))]


def test_a_record_that_counts_on_never_goes_back() -> None:
    found = judged(NEVER_BACK, [txt(GEN, "9")], written(10), written(10), written(100))
    assert (found.broken, found.idle) == ([], set())


def test_a_record_that_goes_back_breaks_whatever_the_name_serves() -> None:
    found = judged(NEVER_BACK, ZONE, written(100), written(99))
    assert found.broken == [1]
    assert found.told == ["_gen.ex.test. went from 100 back to 99"]


def test_a_record_that_was_away_may_not_come_back_lower() -> None:
    away = [change("DELETE", txt(GEN, "10"))]
    together = judged_by_a_replay_only(NEVER_BACK, away, written(9), start_of=[txt(GEN, "10")])
    assert together == [1]


def test_without_the_record_nothing_was_looked_at() -> None:
    assert judged(NEVER_BACK, ZONE, [change("UPSERT", leads(NAME, 11))]).idle == {NAME}
