"""Route 53's quotas, as ChangeResourceRecordSets applies them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from route53_batches import ZONE_ID, alias, create, delete, refusal, rr, upsert, zone_of

from twinstage.world.memory.route53 import Cause, Change, RouteLimits, Zone, published_limits

A = rr("a.ex.test", "A", "10.0.0.1")
ZONE = zone_of(
    A,
    rr("w.ex.test", "A", "10.0.0.1", SetIdentifier="blue", Weight=1),
    rr("w.ex.test", "A", "10.0.0.2", SetIdentifier="green", Weight=0),
)


def limited(**numbers: int) -> RouteLimits:
    return replace(published_limits(), **numbers)


def limit_refused(zone: Zone, limits: RouteLimits | None, *changes: Change) -> str | None:
    refused = refusal(zone, *changes, limits=limits)
    if refused is None:
        return None
    assert {p.cause for p in refused.problems} == {Cause.LIMIT}
    return refused.message


def test_the_published_limits_are_dated_and_sourced() -> None:
    limits = published_limits()
    assert (limits.records_per_batch, limits.value_characters_per_batch, limits.upsert_counts) == (1000, 32000, 2)
    assert limits.source.startswith("https://docs.aws.amazon.com/")
    assert limits.read_on


@pytest.mark.parametrize(("change", "most"), [(create, 1000), (upsert, 500)])
def test_a_batch_has_at_most_1000_records_and_an_upsert_counts_twice(change: Any, most: int) -> None:
    changes = [change(rr(f"r{number}.ex.test", "A", "10.0.0.1")) for number in range(most + 1)]
    assert limit_refused(zone_of(), None, *changes[:most]) is None
    assert limit_refused(zone_of(), None, *changes) == "[Number of records limit of 1000 exceeded.]"


@pytest.mark.parametrize(("change", "times"), [(create, 1), (upsert, 2)])
def test_a_batch_has_at_most_32000_characters_and_an_upsert_counts_twice(change: Any, times: int) -> None:
    text = '"' + "x" * 198 + '"'
    most = 32000 // (200 * times)
    changes = [change(rr(f"r{number}.ex.test", "TXT", text)) for number in range(most + 1)]
    assert limit_refused(zone_of(), None, *changes[:most]) is None
    assert limit_refused(zone_of(), None, *changes) == "[RDATA character limit of 32000 exceeded.]"


def test_an_alias_has_no_records_to_count() -> None:
    limits = limited(records_per_batch=1)
    aliases = [create(alias(f"r{number}.ex.test", "A", "a.ex.test")) for number in range(3)]
    assert limit_refused(ZONE, limits, *aliases) is None


def test_a_record_set_has_a_limited_number_of_values() -> None:
    limits = limited(values_per_record_set=2)
    change = create(rr("n.ex.test", "A", "10.0.0.1", "10.0.0.2", "10.0.0.3"))
    assert limit_refused(ZONE, limits, change) == "[Cannot have more than 2 records in a RRSet.]"


def test_a_name_and_type_has_a_limited_number_of_record_sets() -> None:
    limits = limited(record_sets_per_name_and_type=2)
    change = create(rr("w.ex.test", "A", "10.0.0.3", SetIdentifier="red", Weight=1))
    text = "[Cannot have more than 2 RRSets with DNS name w.ex.test. and type A.]"
    assert limit_refused(ZONE, limits, change) == text


def test_geoproximity_has_a_limit_of_its_own() -> None:
    limits = limited(geoproximity_sets_per_name_and_type=1)
    changes = [
        create(rr("g.ex.test", "A", "10.0.0.1", SetIdentifier=region, GeoProximityLocation={"AWSRegion": region}))
        for region in ("us-east-1", "us-east-2")
    ]
    assert limit_refused(ZONE, limits, *changes[:1]) is None
    text = "[Cannot have more than 1 RRSets with DNS name g.ex.test. and type A.]"
    assert limit_refused(ZONE, limits, *changes) == text


def test_a_zone_has_a_limited_number_of_record_sets() -> None:
    full = limited(record_sets_per_zone=len(ZONE.records))
    new = rr("n.ex.test", "A", "10.0.0.1")
    assert limit_refused(ZONE, full, create(new)) == f"[Exceeded limit MAX_RRSETS_BY_ZONE for zone: {ZONE_ID}]"
    assert limit_refused(ZONE, full, delete(A), create(new)) is None


def test_a_zone_captured_above_the_quota_can_still_be_changed() -> None:
    assert limit_refused(ZONE, limited(record_sets_per_zone=1), upsert(A)) is None
