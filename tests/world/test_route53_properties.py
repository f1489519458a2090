"""What holds of every batch on every zone."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from route53_batches import ZONE_ID, alias, delete, refusal, rr, upsert, zone_of

from twinstage.model.record_set import key_of
from twinstage.world.memory.route53 import Change, ChangeRefused, Zone, apply_changes, record_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = st.sampled_from(["ex.test", "a.ex.test", "b.ex.test", "c.ex.test", "*.ex.test"])
ADDRESSES = st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3"]), min_size=1, max_size=2, unique=True)


@st.composite
def drawn_record_sets(draw: st.DrawFn) -> dict[str, Any]:
    name, ttl = draw(NAMES), draw(st.sampled_from([60, 300]))
    kind = draw(st.sampled_from(["A", "TXT", "CNAME", "alias", "weighted"]))
    if kind == "alias":
        return alias(name, "A", draw(NAMES))
    if kind == "TXT":
        return rr(name, "TXT", '"x"', ttl=ttl)
    if kind == "CNAME":
        return rr(name, "CNAME", draw(NAMES), ttl=ttl)
    values = draw(ADDRESSES)
    if kind == "A":
        return rr(name, "A", *values, ttl=ttl)
    return rr(name, "A", *values, ttl=ttl, SetIdentifier=draw(st.sampled_from("xy")), Weight=draw(st.integers(0, 2)))


CHANGES = st.builds(Change, st.sampled_from(["CREATE", "UPSERT", "DELETE"]), drawn_record_sets())
BATCHES = st.lists(CHANGES, min_size=1, max_size=5)


@st.composite
def drawn_zones(draw: st.DrawFn) -> Zone:
    """A zone that some accepted batches have made."""
    zone = zone_of()
    for batch in draw(st.lists(st.lists(drawn_record_sets(), min_size=1, max_size=3), max_size=5)):
        try:
            zone = apply_changes(zone, [upsert(record_set) for record_set in batch])
        except ChangeRefused:
            continue
    return zone


def naive(zone: Zone, batch: Sequence[Change]) -> list[tuple[Any, ...]] | None:
    """A second reading of the rules: one flat list, no index, nothing shared with the product but names and order.

    Answers what the zone then holds, or None where the batch is refused.
    """

    def plain(record_set: Any) -> tuple[Any, ...]:
        target = record_set.get("AliasTarget", {}).get("DNSName")
        values = tuple(sorted(value["Value"] for value in record_set.get("ResourceRecords", [])))
        name, type_, set_identifier = key_of(record_set)
        goal = target and key_of({"Name": target, "Type": "A"})[0]
        return name, type_, set_identifier, record_set.get("TTL"), values, goal, record_set.get("Weight")

    held = [plain(record_set) for record_set in record_sets(zone)]
    seen: dict[tuple[Any, ...], str] = {}
    written = set()
    for change in batch:
        given_set = plain(change.record_set)
        key, there = given_set[:3], [record for record in held if record[:3] == given_set[:3]]
        if key in seen and (seen[key], change.action) != ("DELETE", "CREATE"):
            return None
        seen[key] = change.action
        if (change.action == "DELETE" and there != [given_set]) or (change.action == "CREATE" and there):
            return None
        held = [record for record in held if record[:3] != key]
        written.discard(key)
        if change.action != "DELETE":
            held.append(given_set)
            written.add(key)
    for record in held:
        if record[:3] not in written:
            continue
        beside = {other[1] for other in held if other[0] == record[0]}
        kin = [other for other in held if other[:2] == record[:2]]
        if "CNAME" in beside and len(beside) > 1:
            return None
        if len({other[6] is None for other in kin}) > 1:
            return None
        if record[5] and not any(other[:2] == (record[5], "A") and other[0] != record[0] for other in held):
            return None
    return sorted(held, key=str)


def contents(zone: Zone) -> list[tuple[Any, ...]]:
    found = naive(zone, [])
    assert found is not None
    return found


@given(drawn_zones(), BATCHES)
def test_a_batch_has_the_outcome_of_a_naive_reading_of_the_rules(zone: Zone, batch: list[Change]) -> None:
    outcome = naive(zone, batch)
    try:
        after = apply_changes(zone, batch)
    except ChangeRefused:
        assert outcome is None
    else:
        assert contents(after) == outcome


@given(drawn_zones(), BATCHES)
def test_a_zone_never_changes_whether_a_batch_is_accepted_or_refused(zone: Zone, batch: list[Change]) -> None:
    before, names, given_batch = deepcopy(record_sets(zone)), dict(zone.names), deepcopy(batch)
    refusal(zone, *batch)
    assert record_sets(zone) == before
    assert dict(zone.names) == names
    assert batch == given_batch


@given(drawn_zones(), BATCHES)
def test_an_accepted_batch_keeps_the_index_of_names_true(zone: Zone, batch: list[Change]) -> None:
    try:
        zone = apply_changes(zone, batch)
    except ChangeRefused:
        return
    assert {key for keys in zone.names.values() for key in keys} == set(zone.records)
    assert all(keys and {name} == {key[0] for key in keys} for name, keys in zone.names.items())


@given(drawn_zones(), st.lists(drawn_record_sets(), min_size=1, max_size=4))
def test_an_upsert_done_twice_is_an_upsert_done_once(zone: Zone, wanted: list[dict[str, Any]]) -> None:
    batch = [upsert(record_set) for record_set in wanted]
    try:
        once = apply_changes(zone, batch)
    except ChangeRefused:
        return
    assert apply_changes(once, batch) == once


@given(drawn_zones(), st.lists(CHANGES, min_size=1, max_size=5, unique_by=lambda change: change.key), st.randoms())
def test_the_order_of_a_batch_that_changes_each_set_once_does_not_matter(
    zone: Zone, batch: list[Change], random: Any
) -> None:
    shuffled = random.sample(batch, len(batch))
    first, second = refusal(zone, *batch), refusal(zone, *shuffled)
    assert (first is None) == (second is None)
    if first is None:
        assert apply_changes(zone, batch) == apply_changes(zone, shuffled)
    elif second is not None:
        assert {(p.cause, p.name) for p in first.problems} == {(p.cause, p.name) for p in second.problems}


@given(drawn_zones(), st.data())
def test_delete_and_create_of_one_set_compares_and_sets(zone: Zone, data: st.DataObject) -> None:
    held = data.draw(st.sampled_from(record_sets(zone)))
    other = {**held, "HealthCheckId": "another"}
    wanted = data.draw(st.sampled_from([held, other]))
    allowed = refusal(zone, upsert(wanted)) is None
    assert (refusal(zone, delete(held), Change("CREATE", wanted)) is None) == allowed
    assert refusal(zone, delete(other), Change("CREATE", wanted)) is not None
    if allowed:
        assert apply_changes(zone, [delete(held), Change("CREATE", wanted)]) == apply_changes(zone, [upsert(wanted)])


@given(drawn_zones())
def test_deleting_everything_but_the_apex_leaves_the_apex(zone: Zone) -> None:
    rest = [r for r in record_sets(zone) if not (r["Name"] == zone.name and r["Type"] in {"NS", "SOA"})]
    if rest:
        zone = apply_changes(zone, [delete(record_set) for record_set in rest])
    assert zone == zone_of()
    assert zone.id == ZONE_ID
