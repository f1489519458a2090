"""The memory world: zones that come and go, items, failed calls that are judged and never applied, failures of the moment."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.state.memory_zones import change, empty_zone, rr
from tests.state.production_parts import SCHEMA, item
from twinstage.model.event import Event, Expected
from twinstage.model.item import canonical_item
from twinstage.model.recurrence import recurrence
from twinstage.replay.in_memory import MemoryReplay, replay_in_memory
from twinstage.world.items_on_disk import ItemTables, TableSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.model.item import Item

NUMBERS = itertools.count()
A = rr("a.ex.test.", "A", "192.0.2.1")
SUCCESS = Expected()


def event(type_: str, expected: Expected = SUCCESS, **payload: Any) -> Event:
    return Event(f"e{next(NUMBERS)}", "2025-10-19T02:14:07Z", type_, payload, expected)  # type: ignore[arg-type]


def update(zone_id: str, *changes: dict[str, Any], expected: Expected = SUCCESS) -> Event:
    return event("dns_update", expected, zone_id=zone_id, changes=list(changes))


def refused(error: str) -> Expected:
    return Expected("refused", error)


@pytest.fixture
def world() -> MemoryReplay:
    return MemoryReplay({"ZEX": empty_zone("ZEX", "ex.test.", private=False)}, health_checks={"known"})


@pytest.fixture
def tables() -> Iterator[ItemTables]:
    with ItemTables({"plans": source(item("a", "1", v={"N": "1.50"}))}) as held:
        yield held


def source(*items: Item, exact: bool = True) -> TableSource:
    return TableSource(SCHEMA["KeySchema"], lambda: iter(items), exact)  # type: ignore[arg-type]


def item_change(old: Item | None, new: Item | None, *keys: str) -> Event:
    key = {"pk": {"S": keys[0]}, "sk": {"N": keys[1]}}
    return event("item_change", table="plans", keys=key, old_image=old, new_image=new)


def ended(outcomes: Iterable[Any]) -> list[tuple[str, str | None]]:
    return [(outcome["outcome"], outcome.get("error")) for outcome in outcomes]


def test_a_zone_of_the_window_is_made_changed_emptied_and_deleted_under_productions_id(world: MemoryReplay) -> None:
    made = rr("b.made.test.", "A", "192.0.2.2")
    day = [
        event("zone_create", zone_id="ZNEW", zone="made.test", private=False, caller_reference="r"),
        update("ZNEW", change("CREATE", made)),
        event("dns_update", zone="made.test.", changes=[change("CREATE", rr("c.made.test.", "A", "192.0.2.2"))]),
        event("zone_delete", refused("HostedZoneNotEmpty"), zone_id="ZNEW"),
        update("ZNEW", change("DELETE", made), change("DELETE", rr("c.made.test.", "A", "192.0.2.2"))),
        event("zone_delete", zone_id="/hostedzone/ZNEW"),
        update("ZNEW", change("CREATE", made), expected=refused("NoSuchHostedZone")),
    ]
    outcomes = [world.execute(each) for each in day]
    assert ended(outcomes) == [
        ("success", None),
        ("success", None),
        ("success", None),
        ("refused", "HostedZoneNotEmpty"),
        ("success", None),
        ("success", None),
        ("refused", "NoSuchHostedZone"),
    ]
    assert {recurrence(outcome) for outcome in outcomes} == {"recurred"}
    assert set(world.zones) == {"ZEX"}
    assert [outcome["calls"][0]["operation"] for outcome in (outcomes[0], outcomes[5])] == [
        "CreateHostedZone",
        "DeleteHostedZone",
    ]


def test_a_new_zone_has_aws_own_apex_and_its_name_leads_to_the_newest_zone(world: MemoryReplay) -> None:
    world.execute(event("zone_create", zone_id="ZNEW", zone="ex.test.", private=True))
    assert {key[1] for key in world.zones["ZNEW"].records} == {"NS", "SOA"}
    world.execute(event("dns_update", zone="ex.test.", changes=[change("CREATE", A)]))
    assert ("a.ex.test.", "A", None) in world.zones["ZNEW"].records
    world.execute(update("ZNEW", change("DELETE", A)))
    world.execute(event("zone_delete", zone_id="ZNEW"))
    world.execute(event("dns_update", zone="ex.test.", changes=[change("CREATE", A)]))
    assert ("a.ex.test.", "A", None) in world.zones["ZEX"].records


def test_what_production_was_refused_is_judged_and_never_applied(world: MemoryReplay) -> None:
    same = world.execute(update("ZEX", change("DELETE", A), expected=refused("InvalidChangeBatch")))
    assert (same["outcome"], recurrence(same)) == ("refused", "recurred")
    taken = world.execute(update("ZEX", change("CREATE", A), expected=refused("InvalidChangeBatch")))
    assert (taken["outcome"], taken["committed"], recurrence(taken)) == ("success", False, "diverged")
    assert "the exact rules take it: it was not applied" in taken["message"]
    assert ("a.ex.test.", "A", None) not in world.zones["ZEX"].records


def test_a_consequence_follows_only_from_a_batch_that_production_took(world: MemoryReplay) -> None:
    world.execute(update("ZEX", change("DELETE", A), expected=refused("InvalidChangeBatch")))
    world.execute(update("ZEX", change("DELETE", A)))
    assert world.refusal is not None
    assert not world.refusal.consequence
    world.execute(update("ZEX", change("DELETE", A)))
    assert world.refusal.consequence


@pytest.mark.parametrize(("check", "outcome"), [("unknown", "refused"), ("known", "success")])
def test_a_missing_health_check_is_judged_by_those_of_the_snapshot(
    world: MemoryReplay, check: str, outcome: str
) -> None:
    policed = change("CREATE", rr("w.ex.test.", "A", "192.0.2.1", SetIdentifier="s", Weight=1, HealthCheckId=check))
    assert world.execute(update("ZEX", policed, expected=refused("NoSuchHealthCheck")))["outcome"] == outcome


@pytest.mark.parametrize(
    "failed",
    [
        update("ZEX", change("CREATE", A), expected=Expected("error", "Throttling")),
        update("ZEX", change("CREATE", A), expected=Expected("error", "AccessDenied")),
        update("ZEX", change("CREATE", A), expected=refused("PriorRequestNotComplete")),
        event("zone_create", Expected("error", "TooManyHostedZones"), zone="x.test.", private=False),
        event("zone_create", refused("ConflictingDomainExists"), zone="x.test.", private=True),
        event("zone_delete", Expected("error", "ServiceUnavailable"), zone_id="ZEX"),
        update("ZEX", change("CREATE", A), expected=Expected("error")),
    ],
)
def test_a_failure_of_the_moment_is_told_and_nothing_is_executed(world: MemoryReplay, failed: Event) -> None:
    before = dict(world.zones)
    outcome = world.execute(failed)
    assert (outcome["outcome"], outcome["calls"], recurrence(outcome)) == ("not_recurring", [], "not_recurring")
    assert world.zones == before


def test_a_refused_creation_by_a_bad_name_recurs(world: MemoryReplay) -> None:
    bad = event("zone_create", refused("InvalidDomainName"), zone=f"{'x' * 64}.test.", private=False)
    outcome = world.execute(bad)
    assert (outcome["outcome"], outcome["error"], recurrence(outcome)) == ("refused", "InvalidDomainName", "recurred")


def test_items_are_put_and_deleted_and_equal_numbers_are_equal(tables: ItemTables) -> None:
    old, new = item("a", "1", v={"N": "1.5"}), item("a", "1", v={"B": "AAE="})
    day = [
        item_change(old, new, "a", "1"),
        item_change(None, item("b", "2"), "b", "2"),
        item_change(new, None, "a", "1"),
    ]
    assert ended(replay_in_memory(day, {}, tables)) == [("success", None)] * 3
    assert list(tables.items("plans")) == [canonical_item(item("b", "2"))]


def test_an_item_that_is_not_what_it_was_recorded_to_be_is_a_refusal_and_stays(tables: ItemTables) -> None:
    day = [
        item_change(None, item("a", "1"), "a", "1"),
        item_change(item("a", "1", v={"N": "2"}), None, "a", "1"),
        item_change(item("z", "9"), item("z", "9", v={"N": "2"}), "z", "9"),
    ]
    outcomes = list(replay_in_memory(day, {}, tables))
    assert ended(outcomes) == [("refused", "ConditionalCheckFailedException")] * 3
    assert {recurrence(outcome) for outcome in outcomes} == {"diverged"}
    assert list(tables.items("plans")) == [canonical_item(item("a", "1", v={"N": "1.5"}))]


def test_of_a_masked_or_sampled_table_old_images_say_nothing() -> None:
    with ItemTables({"plans": source(item("a", "1", v={"S": "token"}), exact=False)}) as tables:
        day = [
            item_change(item("a", "1", v={"S": "secret"}), item("a", "1"), "a", "1"),
            item_change(item("x", "1"), None, "x", "1"),
        ]
        assert ended(replay_in_memory(day, {}, tables)) == [("success", None)] * 2


def test_a_table_that_no_event_touches_is_never_read() -> None:
    def unread() -> Iterator[Item]:
        raise AssertionError("the table was read")

    with ItemTables({"plans": source(), "other": TableSource(SCHEMA["KeySchema"], unread)}) as tables:  # type: ignore[arg-type]
        list(replay_in_memory([item_change(None, item("a", "1"), "a", "1")], {}, tables))
        assert tables.touched == ["plans"]


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["1", "2", None])


@given(st.lists(st.tuples(KEYS, VALUES)))
def test_a_log_of_true_old_images_is_taken_whole_and_ends_where_its_images_say(
    drawn: list[tuple[str, str | None]],
) -> None:
    held: dict[str, Item] = {}
    day = []
    for key, value in drawn:
        new = None if value is None else item(key, "1", v={"N": value})
        if held.get(key) is None and new is None:
            continue
        day.append(item_change(held.get(key), new, key, "1"))
        held = {k: v for k, v in {**held, key: new}.items() if v is not None}
    with ItemTables({"plans": source()}) as tables:
        assert Counter(ended(replay_in_memory(day, {}, tables))) == Counter(
            {("success", None): len(day)} if day else {}
        )
        assert (list(tables.items("plans")) if day else []) == [canonical_item(held[key]) for key in sorted(held)]
