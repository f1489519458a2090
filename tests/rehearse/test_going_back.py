"""The way back out of a change of records and tables, tried from after every call of the change and of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearse.going_back import (
    TABLE,
    WWW,
    ZONE,
    alias,
    batch,
    failed,
    failure,
    inputs,
    records,
    rolled_back,
    scenario,
    www,
)
from tests.state.memory_zones import rr
from twinstage.model.validation import schema_violations
from twinstage.rehearse.rollback.merging import merge_rollback
from twinstage.rehearse.rollback.plan import plan_rollback

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = www("192.0.2.1"), www("192.0.2.2")
MOVES = {"steps": [records(1, ("UPSERT", NEW))]}


def test_a_change_of_records_is_put_back_as_it_was_from_everywhere(tmp_path: Path) -> None:
    mail = rr("mail.ex.test.", "A", "192.0.2.9")
    change = {"steps": [records(1, ("UPSERT", NEW), ("CREATE", mail)), records(2, ("UPSERT", www("192.0.2.3")))]}
    day = (batch("e1", 0, ("CREATE", rr("api.ex.test.", "A", "192.0.2.7"))),)

    found = rolled_back(inputs(tmp_path, scenario(change), OLD, events=day))

    assert (found["verdict"], found["failures"]) == ("APPROVED", [])
    assert not list(schema_violations("rollback", found))
    assert [(step["id"], [each["Action"] for each in step["changes"]]) for step in found["way_back"]] == [
        ("undo-ex.test.", ["DELETE", "UPSERT"])
    ]
    assert [(place["event"], place["call"], place["calls"]) for place in found["path"]] == [
        ("change-records-1", 1, 1),
        ("change-records-2", 1, 1),
        ("e1", 1, 1),
    ]


def test_an_alias_whose_old_target_was_removed_meanwhile_cannot_be_put_back(tmp_path: Path) -> None:
    """The wedge: from after the clean-up on, the batch that goes back is refused, whoever sends it."""
    trees = [rr(f"tree-{n}.ex.test.", "A", f"192.0.2.{n}") for n in (1, 2)]
    change = {"steps": [records(1, ("UPSERT", alias("www.ex.test.", "tree-2.ex.test.")))]}
    day = (
        batch("e1", 0, ("CREATE", rr("api.ex.test.", "A", "192.0.2.7"))),
        batch("e2", 10, ("DELETE", trees[0])),
        batch("e3", 20, ("DELETE", rr("api.ex.test.", "A", "192.0.2.7"))),
    )
    before = [*trees, alias("www.ex.test.", "tree-1.ex.test.")]

    found = rolled_back(inputs(tmp_path, scenario(change), *before, events=day))

    assert found["verdict"] == "REJECTED"
    assert failed(found) == ["rollback-calls", "rollback-restored"]
    refused = failure(found, "calls")
    assert (refused["event"], refused["call"], refused["states"]) == ("e2", 1, 2)
    assert "InvalidChangeBatch" in refused["detail"]
    assert "tree-1.ex.test." in refused["detail"]
    assert refused["command"] == "twinstage rollback going-back --from e2:1"


def test_what_the_days_code_has_changed_since_is_not_deleted_by_a_batch_written_before(tmp_path: Path) -> None:
    mail = rr("mail.ex.test.", "A", "192.0.2.9")
    day = (batch("e1", 0, ("UPSERT", rr("mail.ex.test.", "A", "192.0.2.8"))),)

    found = rolled_back(inputs(tmp_path, scenario({"steps": [records(1, ("CREATE", mail))]}), OLD, events=day))

    assert failed(found) == ["rollback-calls", "rollback-restored"]
    assert (failure(found, "calls")["event"], failure(found, "calls")["states"]) == ("e1", 1)
    assert "do not match the current values" in failure(found, "calls")["detail"]


def test_what_was_right_and_had_a_long_ttl_is_seen_by_resolvers_for_an_hour(tmp_path: Path) -> None:
    change = {"steps": [records(1, ("UPSERT", www("192.0.2.2", ttl=3600)))]}

    found = rolled_back(inputs(tmp_path, scenario(change, {"within_s": 300}), OLD))

    assert failed(found) == ["rollback-seen"]
    (seen,) = found["resolvers"]["names"]
    assert (seen["name"], seen["seconds"], seen["gone"]) == ("www.ex.test.", 3660, ["192.0.2.2"])
    assert found["resolvers"]["worst_s"] == 3660


def test_without_a_limit_it_is_told_and_not_judged(tmp_path: Path) -> None:
    change = {"steps": [records(1, ("UPSERT", www("192.0.2.2", ttl=3600)))]}

    found = rolled_back(inputs(tmp_path, scenario(change, {"propagation_s": 0}), OLD))

    assert found["verdict"] == "APPROVED"
    assert [each["passed"] for each in found["findings"] if each["check"] == "rollback-seen"] == [None]
    assert found["resolvers"]["worst_s"] == 3600


def test_a_name_that_was_away_is_denied_by_resolvers_for_as_long_as_the_soa_says(tmp_path: Path) -> None:
    change = {"steps": [records(1, ("DELETE", OLD))]}

    found = rolled_back(inputs(tmp_path, scenario(change, {"within_s": 959, "except": ["I1"]}), OLD))

    (seen,) = found["resolvers"]["names"]
    assert (seen["answers"], seen["seconds"]) == ([{"values": [], "seconds": 960}], 960)
    assert failed(found) == ["rollback-seen"]


@pytest.mark.parametrize(
    ("back", "fails"),
    [
        ([("UPSERT", OLD)], []),
        # Interrupted after the second, the first no longer finds what it deletes.
        ([("DELETE", NEW), ("CREATE", OLD)], ["rollback-again"]),
    ],
    ids=["one assignment", "two steps"],
)
def test_a_way_back_that_was_interrupted_is_run_again(
    tmp_path: Path, back: list[tuple[str, dict[str, Any]]], fails: list[str]
) -> None:
    own = [{"zone": ZONE, "changes": [{"Action": each, "ResourceRecordSet": record}]} for each, record in back]

    found = rolled_back(inputs(tmp_path, scenario(MOVES, {"records": own, "except": ["I1"]}), OLD))

    assert failed(found) == fails
    if fails:
        assert "interrupted after call 2 and run again" in failure(found, "again")["detail"]


def test_a_way_back_of_the_scenarios_own_that_forgets_something_does_not_restore(tmp_path: Path) -> None:
    change = {"steps": [records(1, ("UPSERT", NEW), ("CREATE", rr("mail.ex.test.", "A", "192.0.2.9")))]}
    own = [{"zone": ZONE, "changes": [{"Action": "UPSERT", "ResourceRecordSet": OLD}]}]

    found = rolled_back(inputs(tmp_path, scenario(change, {"records": own}), OLD))

    assert failed(found) == ["rollback-restored"]
    assert failure(found, "restored")["detail"] == "after the way back mail.ex.test. A is still there"


def test_an_invariant_must_hold_after_every_call_of_the_way_back(tmp_path: Path) -> None:
    own = [
        {"zone": ZONE, "changes": [{"Action": action, "ResourceRecordSet": record}]}
        for action, record in (("DELETE", NEW), ("UPSERT", OLD))
    ]

    found = rolled_back(inputs(tmp_path, scenario(MOVES, {"records": own, "invariants": ["I1"]}), OLD))

    assert "rollback-I1" in failed(found)
    assert failure(found, "I1")["detail"].startswith("on the way back: www.ex.test. resolves to nothing")


def test_what_the_baseline_breaks_in_its_own_day_is_told_and_not_asked(tmp_path: Path) -> None:
    day = (batch("e1", 0, ("DELETE", rr("api.ex.test.", "A", "192.0.2.7"))),)
    api = {"id": "I2", "title": "api answers", "kind": "resolves", "names": ["api.ex.test."]}
    gone = {"id": "I3", "title": "no alias is broken", "kind": "alias_target_exists", "names": ["x.ex.test."]}
    document = scenario(MOVES, invariants=[WWW, api, gone])

    found = rolled_back(inputs(tmp_path, document, OLD, rr("api.ex.test.", "A", "192.0.2.7"), events=day))

    assert found["asked"] == ["I1"]
    assert {each["invariant"]: each["why"] for each in found["not_asked"]} == {
        "I2": "the baseline breaks it in its own day",
        "I3": "the baseline's own day has nothing that it speaks of",
    }
    assert [(each["check"], each["counts"]) for each in found["failures"]] == [("I2", False)]
    assert found["verdict"] == "APPROVED"


def test_what_is_asked_of_a_whole_day_is_asked_of_the_recoverys_end_where_the_scenario_says_so(tmp_path: Path) -> None:
    gone = {"id": "I2", "title": "no mail is left", "kind": "gone", "names": ["mail.ex.test."]}
    held = [OLD, rr("mail.ex.test.", "A", "192.0.2.9")]
    by_default = scenario(MOVES, invariants=[WWW, gone])
    by_name = scenario(MOVES, {"invariants": ["I2"]}, invariants=[WWW, gone])

    told, judged = (rolled_back(inputs(tmp_path, each, *held)) for each in (by_default, by_name))

    assert (told["asked"], told["verdict"]) == (["I1"], "APPROVED")
    assert told["not_asked"] == [{"invariant": "I2", "why": "it is asked of what a whole day comes to"}]
    assert failed(judged) == ["rollback-I2"]


ORDER = {"id": {"S": "o1"}, "shop": {"S": "s1"}}
INDEX = {
    "IndexName": "by-shop",
    "KeySchema": [{"AttributeName": "shop", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
TWO_ATTRIBUTES = [*TABLE["AttributeDefinitions"], {"AttributeName": "shop", "AttributeType": "S"}]


def table(**members: Any) -> dict[str, Any]:
    """A change of the table's schema alone."""
    schema = {name: value for name, value in TABLE.items() if name != "TableName"} | members
    return {"steps": [{"id": "table-orders", "kind": "table", "table": "orders", "schema": schema, "keeps": []}]}


# Nothing of the table itself tells that it has this index: its key is the table's.
INVERTED = INDEX | {"IndexName": "by-id", "KeySchema": TABLE["KeySchema"]}


@pytest.mark.parametrize(
    "members",
    [
        {"AttributeDefinitions": TWO_ATTRIBUTES, "GlobalSecondaryIndexes": [INDEX]},
        {"GlobalSecondaryIndexes": [INVERTED]},
    ],
    ids=["of another attribute", "of the table's own key"],
)
def test_an_index_that_was_added_is_taken_away_again(tmp_path: Path, members: dict[str, Any]) -> None:
    change = table(**members)

    found = rolled_back(inputs(tmp_path, scenario(change), OLD, items=(ORDER,)))

    assert (found["verdict"], found["failures"]) == ("APPROVED", [])
    assert [place["calls"] for place in found["path"]] == [1]


def test_a_table_that_was_made_anew_does_not_get_its_items_back(tmp_path: Path) -> None:
    key = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "shop", "KeyType": "RANGE"}]

    found = rolled_back(
        inputs(tmp_path, scenario(table(AttributeDefinitions=TWO_ATTRIBUTES, KeySchema=key)), OLD, items=(ORDER,))
    )

    assert failed(found) == ["rollback-restored"]
    assert failure(found, "restored")["detail"] == "after the way back 1 items of table orders are gone"


def test_a_task_that_left_nothing_leaves_it_undecided(tmp_path: Path) -> None:
    given = inputs(tmp_path, scenario(MOVES), OLD)

    found = merge_rollback(given.scenario, plan_rollback(given.scenario), [])

    assert found["verdict"] == "INCONCLUSIVE"
    assert found["problems"] == ["rollback-recorded left no result"]
