"""Replicate: from whatever a zone holds to whatever was captured, in batches that Route 53 takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.state.memory_zones import MemoryZones, alias, apex, change, empty_zone, rr
from twinstage.model.errors import TwinstageError
from twinstage.model.record_set import key_of, ordered
from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate_zone import (
    BATCH_CHARACTERS,
    BATCH_ELEMENTS,
    ZoneWritten,
    plan_batches,
    replicate_zone,
    targets_first,
)
from twinstage.world.interface import Refused
from twinstage.world.memory.route53 import record_sets, zone_from

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONE = ZoneMap("ex.test.", "ZPRODUCTION", "ZTWIN")
NAMES = st.sampled_from(["ex.test.", "a.ex.test.", "b.ex.test.", "c.ex.test.", "\\052.ex.test."])


@st.composite
def drawn_changes(draw: st.DrawFn) -> dict[str, Any]:
    name, kind = draw(NAMES), draw(st.sampled_from(["A", "TXT", "CNAME", "alias", "weighted", "failover", "region"]))
    action = draw(st.sampled_from(["UPSERT", "UPSERT", "DELETE"]))
    address = draw(st.sampled_from(["10.0.0.1", "10.0.0.2"]))
    id_ = draw(st.sampled_from("xy"))
    if kind == "alias":
        record = alias(name, draw(st.sampled_from(["A", "A", "AAAA"])), draw(NAMES), ZONE.production_id)
    elif kind == "TXT":
        record = rr(name, "TXT", '"x"')
    elif kind == "CNAME":
        record = rr(name, "CNAME", draw(NAMES))
    elif kind == "weighted":
        record = rr(name, "A", address, SetIdentifier=id_, Weight=draw(st.integers(0, 2)))
    elif kind == "failover":
        record = rr(name, "A", address, SetIdentifier=id_, Failover=draw(st.sampled_from(["PRIMARY", "SECONDARY"])))
    elif kind == "region":
        record = rr(name, "A", address, SetIdentifier=id_, Region=draw(st.sampled_from(["us-east-1", "eu-west-1"])))
    else:
        record = rr(name, "A", address)
    return change(action, record)


@st.composite
def reachable(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What a zone of production holds after some batches that Route 53 accepted: also aliases whose target was deleted since."""
    zones = MemoryZones(empty_zone(ZONE.production_id, ZONE.name))
    for batch in draw(st.lists(st.lists(drawn_changes(), min_size=1, max_size=3), max_size=8)):
        named = [
            c if there is None or c["Action"] == "UPSERT" else change("DELETE", there)
            for c in batch
            for there in [
                next(
                    (r for r in zones.record_sets(ZONE.production_id) if key_of(r) == key_of(c["ResourceRecordSet"])),
                    None,
                )
            ]
            if c["Action"] == "UPSERT" or there is not None
        ]
        try:
            zones.change(ZONE.production_id, named)
        except Refused:
            continue
    return list(zones.record_sets(ZONE.production_id))


def twin_holding(records: list[dict[str, Any]]) -> MemoryZones:
    """A twin zone that came to hold production's records, whatever batches it took."""
    return MemoryZones(
        zone_from(
            [*apex(ZONE.name, "ns-9."), *ZONE.twin_records(records)], id=ZONE.twin_id, name=ZONE.name, private=True
        )
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reachable(), reachable())
def test_any_state_of_a_zone_becomes_any_other_and_a_second_run_finds_nothing_to_do(
    before: list[dict[str, Any]], wanted: list[dict[str, Any]]
) -> None:
    zones = twin_holding(before)
    done = replicate_zone(zones, ZONE, wanted)
    assert ZONE.production_records(zones.record_sets(ZONE.twin_id)) == [r for r in wanted if not ZONE.is_own(r)]
    assert [r for r in zones.record_sets(ZONE.twin_id) if ZONE.is_own(r)] == ordered(apex(ZONE.name, "ns-9."))
    assert done == ZoneWritten(len(zones.batches), sum(map(len, zones.batches)))
    assert replicate_zone(zones, ZONE, wanted) == ZoneWritten()


def elements(batch: list[Mapping[str, Any]]) -> int:
    return sum(max(1, len(c["ResourceRecordSet"].get("ResourceRecords", ()))) for c in batch)


def characters(batch: list[Mapping[str, Any]]) -> int:
    return sum(len(v["Value"]) for c in batch for v in c["ResourceRecordSet"].get("ResourceRecords", ()))


def large_zone() -> list[dict[str, Any]]:
    """Aliases through chains and beside routing, too many for one batch."""
    texts = [rr(f"t{i}.ex.test.", "TXT", *(f'"{i}-{j}-{"x" * 90}"' for j in range(3))) for i in range(200)]
    chain = [alias(f"{i:04d}.ex.test.", "A", f"{i + 1:04d}.ex.test.", ZONE.production_id) for i in range(700)]
    regions = [
        rr("r.ex.test.", "A", f"10.0.0.{i}", SetIdentifier=f"s{i}", Region=region) for i, region in enumerate(REGIONS)
    ]
    return ordered([*texts, *chain, rr("0700.ex.test.", "A", "10.1.1.1"), *regions])


REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]


def test_a_large_zone_goes_in_batches_within_half_of_route53s_limits_targets_before_their_aliases() -> None:
    zones, wanted = MemoryZones(empty_zone(ZONE.twin_id, ZONE.name)), large_zone()
    done = replicate_zone(zones, ZONE, wanted)
    assert done.batches > 3
    assert all(elements(b) <= BATCH_ELEMENTS and characters(b) <= BATCH_CHARACTERS for b in zones.batches)
    assert ZONE.production_records(zones.record_sets(ZONE.twin_id)) == wanted
    assert replicate_zone(zones, ZONE, []).changes == len(wanted)
    assert record_sets(zones.held[ZONE.twin_id]) == ordered(apex(ZONE.name))


def test_a_record_set_larger_than_a_batch_should_be_goes_alone() -> None:
    big = rr("big.ex.test.", "TXT", *(f'"{i}{"x" * 190}"' for i in range(100)))
    small = rr("small.ex.test.", "A", "10.0.0.1")
    assert [len(batch) for batch in plan_batches([], [big, small])] == [1, 1]


def test_a_batch_is_filled_up_to_its_limits_and_an_alias_counts_as_one_element() -> None:
    def sizes(*records: dict[str, Any]) -> list[int]:
        return [len(batch) for batch in plan_batches([], records)]

    aliases = [alias(f"{i}.ex.test.", "A", "a.ex.test.", "Z") for i in range(BATCH_ELEMENTS + 1)]
    assert sizes(*aliases) == [BATCH_ELEMENTS, 1]
    texts = [rr(f"{i}.ex.test.", "TXT", f'"{"x" * 158}"') for i in range(BATCH_CHARACTERS // 160 + 1)]
    assert sizes(*texts) == [BATCH_CHARACTERS // 160, 1]


def test_routing_that_changes_hands_is_given_up_before_it_is_taken() -> None:
    def regions(*order: str) -> list[dict[str, Any]]:
        return [
            rr("r.ex.test.", "A", "10.0.0.1", SetIdentifier=f"s{i}", Region=region) for i, region in enumerate(order)
        ]

    batches = list(plan_batches(regions(*REGIONS), regions(*reversed(REGIONS))))
    assert [[c["Action"] for c in batch] for batch in batches] == [["DELETE"] * 4, ["CREATE"] * 4]


def test_a_weight_that_changes_is_changed_in_place() -> None:
    old, new = (rr("w.ex.test.", "A", "10.0.0.1", SetIdentifier="s", Weight=weight) for weight in (1, 2))
    assert list(plan_batches([old], [new])) == [[change("UPSERT", new)]]


def test_a_dangling_alias_is_made_while_a_placeholder_stands_at_its_target() -> None:
    """As a zone is captured right after somebody deleted what its name pointed at."""
    dangling = alias("api.ex.test.", "A", "gone.ex.test.", ZONE.production_id)
    zones = MemoryZones(empty_zone(ZONE.twin_id, ZONE.name))
    replicate_zone(zones, ZONE, [dangling])
    assert ZONE.production_records(zones.record_sets(ZONE.twin_id)) == ordered([dangling])
    assert [[(c["Action"], c["ResourceRecordSet"]["Name"]) for c in batch] for batch in zones.batches] == [
        [("CREATE", "gone.ex.test."), ("CREATE", "api.ex.test.")],
        [("DELETE", "gone.ex.test.")],
    ]


def test_a_placeholder_does_not_stand_beside_the_cname_that_took_the_targets_name() -> None:
    wanted = ordered(
        [alias("api.ex.test.", "A", "gone.ex.test.", ZONE.production_id), rr("gone.ex.test.", "CNAME", "x.test.")]
    )
    for before in ([], [wanted[1]]):
        zones = twin_holding(before)
        replicate_zone(zones, ZONE, wanted)
        assert ZONE.production_records(zones.record_sets(ZONE.twin_id)) == wanted


def test_a_dangling_alias_of_a_type_that_has_no_placeholder_is_refused_with_its_name() -> None:
    dangling = alias("api.ex.test.", "TXT", "gone.ex.test.", ZONE.production_id)
    with pytest.raises(TwinstageError, match=r"Tried to create an alias that targets gone\.ex\.test\., type TXT"):
        replicate_zone(MemoryZones(empty_zone(ZONE.twin_id, ZONE.name)), ZONE, [dangling])


def test_an_alias_ring_is_made_in_one_batch() -> None:
    ring = [alias(f"{a}.ex.test.", "A", f"{b}.ex.test.", ZONE.production_id) for a, b in ("ab", "bc", "ca")]
    zones = MemoryZones(empty_zone(ZONE.twin_id, ZONE.name))
    assert replicate_zone(zones, ZONE, ring) == ZoneWritten(1, 3)


def test_the_longest_chain_decides_where_a_group_of_aliases_leads_several_ways() -> None:
    ways = [
        alias("w.ex.test.", "A", target, "Z", SetIdentifier=target, Weight=1)
        for target in ("far.ex.test.", "near.ex.test.")
    ]
    chain = [alias("far.ex.test.", "A", "middle.ex.test.", "Z"), alias("middle.ex.test.", "A", "near.ex.test.", "Z")]
    near = rr("near.ex.test.", "A", "10.0.0.1")
    assert [r["Name"] for r in targets_first([*ways, *chain, near])] == [
        "near.ex.test.",
        "w.ex.test.",
        "middle.ex.test.",
        "far.ex.test.",
        "w.ex.test.",
    ]


def test_a_snapshot_that_route53_would_not_take_today_has_no_twin_and_says_why() -> None:
    zones = MemoryZones(empty_zone(ZONE.twin_id, ZONE.name))
    with pytest.raises(TwinstageError) as caught:
        replicate_zone(zones, ZONE, [rr("a.ex.test.", "A", "not-an-address")])
    assert caught.value.code == "REPLICATE_REFUSED"
    assert caught.value.message.startswith("ex.test.: the twin refused 1 changes: InvalidChangeBatch: ")
