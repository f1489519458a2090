"""What a recorded day is as a case: which events are roots, which an earlier response caused, what may have been the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearse.racing import event
from twinstage.world.contained.contain import run_contained

if TYPE_CHECKING:
    from pathlib import Path

FOLLOW_UPS = {"function": "/next/function", "message": "/next/message", "delay_s": "/next/delay_s", "now": "now"}
SECTION: dict[str, Any] = {"follow_ups": FOLLOW_UPS}


def call(id_: str, second: int, message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return event(id_, second, {"function": "worker", "event": message}, **fields)


def then(message: dict[str, Any], delay_s: int = 30) -> dict[str, Any]:
    return {"next": {"function": "worker", "delay_s": delay_s, "message": message}}


def change(id_: str, second: int, **fields: Any) -> dict[str, Any]:
    record = {"Name": f"{id_}.ex.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    return event(id_, second, {"zone": "ex.test.", "changes": changes}, "dns_update", **fields)


def day(tmp_path: Path, *events: dict[str, Any], **section: Any) -> dict[str, list[str]]:
    """Container -> the containers that it comes after."""
    given = {"folder": str(tmp_path), "events": list(events), "section": SECTION | section}
    *containers, _ = run_contained("tests.rehearse.contained_chains:recorded", given)
    return {container["name"]: container["after"] for container in containers}


def test_events_closer_than_the_functions_timeout_may_change_places(tmp_path: Path) -> None:
    assert day(tmp_path, call("a", 0, {}), call("b", 10, {}), call("c", 11, {})) == {"a": [], "b": [], "c": ["a"]}


def test_a_lag_of_the_scenario_goes_before_the_timeout(tmp_path: Path) -> None:
    events = (call("a", 0, {}), call("b", 10, {}), call("c", 40, {}))
    assert day(tmp_path, *events, lag_s=15) == {"a": [], "b": [], "c": ["b", "a"][::-1]}
    assert day(tmp_path, *events, lag_s=100) == {"a": [], "b": [], "c": []}


def test_what_is_before_something_that_is_before_is_not_said_twice(tmp_path: Path) -> None:
    assert day(tmp_path, call("a", 0, {}), call("b", 100, {}), call("c", 200, {})) == {"a": [], "b": ["a"], "c": ["b"]}


def test_a_message_that_an_earlier_response_asked_for_is_no_root(tmp_path: Path) -> None:
    events = (call("a", 0, {"then": then({"step": 2})}), call("b", 31, {"step": 2, "now": 31}), call("c", 33, {}))
    assert day(tmp_path, *events) == {"a": [], "c": []}


def test_a_chain_lasts_until_its_last_hand_over(tmp_path: Path) -> None:
    events = (call("a", 0, {"then": then({"step": 2}, 60)}), call("b", 30, {}), call("c", 61, {"step": 2, "now": 61}))
    assert day(tmp_path, *events, call("d", 70, {}), call("e", 80, {})) == {
        "a": [],
        "b": [],
        "d": ["b"],
        "e": ["a", "b"],
    }


def test_the_same_message_that_nobody_asked_for_is_a_root_of_its_own(tmp_path: Path) -> None:
    events = (call("a", 0, {"then": then({"step": 2})}), call("b", 31, {"step": 2}), call("c", 32, {"step": 2}))
    assert list(day(tmp_path, *events)) == ["a", "c"]


def test_a_failed_message_that_comes_again_is_no_root_twice_at_most(tmp_path: Path) -> None:
    failed = [call(f"a{n}", 60 * n, {"fails": "no"}) for n in range(4)]
    assert list(day(tmp_path, *failed)) == ["a0", "a3"]


def test_a_message_that_was_asked_for_comes_again_as_often_as_any_other(tmp_path: Path) -> None:
    asks = call("a", 0, {"then": then({"fails": "no"})})
    failed = [call(f"b{n}", 60 * (n + 1), {"fails": "no"}) for n in range(4)]
    assert list(day(tmp_path, asks, *failed)) == ["a", "b3"]


def test_what_one_session_did_stays_in_its_order(tmp_path: Path) -> None:
    origin = {"session": "s1"}
    first, second = change("x", 0, origin=origin), change("y", 0, origin=origin)
    assert day(tmp_path, first, second, call("a", 0, {})) == {"x": [], "y": ["x"], "a": []}


def test_a_change_of_records_is_over_at_once(tmp_path: Path) -> None:
    assert day(tmp_path, change("x", 0), call("a", 1, {}), change("y", 2)) == {"x": [], "a": ["x"], "y": ["x"]}


def test_what_cannot_be_explored_is_left_out_and_named(tmp_path: Path) -> None:
    made = event("z", 0, {"zone_id": "Z9", "zone": "new.test.", "private": False}, "zone_create")
    given = {"folder": str(tmp_path), "events": [made, call("a", 1, {})], "section": SECTION}
    assert run_contained("tests.rehearse.contained_chains:recorded", given) == [
        {"name": "a", "most": None, "after": []},
        {"left_out": ["z"]},
    ]


def most(tmp_path: Path, *events: dict[str, Any]) -> list[int | None]:
    """How many invocations each container may come to."""
    given = {"folder": str(tmp_path), "events": list(events), "section": SECTION}
    *containers, _ = run_contained("tests.rehearse.contained_chains:recorded", given)
    return [container["most"] for container in containers]


def test_a_message_that_was_asked_for_and_never_came_is_lost_in_every_schedule(tmp_path: Path) -> None:
    taken = call("a", 0, {"then": then({"step": 2})})
    assert most(tmp_path, taken, call("z", 500, {})) == [1, None]
    again = call("b", 31, {"step": 2, "then": then({"step": 3})})
    assert most(
        tmp_path, call("a", 0, {"then": then({"step": 2, "then": then({"step": 3})})}), again, call("z", 500, {})
    ) == [2, None]


def test_a_message_that_the_log_ends_before_is_not_lost(tmp_path: Path) -> None:
    assert most(tmp_path, call("a", 0, {"then": then({"step": 2}, 300)}), call("z", 200, {})) == [None, None]


@pytest.mark.parametrize("id_", ["a b!c", "a+b"])
def test_a_containers_name_can_be_written_in_a_schedule(tmp_path: Path, id_: str) -> None:
    assert set("".join(day(tmp_path, call(id_, 0, {})))).isdisjoint("!+ ")
