"""The order in which a log is replayed: one that fits what was recorded, the same for any order of the files; what stays open is counted."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replay.test_partial_order import A1, A2, APEX, INVOKED, REFUSED, record_set, update, zone
from twinstage.model.event import Event, Expected, Origin
from twinstage.replay.in_memory import replay_in_memory
from twinstage.replay.settle import LOOK_AHEAD, Settled, settled
from twinstage.world.memory.route53 import record_sets, zone_from

CREATE1, CREATE2 = ("CREATE", record_set("a", 1)), ("CREATE", record_set("a", 2))
DELETE1, DELETE2 = ("DELETE", record_set("a", 1)), ("DELETE", record_set("a", 2))


def told(events: list[Event], start: dict[str, Any] | None = None) -> tuple[str, int, int]:
    """The ids in the order taken, the seconds that several events share, and those that stay ambiguous."""
    found = settled(events, zone() if start is None else start)
    return "".join(event.id for event in found.events), found.shared_seconds, found.ambiguous_seconds


def test_events_of_different_seconds_keep_their_order() -> None:
    assert told([update("b", A1, time="07Z"), update("a", A2, time="08Z")]) == ("ba", 0, 0)


def test_events_that_commute_share_a_second_and_leave_nothing_open() -> None:
    assert told([update("a", A1), update("b", ("UPSERT", record_set("b", 1)))]) == ("ab", 1, 0)


def test_two_writes_of_one_name_are_ambiguous_and_taken_in_the_order_of_their_ids() -> None:
    found = settled([update("a", A1), update("b", A2)], zone())
    assert ([event.id for event in found.events], found.ambiguous_seconds) == (["a", "b"], 1)


def test_equal_writes_come_to_the_same() -> None:
    assert told([update("a", A1), update("b", A1)]) == ("ab", 1, 0)


CHAINS = [
    # A CREATE follows an absence.
    ([update("a", CREATE2), update("b", DELETE1)], [record_set("a", 1)], "ba"),
    # A DELETE with exact values follows what set them.
    ([update("a", DELETE2), update("b", A2)], [record_set("a", 1)], "ba"),
    # A call that failed constrains the state it was made in.
    ([update("a", CREATE1, expected=REFUSED), update("b", CREATE2)], [], "ba"),
    ([update("a", CREATE2), update("b", CREATE1, expected=REFUSED)], [], "ab"),
    # Three in a chain, in none of the obvious orders.
    ([update("a", CREATE2), update("b", CREATE1), update("c", DELETE1)], [], "bca"),
    # A CNAME stands alone.
    (
        [update("a", ("CREATE", record_set("a", 1, "CNAME"))), update("b", DELETE1)],
        [record_set("a", 1)],
        "ba",
    ),
]


@pytest.mark.parametrize(("events", "start", "order"), CHAINS)
def test_the_value_chain_tells_the_order(events: list[Event], start: list[dict[str, Any]], order: str) -> None:
    assert told(events, zone(*start)) == (order, 1, 0)


def test_what_happens_later_tells_the_order_too() -> None:
    events = [update("a", A1), update("b", A2), update("z", ("UPSERT", record_set("z", 1)), time="09Z")]
    assert told([*events, update("c", DELETE1, time="11Z")]) == ("bazc", 1, 0)
    assert told([*events, update("c", DELETE2, time="11Z")]) == ("abzc", 1, 0)


def test_what_was_overwritten_before_anything_told_stays_ambiguous() -> None:
    events = [update("a", A1), update("b", A2), update("c", ("UPSERT", record_set("a", 3)), time="08Z")]
    assert told(events) == ("abc", 1, 1)


def test_nothing_is_held_back_beyond_the_look_ahead() -> None:
    """Then the order is the one nearest to the ids, though a later event would have told another."""
    between = [update(f"m{i:04d}", ("UPSERT", record_set(f"m{i}", 1)), time="08Z") for i in range(LOOK_AHEAD)]
    found = settled([update("a", A1), update("b", A2), *between, update("c", DELETE1, time="09Z")], zone())
    assert ([event.id for event in found.events[:2]], found.ambiguous_seconds) == (["a", "b"], 1)


def test_a_session_is_serial() -> None:
    one, other = Origin(session="s"), Origin(session="t")
    whole, half = update("a", A1, time="07Z", origin=one), update("b", A2, time="07.5Z", origin=one)
    assert told([whole, half]) == ("ab", 1, 0)
    assert told([whole, update("b", A2, time="07.5Z", origin=other)]) == ("ab", 1, 1)


def test_where_no_order_fits_the_one_that_misses_least_is_taken() -> None:
    events = [update("a", DELETE2), update("b", CREATE1), update("c", DELETE1)]
    assert told(events)[0] == "abc"


def test_calls_that_failed_for_the_moment_are_of_no_order() -> None:
    denied = Expected("error", "Throttling")
    assert told([update("a", A1, expected=denied), update("b", A2), update("c", DELETE2, expected=denied)]) == (
        "abc",
        0,
        0,
    )


def test_a_zone_is_made_before_it_is_changed_and_emptied_before_it_is_deleted() -> None:
    new = {"Name": "a.new.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    changed = update("a", ("CREATE", new), zone="Z2")
    made = Event("b", changed.timestamp, "zone_create", {"zone_id": "Z2", "zone": "new.test.", "private": False})
    emptied = update("d", ("DELETE", new), zone="Z2", time="09Z")
    gone = Event("c", emptied.timestamp, "zone_delete", {"zone_id": "Z2"})
    assert told([made, changed, gone, emptied]) == ("badc", 2, 0)
    assert told([changed, made, gone, emptied])[0] == "badc"


def test_an_invocation_may_have_come_anywhere_in_its_second() -> None:
    assert told([update("a", A1), INVOKED]) == ("ai", 1, 1)
    assert told([INVOKED, update("a", A1, time="08Z")]) == ("ia", 0, 0)


def test_after_an_invocation_only_the_values_of_one_second_tell() -> None:
    later = [update("a", CREATE2, time="09Z"), update("b", DELETE1, time="09Z")]
    assert told([INVOKED, *later], zone(record_set("a", 7))) == ("iba", 1, 0)
    assert told([INVOKED, *(update(e, A1, time="09Z") for e in "ab")]) == ("iab", 1, 0)
    assert told([INVOKED, update("a", A1, time="09Z"), update("b", A2, time="09Z")]) == ("iab", 1, 1)


def test_a_zone_of_which_nothing_is_known_is_made_before_it_is_changed_too() -> None:
    made = Event("m", "2025-10-19T02:14:09Z", "zone_create", {"zone_id": "Z2", "zone": "new.test.", "private": False})
    gone = Event("g", "2025-10-19T02:14:10Z", "zone_delete", {"zone_id": "Z2"})
    changed, emptied = (update(id_, A1, zone="Z2", time=time) for id_, time in (("c", "09Z"), ("z", "10Z")))
    assert told([INVOKED, changed, made, gone, emptied]) == ("imczg", 2, 0)


def test_a_zone_is_the_one_that_was_made_however_its_id_and_name_are_spelled() -> None:
    new = {"Name": "a.new.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    payload = {"zone_id": "/hostedzone/Z2", "zone": "New.Test", "private": False}
    made = Event("m", "2025-10-19T02:14:07Z", "zone_create", payload)
    changed = update("c", ("CREATE", new), zone="Z2")
    named = Event("b", "2025-10-19T02:14:08Z", "dns_update", {"zone": "NEW.test", "changes": [deleting(new)]})
    order = settled([changed, made, named], {}).events
    zones: dict[str, Any] = {}
    outcomes = [outcome["outcome"] for outcome in replay_in_memory(order, zones)]
    assert ([event.id for event in order], outcomes) == (["m", "c", "b"], ["success"] * 3)
    assert {zone_id: one.name for zone_id, one in zones.items()} == {"Z2": "new.test."}


def deleting(record: dict[str, Any]) -> dict[str, Any]:
    return {"Action": "DELETE", "ResourceRecordSet": record}


def test_the_images_of_an_item_are_a_chain() -> None:
    def change(id_: str, old: int | None, new: int | None) -> Event:
        images = [None if n is None else {"pk": {"S": "k"}, "n": {"N": str(n)}} for n in (old, new)]
        payload = {"table": "plans", "keys": {"pk": {"S": "k"}}, "old_image": images[0], "new_image": images[1]}
        return Event(id_, "2025-10-19T02:14:07Z", "item_change", payload)

    assert told([change("a", 2, 3), change("b", None, 1), change("c", 1, 2)]) == ("bca", 1, 0)


BATCHES = st.lists(
    st.tuples(st.sampled_from(["CREATE", "UPSERT", "DELETE"]), st.sampled_from("ab"), st.integers(1, 2)),
    min_size=2,
    max_size=5,
)


@settings(deadline=None, max_examples=150)
@given(batches=BATCHES, seconds=st.lists(st.integers(1, 3), min_size=5, max_size=5), shuffled=st.randoms())
def test_a_history_that_happened_is_replayed_with_the_outcomes_it_had(
    batches: list[Any], seconds: list[int], shuffled: Any
) -> None:
    """Events are made in a true order and recorded with the outcomes they had; the log tells seconds only, and ids that say nothing."""
    ids = [f"{number:02d}" for number in range(len(batches))]
    shuffled.shuffle(ids)
    start = zone(record_set("a", 1))
    true = [
        update(id_, (action, record_set(name, value)), time=f"{second:02d}Z")
        for id_, (action, name, value), second in zip(ids, batches, sorted(seconds), strict=False)
    ]
    outcomes = list(replay_in_memory(true, dict(start)))
    recorded = [
        update(
            e.id,
            *[(c["Action"], c["ResourceRecordSet"]) for c in e.payload["changes"]],
            time=e.timestamp[-3:],
            expected=REFUSED,
        )
        if outcome["outcome"] == "refused"
        else e
        for e, outcome in zip(true, outcomes, strict=True)
    ]
    log = sorted(recorded, key=lambda event: (event.timestamp, event.id))
    found = settled(log, start)
    replayed = {o["event"]: o["outcome"] for o in replay_in_memory(found.events, dict(start))}
    assert replayed == {o["event"]: o["outcome"] for o in outcomes}
    if not found.ambiguous_seconds:
        ended, truly = dict(start), dict(start)
        list(replay_in_memory(found.events, ended))
        list(replay_in_memory(recorded, truly))
        assert record_sets(ended["Z1"]) == record_sets(truly["Z1"])


@settings(deadline=None, max_examples=30)
@given(count=st.integers(9, 40), values=st.lists(st.integers(1, 3), min_size=40, max_size=40))
def test_a_crowded_second_is_settled_too(count: int, values: list[int]) -> None:
    events = [update(f"{i:02d}", ("UPSERT", record_set("a", values[i]))) for i in range(count)]
    found: Settled = settled(events, zone())
    assert sorted(event.id for event in found.events) == [event.id for event in events]
    assert found.ambiguous_seconds == (len(set(values[:count])) > 1)


def test_zones_of_one_name_do_not_mix() -> None:
    both = zone() | {"Z2": zone_from(APEX, id="Z2", name="ex.test.", private=True)}
    events = [update("a", CREATE1), update("b", CREATE1, zone="Z2"), update("c", DELETE1, time="08Z")]
    assert told(events, both)[0] == "abc"
    assert all(o["outcome"] == "success" for o in replay_in_memory(events, dict(both)))


def test_the_order_taken_is_the_same_for_any_order_of_the_files() -> None:
    events = [update("a", CREATE2), update("b", CREATE1), update("c", DELETE1)]
    assert {told(list(order))[0] for order in itertools.permutations(events)} == {"bca"}
