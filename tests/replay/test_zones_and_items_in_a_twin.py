"""In a twin: zones that the log makes and deletes, ids mapped both ways, items on their condition, failures of the moment."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.replay.memory_items import MemoryCalls
from tests.state.memory_zones import MemoryZones, alias, change, empty_zone, rr
from tests.state.production_parts import item
from twinstage.model.event import Event, Expected
from twinstage.model.item import canonical_item
from twinstage.model.record_set import ordered
from twinstage.model.recurrence import recurrence
from twinstage.model.twin import Twin
from twinstage.model.zone_map import ZoneMap
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.replay.in_memory import replay_in_memory
from twinstage.replay.standing import SET_ASIDE, SPARE, Standing, spare_names, zone_life_substitutions
from twinstage.world.aws.item_changes import DynamoItemChanges
from twinstage.world.interface import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONE = ZoneMap("ex.test.", "ZPRODUCTION", "ZTWIN")
TWIN = Twin("r1", ("baseline", "candidate"), (ZONE,), spare={"made.test.": "ZSPARE"})
NUMBERS = count()


class Clones:
    """A function that makes no call and answers with what it was invoked with."""

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        assert function == "twin-r1-candidate-enactor"
        return Invocation({"recorder": 1, "response": payload, "calls": []})


@pytest.fixture
def zones() -> MemoryZones:
    return MemoryZones(empty_zone("ZTWIN", "ex.test."), empty_zone("ZSPARE", "made.test."))


@pytest.fixture
def calls() -> MemoryCalls:
    return MemoryCalls("twin-r1-candidate-plans")


@pytest.fixture
def executor(zones: MemoryZones, calls: MemoryCalls) -> Executor:
    return executor_of(zones, calls)


def executor_of(zones: MemoryZones, calls: MemoryCalls, standing: Standing | None = None) -> Executor:
    items = DynamoItemChanges(calls)
    world = ArmWorld(TWIN, "candidate", zones, Clones(), lambda: 0.0, items, {"masked"})
    return Executor(world, tables=["plans"], functions=["enactor"], standing=standing)


def event(type_: str, expected: Expected | None = None, **payload: Any) -> Event:
    number = next(NUMBERS)
    return Event(f"e{number}", "2025-10-19T02:14:07Z", type_, payload, expected or Expected(), number)  # type: ignore[arg-type]


def update(zone_id: str, *changes: dict[str, Any], expected: Expected | None = None) -> Event:
    return event("dns_update", expected, zone_id=zone_id, changes=list(changes))


CREATE: dict[str, Any] = {"zone_id": "ZNEW", "zone": "made.test.", "private": False}
A = rr("a.made.test.", "A", "192.0.2.1")
INSIDE = alias("www.made.test.", "A", "a.made.test.", "ZNEW")
OUTSIDE = alias("cdn.made.test.", "A", "d1.cloudfront.net.", "Z2FDTNDATAQYW2")
LIFE = [
    update("ZNEW", change("CREATE", A), expected=Expected("refused", "NoSuchHostedZone")),
    event("zone_create", **CREATE),
    update("ZNEW", change("CREATE", A), change("CREATE", INSIDE), change("CREATE", OUTSIDE)),
    event("zone_delete", Expected("refused", "HostedZoneNotEmpty"), zone_id="ZNEW"),
    update("ZNEW", change("DELETE", OUTSIDE), change("DELETE", INSIDE), change("DELETE", A)),
    event("zone_delete", zone_id="ZNEW"),
    event("zone_delete", Expected("refused", "NoSuchHostedZone"), zone_id="ZNEW"),
]


def test_a_zone_lives_in_a_twin_as_on_the_exact_rules(executor: Executor, zones: MemoryZones) -> None:
    in_twin = [executor.execute(each) for each in LIFE]
    in_memory = list(replay_in_memory(LIFE, {"ZPRODUCTION": empty_zone("ZPRODUCTION", "ex.test.")}))
    assert [(o["outcome"], o.get("error")) for o in in_twin] == [(o["outcome"], o.get("error")) for o in in_memory]
    assert {recurrence(outcome) for outcome in in_twin} == {"recurred"}
    assert [o["calls"][0]["parameters"] for o in in_twin] == [o["calls"][0]["parameters"] for o in in_memory]
    # Emptied, stubs and all: whoever finds it next finds nothing.
    assert {record["Type"] for record in zones.record_sets("ZSPARE")} == {"NS", "SOA"}


def test_the_ids_of_a_made_zone_are_mapped_both_ways_in_later_events(executor: Executor, zones: MemoryZones) -> None:
    for each in LIFE[:3]:
        executor.execute(each)
    made = executor.standing.zones["ZNEW"]
    assert made.production_records(zones.record_sets("ZSPARE")) == ordered([A, INSIDE, OUTSIDE])
    answered = executor.execute(event("lambda_invoke", function="enactor", event={"zone": "/hostedzone/ZNEW"}))
    assert answered["response"] == {"zone": "/hostedzone/ZNEW"}
    dangling = update("ZNEW", change("CREATE", alias("x.made.test.", "A", "y.made.test.", "ZNEW")))
    outcome = executor.execute(dangling)
    assert "in zone ZNEW, but that target was not found" in outcome["message"]


def test_a_shard_that_goes_on_finds_the_zones_as_its_outcomes_left_them(
    executor: Executor, zones: MemoryZones, calls: MemoryCalls
) -> None:
    before = [executor.execute(each) for each in LIFE[:3]]
    resumed = executor_of(zones, calls, Standing(TWIN).follow(before))
    assert [resumed.execute(each)["outcome"] for each in LIFE[3:]] == ["refused", "success", "success", "refused"]
    ended = Standing(TWIN).follow(before)
    assert (set(ended.zones), ended.made) == ({"ZPRODUCTION", "ZNEW"}, {"ZNEW": False})


def test_a_captured_zone_that_the_log_deletes_is_set_aside_and_may_be_made_anew(
    executor: Executor, zones: MemoryZones
) -> None:
    day = [
        event("zone_delete", zone_id="ZPRODUCTION"),
        update("ZPRODUCTION", change("CREATE", rr("a.ex.test.", "A", "192.0.2.1"))),
        event("zone_create", zone_id="ZAGAIN", zone="ex.test.", private=False),
        update("ZAGAIN", change("CREATE", rr("a.ex.test.", "A", "192.0.2.1"))),
    ]
    outcomes = [executor.execute(each) for each in day]
    assert [o["outcome"] for o in outcomes] == ["success", "refused", "success", "success"]
    assert any(record["Name"] == "a.ex.test." for record in zones.record_sets("ZTWIN"))
    assert executor.names_back["ZTWIN"] == "ZAGAIN"
    assert set(Standing(TWIN).follow(outcomes).zones) == {"ZAGAIN"}


def test_a_second_zone_of_a_name_and_one_that_was_not_deployed_are_refused_and_told(executor: Executor) -> None:
    for name in ("ex.test.", "other.test."):
        outcome = executor.execute(event("zone_create", zone_id="ZX", zone=name, private=False))
        assert (outcome["outcome"], outcome["error"]) == ("refused", "ConflictingDomainExists")
        assert recurrence(outcome) == "diverged"


def test_items_are_changed_in_the_arms_own_table_on_what_they_were(executor: Executor, calls: MemoryCalls) -> None:
    old, new = item("a", "1", v={"N": "1"}), item("a", "1", v={"N": "2"})
    keys = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    day = [
        event("item_change", table="plans", keys=keys, old_image=None, new_image=old),
        event("item_change", table="plans", keys=keys, old_image=old, new_image=new),
        event("item_change", table="plans", keys=keys, old_image=old, new_image=None),
    ]
    outcomes = [executor.execute(each) for each in day]
    assert [o["outcome"] for o in outcomes] == ["success", "success", "refused"]
    assert outcomes[2]["calls"][0]["error"] == "ConditionalCheckFailedException"
    assert outcomes[0]["calls"][0]["parameters"] == {"TableName": "plans", "Item": old}
    assert calls.items("twin-r1-candidate-plans") == [canonical_item(new)]


def test_what_failed_for_a_reason_of_the_moment_is_not_asked_of_the_twin(
    executor: Executor, zones: MemoryZones
) -> None:
    throttled = replace(update("ZPRODUCTION", change("CREATE", A)), expected=Expected("error", "Throttling"))
    outcome = executor.execute(throttled)
    assert (outcome["outcome"], outcome["error"], outcome["calls"]) == ("not_recurring", "Throttling", [])
    assert zones.batches == []


def test_the_names_that_must_be_deployed_are_those_that_the_log_makes_and_nobody_captured() -> None:
    made = [
        event("zone_create", zone_id="Z1", zone="B.test", private=False),
        event("zone_create", zone_id="Z2", zone="ex.test.", private=False),
        event("zone_create", Expected("refused", "InvalidDomainName"), zone="bad.test.", private=False),
        event("zone_create", zone_id="Z3", zone="a.test.", private=True),
    ]
    assert spare_names(made, ["ex.test."]) == ["a.test.", "b.test."]
    told = zone_life_substitutions(TWIN, LIFE)
    assert [(each.subject, each.reason) for each in told] == [("ZNEW", SET_ASIDE), ("made.test.", SPARE)]
