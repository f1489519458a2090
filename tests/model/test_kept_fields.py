"""What a twin's private zone cannot hold is kept beside it, and is back when the zone is read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.kept_changes import twin_changes
from twinstage.model.kept_fields import IP_BASED, KEPT_LABEL, SIMPLE, TRAFFIC_POLICY, UNKNOWN
from twinstage.model.record_set import canonical_record_set, ordered
from twinstage.model.zone_map import HEALTH, ZoneMap
from twinstage.world.memory.route53 import ChangeRefused, apply_changes, changes_from, record_sets, zone_from

CHECKED, OTHER_CHECKED, NOT_CAPTURED = (f"{n}385ed2d-d65c-4f63-a19b-2412a31ef431" for n in "012")
ZONE = ZoneMap("ex.test.", "ZPRODUCTION", "ZTWIN", {CHECKED: "twins-check-0", OTHER_CHECKED: "twins-check-1"})
COLLECTION = "c8c02a84-aaaa-bbbb-e0d2-d833a2f80106"
POLICY = "5c8ac3e2-aaaa-bbbb-8d30-d0b0a1d0a2b7"


def record(name: str, **fields: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}], **fields}


def located(id_: str, location: str, **fields: Any) -> dict[str, Any]:
    where = {"CollectionId": COLLECTION, "LocationName": location}
    return record("ip.ex.test.", SetIdentifier=id_, CidrRoutingConfig=where, **fields)


LOST = {
    "IP-based routing": ([located("a", "home"), located("*", "*")], IP_BASED),
    "a traffic policy's": ([record("policy.ex.test.", TrafficPolicyInstanceId=POLICY)], TRAFFIC_POLICY),
    "a health check on simple routing": ([record("simple.ex.test.", HealthCheckId=CHECKED)], SIMPLE),
    "a health check that is gone": (
        [record("gone.ex.test.", SetIdentifier="a", Weight=1, HealthCheckId=NOT_CAPTURED)],
        UNKNOWN,
    ),
}
HELD: dict[str, dict[str, Any]] = {
    "weighted": {"Weight": 0},
    "by latency": {"Region": "us-east-1"},
    "failover": {"Failover": "PRIMARY"},
    "by location": {"GeoLocation": {"CountryCode": "CH"}},
    "by proximity": {"GeoProximityLocation": {"AWSRegion": "us-east-1", "Bias": 3}},
    "several answers": {"MultiValueAnswer": True},
}


def twin_zone(records: list[dict[str, Any]] | None = None) -> Any:
    apex = [
        {"Name": "ex.test.", "Type": "NS", "TTL": 1, "ResourceRecords": [{"Value": "ns-1.test."}]},
        {"Name": "ex.test.", "Type": "SOA", "TTL": 1, "ResourceRecords": [{"Value": "ns-1. a. 1 2 3 4 5"}]},
    ]
    return zone_from([*apex, *(records or [])], id=ZONE.twin_id, name=ZONE.name, private=True)


def made(*actions: tuple[str, dict[str, Any]], on: Any = None) -> Any:
    """The twin's zone after one batch of production's, as Route 53's own rules have it."""
    zone = on or twin_zone()
    changes = [{"Action": action, "ResourceRecordSet": record_set} for action, record_set in actions]
    standing = ZONE.standing(record_sets(zone))
    mapped = twin_changes(ZONE, changes, standing)
    for batch in ([mapped.own], mapped.batches(standing)):
        for each in batch:
            zone = apply_changes(zone, changes_from(each))
    assert ZONE.standing(record_sets(zone)) == mapped.after(standing)
    return zone


def read_back(zone: Any) -> list[dict[str, Any]]:
    return ZONE.production_records(record_sets(zone))


@pytest.mark.parametrize("kind", LOST)
def test_what_a_private_zone_refuses_is_left_out_kept_and_put_back(kind: str) -> None:
    given_, reason = LOST[kind]
    zone = made(*(("CREATE", each) for each in given_))
    assert read_back(zone) == ordered(given_)
    assert NOT_CAPTURED not in str([r for r in record_sets(zone) if r["Type"] == "A"])
    assert {s.reason for s in ZONE.substitutions(given_)} == {reason}
    assert len([r for r in record_sets(zone) if KEPT_LABEL in r["Name"]]) == len(given_)


@pytest.mark.parametrize("kind", ["IP-based routing", "a health check on simple routing"])
def test_route53_would_refuse_it_in_a_private_zone_and_takes_it_in_a_public_one(kind: str) -> None:
    changes = changes_from([{"Action": "CREATE", "ResourceRecordSet": each} for each in LOST[kind][0]])
    with pytest.raises(ChangeRefused, match="in a private zone"):
        apply_changes(twin_zone(), changes)
    public = zone_from(record_sets(twin_zone()), id=ZONE.production_id, name=ZONE.name, private=False)
    assert len(record_sets(apply_changes(public, changes))) == 2 + len(changes)


@pytest.mark.parametrize("policy", HELD)
def test_every_other_routing_policy_and_its_health_check_is_the_twins(policy: str) -> None:
    given_ = record("r.ex.test.", SetIdentifier="a", HealthCheckId=CHECKED, **HELD[policy])
    zone = made(("CREATE", given_))
    (held,) = (r for r in record_sets(zone) if r["Name"] == "r.ex.test.")
    assert held == canonical_record_set(given_ | {"HealthCheckId": "twins-check-0"})
    assert read_back(zone) == ordered([given_])
    assert [(s.field, s.reason) for s in ZONE.substitutions([given_])] == [("HealthCheckId", HEALTH)]


ROUTED = st.one_of(
    st.builds(
        lambda location: {"CidrRoutingConfig": {"CollectionId": COLLECTION, "LocationName": location}},
        st.sampled_from(["*", "home", "l_1-x"]),
    ),
    st.sampled_from(list(HELD.values())),
    st.just({}),
)
OTHERS = st.fixed_dictionaries(
    {},
    optional={
        "HealthCheckId": st.sampled_from([CHECKED, OTHER_CHECKED, NOT_CAPTURED]),
        "TrafficPolicyInstanceId": st.just(POLICY),
    },
)
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=128)


@given(ROUTED, OTHERS, IDS)
def test_any_mixture_of_fields_comes_back(routing: dict[str, Any], others: dict[str, Any], id_: str) -> None:
    given_ = record("m.ex.test.", **routing, **others, **({"SetIdentifier": id_} if routing else {}))
    assert read_back(made(("CREATE", given_))) == ordered([given_])


def test_a_change_of_what_is_kept_is_a_change_of_the_record_set() -> None:
    zone = made(("CREATE", located("a", "home")))
    assert read_back(made(("UPSERT", located("a", "office")), on=zone)) == ordered([located("a", "office")])


def test_a_delete_must_match_what_is_kept_too_and_takes_it_away() -> None:
    zone = made(("CREATE", located("a", "home")))
    with pytest.raises(ChangeRefused):
        made(("DELETE", located("a", "office")), on=zone)
    assert [r for r in record_sets(made(("DELETE", located("a", "home")), on=zone)) if r["Type"] == "TXT"] == []


def test_a_batch_that_is_refused_changes_nothing_of_what_is_kept() -> None:
    zone = made(("CREATE", located("a", "home")))
    with pytest.raises(ChangeRefused):
        made(("UPSERT", located("a", "office")), ("CREATE", located("a", "home")), on=zone)
    assert read_back(zone) == ordered([located("a", "home")])


@pytest.mark.parametrize(
    "fields", [{"TrafficPolicyInstanceId": POLICY}, {"HealthCheckId": CHECKED}, {"HealthCheckId": NOT_CAPTURED}]
)
def test_what_an_event_drops_and_nothing_else_is_not_put_back(fields: dict[str, str]) -> None:
    zone = made(("CREATE", record("x.ex.test.", **fields)))
    dropped = made(("UPSERT", record("x.ex.test.")), on=zone)
    assert read_back(dropped) == ordered([record("x.ex.test.")])
    assert read_back(made(("UPSERT", record("x.ex.test.", **fields)), on=dropped)) == read_back(zone)


def test_a_delete_without_what_is_kept_is_refused_as_production_refuses_it() -> None:
    zone = made(("CREATE", record("x.ex.test.", HealthCheckId=CHECKED)))
    public = zone_from(record_sets(twin_zone()), id=ZONE.production_id, name=ZONE.name, private=False)
    changes = [{"Action": "CREATE", "ResourceRecordSet": record("x.ex.test.", HealthCheckId=CHECKED)}]
    production = apply_changes(public, changes_from(changes))
    bare = {"Action": "DELETE", "ResourceRecordSet": record("x.ex.test.")}
    with pytest.raises(ChangeRefused):
        apply_changes(production, changes_from([bare]))
    with pytest.raises(ChangeRefused):
        made(("DELETE", record("x.ex.test.")), on=zone)


def test_a_record_set_is_made_anew_where_a_function_of_the_twin_has_deleted_it_and_left_the_txt() -> None:
    zone = made(("CREATE", located("a", "home")))
    (held,) = (r for r in record_sets(zone) if r["Type"] == "A")
    without = apply_changes(zone, changes_from([{"Action": "DELETE", "ResourceRecordSet": held}]))
    assert read_back(made(("CREATE", located("a", "office")), on=without)) == ordered([located("a", "office")])


@pytest.mark.parametrize("lost", [{"HealthCheckId": CHECKED}, {}])
def test_a_batch_that_production_takes_at_its_limit_is_taken(lost: dict[str, str]) -> None:
    """1,000 elements: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
    most = [record(f"n{n}.ex.test.", **lost) for n in range(1000)]
    assert read_back(made(*(("CREATE", each) for each in most))) == ordered(most)
    with pytest.raises(ChangeRefused, match="Number of records limit of 1000 exceeded"):
        made(*(("CREATE", each) for each in [*most, record("one-more.ex.test.")]))


def test_one_batch_may_delete_a_record_set_and_make_it_anew_with_something_else_to_keep() -> None:
    zone = made(("CREATE", located("a", "home")))
    moved = made(("DELETE", located("a", "home")), ("CREATE", located("a", "office")), on=zone)
    assert read_back(moved) == ordered([located("a", "office")])


def test_what_was_kept_for_another_form_of_a_record_set_is_not_put_back() -> None:
    """As where a function of the twin has written it since: that is the change to be seen, and not to be covered up."""
    zone = made(("CREATE", located("a", "home")))
    (held,) = (r for r in record_sets(zone) if r["Type"] == "A")
    changed = apply_changes(zone, changes_from([{"Action": "UPSERT", "ResourceRecordSet": held | {"Weight": 7}}]))
    assert [r["Weight"] for r in read_back(changed)] == [7]


def test_a_health_check_that_is_none_of_the_twins_is_not_covered_up() -> None:
    foreign = record("r.ex.test.", SetIdentifier="a", Weight=1, HealthCheckId="somebody-elses")
    assert ZONE.production_records([foreign]) == ordered([foreign])


def test_names_that_the_twin_needs_for_itself_are_refused() -> None:
    with pytest.raises(InputError, match=rf"x\.{KEPT_LABEL}\.ex\.test\."):
        ZONE.twin_records([record(f"x.{KEPT_LABEL}.ex.test.")])
