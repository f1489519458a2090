"""A planned change of records: what names resolve to before and after it, and the guards that say what they saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import alias, apex, change, rr
from twinstage.rehearse.change.record_guards import record_guards
from twinstage.rehearse.change.records import record_changes, zone_change
from twinstage.world.memory.route53 import empty_account
from twinstage.world.memory.route53.imports import with_imported_zone

if TYPE_CHECKING:
    from twinstage.rehearse.change.plan import Guard, PlannedChange
    from twinstage.rehearse.change.records import ZoneChange

ZONE = "ZEXTEST"
NAME = "ex.test."
TREE = rr("plan-10.ex.test.", "A", "192.0.2.10")
OLD_TREE = rr("plan-09.ex.test.", "A", "192.0.2.9")
API = alias("api.ex.test.", "A", "plan-10.ex.test.", ZONE)
WWW = rr("www.ex.test.", "CNAME", "api.ex.test.", ttl=300)
ALONE = rr("alone.ex.test.", "A", "192.0.2.1")
FILLERS = [rr(f"filler-{n}.ex.test.", "TXT", '"x"') for n in range(10)]


def planned(*batch: dict[str, Any], records: list[dict[str, Any]] | None = None) -> ZoneChange:
    held = [TREE, OLD_TREE, API, WWW, ALONE, *FILLERS] if records is None else records
    account = with_imported_zone(empty_account("111111111111"), [*apex(NAME), *held], id=ZONE, name=NAME)
    return zone_change(account, ZONE, list(batch))


def the_change(found: ZoneChange, **limits: int) -> PlannedChange:
    [one] = record_changes(found, **limits)
    return one


def guard(found: ZoneChange, id_: str, mentioned: tuple[str, ...] = (), **limits: Any) -> Guard:
    return next(each for each in record_guards(found, mentioned, **limits) if each.id == id_)


def test_a_new_name_breaks_nothing() -> None:
    found = the_change(planned(change("CREATE", rr("new.ex.test.", "A", "192.0.2.5"))))
    assert (found.action, found.category, found.rollback_s) == ("add", "non-breaking", 60)


def test_another_answer_is_for_a_rehearsal_to_judge_and_is_told_at_every_name_that_leads_there() -> None:
    found = the_change(planned(change("UPSERT", {**TREE, "ResourceRecords": [{"Value": "192.0.2.11"}]})))
    assert found.category == "undecided"
    for name in ("plan-10.ex.test.", "api.ex.test.", "www.ex.test."):
        assert f"{name} A: 192.0.2.10 -> 192.0.2.11" in found.reason


def test_only_another_ttl_changes_no_answer() -> None:
    assert the_change(planned(change("UPSERT", {**TREE, "TTL": 30}))).category == "non-breaking"


def test_a_name_without_an_answer_breaks_whoever_comes_to_it_by_a_cname() -> None:
    found = next(iter(record_changes(planned(change("DELETE", API)))))
    assert (found.action, found.category) == ("remove", "breaking")
    assert "www.ex.test. A has no answer any more (nx_domain)" in found.reason


def test_what_was_removed_stays_unknown_for_as_long_as_the_soa_lets_resolvers_remember_it() -> None:
    soa = {**apex(NAME)[1], "TTL": 900}
    assert soa["ResourceRecords"][0]["Value"].endswith(" 86400")
    assert the_change(planned(change("DELETE", ALONE))).rollback_s == 900


def test_what_caches_keep_beyond_a_rollback_s_patience_is_forward_only() -> None:
    slow = planned(change("UPSERT", {**ALONE, "TTL": 7200}))
    assert the_change(slow).forward_only
    assert not the_change(slow, rollback_wait_s=7200).forward_only


def test_a_batch_that_changes_nothing_is_no_change() -> None:
    assert not list(record_changes(planned(change("DELETE", ALONE), change("CREATE", ALONE))))


def test_a_refusal_is_told_in_route_53_s_words_and_nobody_can_let_it_through() -> None:
    refused = planned(change("CREATE", ALONE), change("DELETE", {**TREE, "TTL": 61}))
    [only] = record_guards(refused)
    assert (only.id, only.passed, only.final) == ("accepted", False, True)
    assert only.observed.startswith("InvalidChangeBatch: [")
    assert "alone.ex.test." in only.observed
    assert "plan-10.ex.test." in only.observed
    assert not list(record_changes(refused))


@pytest.mark.parametrize(
    ("id_", "passing", "refused", "seen"),
    [
        ("last-of-name", [change("DELETE", ALONE)], [change("DELETE", API)], "api.ex.test. (www.ex.test.)"),
        ("last-of-type", [change("UPSERT", {**ALONE, "TTL": 30})], [change("DELETE", ALONE)], "alone.ex.test. A"),
        ("active-endpoint", [change("DELETE", OLD_TREE)], [change("DELETE", TREE)], "serves api.ex.test."),
        ("apex", [change("DELETE", ALONE)], [change("UPSERT", {**apex(NAME)[0], "TTL": 60})], "ex.test. NS"),
        (
            "ttl",
            [change("UPSERT", {**ALONE, "TTL": 3600})],
            [change("UPSERT", {**ALONE, "TTL": 3601})],
            "60 s -> 3601 s",
        ),
    ],
)
def test_a_guard_lets_one_batch_pass_and_refuses_another(
    id_: str, passing: list[dict[str, Any]], refused: list[dict[str, Any]], seen: str
) -> None:
    assert guard(planned(*passing), id_).passed
    told = guard(planned(*refused), id_)
    assert not told.passed
    assert seen in told.observed
    assert told.limit
    assert f"--allow {id_}" in told.way_out


def test_what_is_served_now_is_refused_even_where_the_same_batch_points_elsewhere() -> None:
    flipped = {**API, "AliasTarget": {**API["AliasTarget"], "DNSName": "plan-09.ex.test."}}
    told = guard(planned(change("UPSERT", flipped), change("DELETE", TREE)), "active-endpoint")
    assert (told.passed, told.observed) == (False, "plan-10.ex.test. A (serves api.ex.test.)")


def test_a_name_in_a_function_s_settings_is_an_endpoint_too() -> None:
    batch = planned(change("DELETE", ALONE))
    assert guard(batch, "active-endpoint").passed
    assert not guard(batch, "active-endpoint", ("alone.ex.test",)).passed
    assert "a function's setting" in guard(batch, "last-of-name", ("alone.ex.test",)).observed


def test_the_share_of_a_zone_is_looked_at_however_small_it_is() -> None:
    records = [ALONE, TREE, OLD_TREE]
    told = guard(planned(change("DELETE", ALONE), records=records), "share")
    assert (told.passed, told.observed, told.limit) == (False, "1 of 3 record sets altered or removed (33%)", "30%")
    assert guard(planned(change("DELETE", ALONE), records=records), "share", most_share=0.34).passed
    assert guard(planned(change("DELETE", ALONE)), "share").passed


def test_additions_touch_nothing_that_was_there() -> None:
    batch = [change("CREATE", rr(f"new-{n}.ex.test.", "A", "192.0.2.5")) for n in range(20)]
    assert guard(planned(*batch, records=[ALONE]), "share").observed.startswith("0 of 1 ")


def test_one_of_a_weighted_group_goes_and_the_rest_answers() -> None:
    group = [rr("w.ex.test.", "A", f"192.0.2.{n}", SetIdentifier=f"s{n}", Weight=1) for n in (1, 2)]
    found = planned(change("DELETE", group[0]), records=[*group, *FILLERS])
    assert guard(found, "last-of-type").passed
    assert the_change(found).category == "undecided"
    both = planned(change("DELETE", group[0]), change("DELETE", group[1]), records=[*group, *FILLERS])
    assert guard(both, "last-of-type").observed == "w.ex.test. A"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"GeoLocation": {"CountryCode": "DE"}}, {"GeoLocation": {"CountryCode": "FR"}}),
        ({"Weight": 1}, {"Weight": 200}),
        ({"Failover": "PRIMARY"}, {"Failover": "SECONDARY"}),
        ({"Region": "eu-west-1"}, {"Region": "us-east-1"}),
    ],
)
def test_another_routing_policy_is_for_a_rehearsal_to_judge_though_every_name_has_the_same_answers(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    one, other = (rr("w.ex.test.", "A", "192.0.2.1", SetIdentifier="s", **routing) for routing in (before, after))
    found = the_change(planned(change("UPSERT", other), records=[one, *FILLERS]))
    assert (found.category, found.reason) == (
        "undecided",
        "who gets which answer is another: the routing policy changes",
    )


@pytest.mark.parametrize(("kind", "address"), [("A", "192.0.2.7"), ("AAAA", "2001:db8::7")])
def test_what_a_cname_leads_to_is_an_active_endpoint_in_both_families(kind: str, address: str) -> None:
    target, pointer = rr("six.ex.test.", kind, address), rr("www6.ex.test.", "CNAME", "six.ex.test.")
    told = guard(planned(change("DELETE", target), records=[target, pointer, *FILLERS]), "active-endpoint")
    assert (told.passed, told.observed) == (False, f"six.ex.test. {kind} (serves www6.ex.test.)")
