"""What is known of the order of events: only what was recorded says, and independent events come to the same in any order."""

from __future__ import annotations

import itertools
from graphlib import TopologicalSorter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.model.event import Event, Expected, Origin
from twinstage.replay.order import NOTHING, Footprint, components, footprint, known_before, partial_order
from twinstage.replay.order_place import by_place
from twinstage.replay.order_worlds import ExactZones
from twinstage.replay.scope import zone_reference
from twinstage.world.memory.route53 import zone_from

REFUSED = Expected("refused", "InvalidChangeBatch")
APEX = [
    {"Name": "ex.test.", "Type": "NS", "TTL": 60, "ResourceRecords": [{"Value": "ns.example."}]},
    {"Name": "ex.test.", "Type": "SOA", "TTL": 60, "ResourceRecords": [{"Value": "ns.example. h.example. 1 2 3 4 5"}]},
]


def record_set(name: str, value: int, type_: str = "A") -> dict[str, Any]:
    text = f"192.0.2.{value}" if type_ == "A" else f"target-{value}.example."
    return {"Name": f"{name}.ex.test.", "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": text}]}


def alias(name: str, target: str) -> dict[str, Any]:
    to = {"HostedZoneId": "Z1", "DNSName": f"{target}.ex.test.", "EvaluateTargetHealth": False}
    return {"Name": f"{name}.ex.test.", "Type": "A", "AliasTarget": to}


def update(id_: str, *changes: tuple[str, dict[str, Any]], time: str = "07Z", zone: str = "Z1", **fields: Any) -> Event:
    payload = {"zone_id": zone, "changes": [{"Action": a, "ResourceRecordSet": r} for a, r in changes]}
    return Event(id_, f"2025-10-19T02:14:{time}", "dns_update", payload, **fields)


def zone(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Z1": zone_from([*APEX, *records], id="Z1", name="ex.test.")}


def item_change(id_: str, key: str, sequence: str | None = None) -> Event:
    keys = {"pk": {"S": key}}
    payload = {"table": "plans", "keys": keys, "new_image": keys, "old_image": keys}
    return Event(id_, "2025-10-19T02:14:07Z", "item_change", payload, origin=Origin(sequence=sequence))


A1, A2, B1 = ("UPSERT", record_set("a", 1)), ("UPSERT", record_set("a", 2)), ("UPSERT", record_set("b", 1))

MADE = Event(
    "m", "2025-10-19T02:14:07Z", "zone_create", {"zone_id": "/hostedzone/Z2", "zone": "New.Test", "private": False}
)
DELETED = Event("d", "2025-10-19T02:14:07Z", "zone_delete", {"zone_id": "Z1"})

KNOWN = [
    (update("y", A1, time="07Z"), update("x", A2, time="08Z"), True),
    (update("y", A1, time="07.2Z"), update("x", A2, time="07.3Z"), True),
    (update("y", A1, time="07.25Z"), update("x", A2, time="07.3Z"), True),
    (update("y", A1, time="07.25Z"), update("x", A2, time="07.2Z"), False),
    (update("y", A1, time="07Z"), update("x", A2, time="07.3Z"), False),
    (update("x", A1), update("y", A2), False),
    (
        update("y", A1, time="07Z", origin=Origin(session="s")),
        update("x", A2, time="07.3Z", origin=Origin(session="s")),
        True,
    ),
    (
        update("y", A1, time="07Z", origin=Origin(session="s")),
        update("x", A2, time="07.3Z", origin=Origin(session="t")),
        False,
    ),
    (update("x", A1, origin=Origin(request_id="r")), update("y", A1, origin=Origin(request_id="r")), True),
    (item_change("y", "k", "9"), item_change("x", "k", "10"), True),
    (item_change("y", "k", "9"), item_change("x", "l", "10"), False),
    (MADE, update("a", A1, zone="Z2"), True),
    (MADE, update("a", A1, zone="Z1"), False),
    (MADE, update("a", A1, zone="Z2", expected=REFUSED), False),
    (MADE, Event("a", MADE.timestamp, "zone_delete", {"zone_id": "/hostedzone/Z2"}), True),
    (update("x", A1), DELETED, True),
    (update("x", A1, expected=REFUSED), DELETED, False),
]


@pytest.mark.parametrize(("one", "other", "known"), KNOWN)
def test_an_order_is_known_only_where_it_was_recorded(one: Event, other: Event, known: bool) -> None:
    assert known_before(one, other) is known
    assert not known_before(other, one)


INVOKED = Event("i", "2025-10-19T02:14:07Z", "lambda_invoke", {"function": "f", "event": {}})

CONFLICTS = [
    (update("x", A1), update("y", A2), True),
    (update("x", A1), update("y", B1), False),
    (update("x", A1), update("y", A2, zone="Z2"), False),
    (update("x", A1), update("y", ("CREATE", record_set("a", 1, "CNAME"))), True),
    (update("x", ("CREATE", alias("b", "a"))), update("y", A1), True),
    (update("x", ("CREATE", alias("b", "a"))), update("y", ("CREATE", alias("c", "a"))), False),
    (update("x", A1, expected=REFUSED), update("y", A2), True),
    (update("x", A1, expected=REFUSED), update("y", A2, expected=REFUSED), False),
    (update("x", A1, expected=Expected("error", "Throttling")), update("y", A2), False),
    (INVOKED, update("y", A1), True),
    (INVOKED, update("y", A1, expected=Expected("error", "Throttling")), False),
    (DELETED, update("y", A1), True),
    (DELETED, update("y", A1, zone="Z2"), False),
    (item_change("x", "k"), item_change("y", "k"), True),
    (item_change("x", "k"), item_change("y", "l"), False),
]


def ordered_together(touched: list[Footprint]) -> bool:
    """Whether two events are looked at together when their order is settled."""
    if any(one.place is None for one in touched):
        return NOTHING not in touched
    places = by_place(touched).values()
    return any(len(part) > 1 for indices in places for part in components([touched[index] for index in indices]))


@pytest.mark.parametrize(("one", "other", "may_matter"), CONFLICTS)
def test_the_order_matters_only_to_events_that_touch_the_same(one: Event, other: Event, may_matter: bool) -> None:
    touched = [footprint(event, zone_reference) for event in (one, other)]
    assert ordered_together(touched) is may_matter
    assert ordered_together(touched[::-1]) is may_matter


NAMES = st.sampled_from("abcd")
CHANGES = st.one_of(
    st.tuples(st.sampled_from(["CREATE", "UPSERT", "DELETE"]), st.builds(record_set, NAMES, st.integers(1, 2))),
    st.tuples(st.just("UPSERT"), st.builds(record_set, NAMES, st.integers(1, 2), st.just("CNAME"))),
    st.tuples(st.just("UPSERT"), st.builds(alias, NAMES, NAMES)),
)
EVENTS = st.lists(st.lists(CHANGES, min_size=1, max_size=2), min_size=2, max_size=4).map(
    lambda batches: [update(str(index), *batch) for index, batch in enumerate(batches)]
)
STARTS = st.lists(st.builds(record_set, NAMES, st.integers(1, 2)), max_size=4)


@settings(deadline=None, max_examples=200)
@given(events=EVENTS, start=STARTS)
def test_events_of_different_parts_come_to_the_same_in_any_order(
    events: list[Event], start: list[dict[str, Any]]
) -> None:
    world, state = ExactZones(), zone(*start)
    touched = [footprint(event, zone_reference) for event in events]
    part_of = {index: part[0] for part in components(touched) for index in part}
    ends: dict[Any, Any] = {}
    for order in itertools.permutations(range(len(events))):
        # Orders that agree inside every part differ only in what commutes.
        inside = tuple(sorted((part_of[index], rank, index) for rank, index in enumerate(order)))
        signature = tuple((part, index) for part, _, index in inside)
        after: Any = state
        outcomes = {}
        for index in order:
            after, outcomes[index] = world.after(after, events[index])
        found = (after, sorted(outcomes.items()))
        assert ends.setdefault(signature, found) == found


@settings(deadline=None, max_examples=100)
@given(
    times=st.lists(st.sampled_from(["07Z", "07.2Z", "07.25Z", "07.3Z", "08Z"]), min_size=1, max_size=6),
    sessions=st.lists(st.sampled_from([None, "s", "t"]), min_size=6, max_size=6),
)
def test_what_is_known_never_contradicts_itself(times: list[str], sessions: list[str | None]) -> None:
    events = [
        update(str(index), A1, time=time, origin=Origin(session=session))
        for index, (time, session) in enumerate(zip(times, sessions, strict=False))
    ]
    before = partial_order(events)
    assert sorted(TopologicalSorter(dict(enumerate(before))).static_order()) == list(range(len(events)))
    assert all(at not in before[one] for at, earlier in enumerate(before) for one in earlier)
