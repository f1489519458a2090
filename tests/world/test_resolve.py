"""What names resolve to, from the zones alone."""

from __future__ import annotations

from typing import Any

from route53_batches import alias, rr, zone_of

from twinstage.world.memory.route53 import Resolution, Zone, resolve, zone_from


def asked(zones: Zone | list[Zone], name: str, type_: str = "A") -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    found = resolve(zones if isinstance(zones, list) else [zones], name, type_)
    return found.status, found.addresses, found.external


def weighted(value: str, weight: int) -> dict[str, Any]:
    return rr("w.ex.test", "A", value, SetIdentifier=value, Weight=weight)


A = rr("a.ex.test", "A", "10.0.0.2", "10.0.0.1")


def test_a_name_answers_with_its_sorted_values_and_the_record_set_passed() -> None:
    assert resolve([zone_of(A)], "A.Ex.Test") == Resolution(
        addresses=("10.0.0.1", "10.0.0.2"), external=(), chain=(("a.ex.test.", "A", None),), status="answered"
    )


def test_a_name_without_the_type_has_no_data() -> None:
    assert asked(zone_of(A), "a.ex.test", "AAAA") == ("no_data", (), ())


def test_a_name_that_is_nowhere_does_not_exist() -> None:
    assert asked(zone_of(A), "b.ex.test") == ("nx_domain", (), ())


def test_a_name_above_another_is_an_empty_non_terminal() -> None:
    assert asked(zone_of(rr("x.b.ex.test", "A", "10.0.0.1")), "b.ex.test") == ("no_data", (), ())


def test_a_name_in_no_zone_is_external() -> None:
    assert asked(zone_of(), "www.other.test") == ("answered", (), ("www.other.test.",))


def test_an_alias_is_followed_within_its_type() -> None:
    zone = zone_of(A, alias("b.ex.test", "A", "a.ex.test"), alias("ex.test", "A", "b.ex.test"))
    found = resolve([zone], "ex.test")
    assert found.addresses == ("10.0.0.1", "10.0.0.2")
    assert [key[0] for key in found.chain] == ["ex.test.", "b.ex.test.", "a.ex.test."]


def test_an_alias_whose_target_was_deleted_finds_nothing() -> None:
    dangling = zone_of(alias("b.ex.test", "A", "a.ex.test"))
    assert asked(dangling, "b.ex.test") == ("nx_domain", (), ())
    assert asked(zone_of(alias("b.ex.test", "A", "a.ex.test"), rr("a.ex.test", "TXT", '"x"')), "b.ex.test") == (
        "no_data",
        (),
        (),
    )


def test_an_alias_out_of_the_zones_is_external() -> None:
    zone = zone_of(alias("ex.test", "A", "d1.cloudfront.net", zone="Z2FDTNDATAQYW2"))
    assert asked(zone, "ex.test") == ("answered", (), ("d1.cloudfront.net.",))


def test_a_cname_is_followed_across_zones() -> None:
    other = zone_from([rr("h.other.test", "A", "10.0.0.9")], id="Z1", name="other.test")
    zone = zone_of(rr("c.ex.test", "CNAME", "H.other.test"))
    assert asked([zone, other], "c.ex.test") == ("answered", ("10.0.0.9",), ())
    assert asked(zone, "c.ex.test") == ("answered", (), ("h.other.test.",))


def test_a_question_for_the_cname_itself_is_not_followed() -> None:
    assert asked(zone_of(rr("c.ex.test", "CNAME", "a.ex.test")), "c.ex.test", "CNAME") == (
        "answered",
        ("a.ex.test",),
        (),
    )


def test_the_longest_zone_that_holds_a_name_answers() -> None:
    inner = zone_from([rr("a.in.ex.test", "A", "10.0.0.9")], id="Z1", name="in.ex.test")
    outer = zone_of(rr("a.in.ex.test", "A", "10.0.0.1"))
    assert asked([outer, inner], "a.in.ex.test") == ("answered", ("10.0.0.9",), ())


def test_below_a_delegation_the_answer_is_external_unless_the_zone_is_at_hand() -> None:
    outer = zone_of(rr("in.ex.test", "NS", "ns1.other.test"))
    inner = zone_from([rr("a.in.ex.test", "A", "10.0.0.9")], id="Z1", name="in.ex.test")
    assert asked(outer, "a.in.ex.test") == ("answered", (), ("a.in.ex.test.",))
    assert asked(outer, "in.ex.test") == ("answered", (), ("in.ex.test.",))
    assert asked([outer, inner], "a.in.ex.test") == ("answered", ("10.0.0.9",), ())


def test_weight_zero_counts_only_where_all_weigh_zero() -> None:
    assert asked(zone_of(weighted("10.0.0.1", 1), weighted("10.0.0.2", 0)), "w.ex.test")[1] == ("10.0.0.1",)
    assert asked(zone_of(weighted("10.0.0.1", 0), weighted("10.0.0.2", 0)), "w.ex.test")[1] == (
        "10.0.0.1",
        "10.0.0.2",
    )


def test_every_record_set_of_another_policy_counts() -> None:
    zone = zone_of(
        rr("f.ex.test", "A", "10.0.0.1", SetIdentifier="1", Failover="PRIMARY"),
        rr("f.ex.test", "A", "10.0.0.2", SetIdentifier="2", Failover="SECONDARY"),
    )
    found = resolve([zone], "f.ex.test")
    assert found.addresses == ("10.0.0.1", "10.0.0.2")
    assert found.chain == (("f.ex.test.", "A", "1"), ("f.ex.test.", "A", "2"))


def test_a_way_that_leads_back_to_itself_is_a_loop() -> None:
    zone = zone_of(rr("a.ex.test", "CNAME", "b.ex.test"), rr("b.ex.test", "CNAME", "a.ex.test"))
    assert asked(zone, "a.ex.test") == ("loop", (), ())


def test_two_ways_to_one_name_are_no_loop() -> None:
    zone = zone_of(
        A,
        alias("w.ex.test", "A", "a.ex.test", SetIdentifier="1", Weight=1),
        alias("w.ex.test", "A", "a.ex.test", SetIdentifier="2", Weight=1),
    )
    assert asked(zone, "w.ex.test") == ("answered", ("10.0.0.1", "10.0.0.2"), ())


def test_a_wildcard_answers_for_names_that_do_not_exist() -> None:
    zone = zone_of(rr("*.ex.test", "A", "10.0.0.7"), A, rr("x.b.ex.test", "A", "10.0.0.1"))
    assert asked(zone, "any.ex.test") == ("answered", ("10.0.0.7",), ())
    assert asked(zone, "deep.er.ex.test") == ("answered", ("10.0.0.7",), ())
    assert asked(zone, "a.ex.test", "AAAA") == ("no_data", (), ())
    assert asked(zone, "b.ex.test") == ("no_data", (), ())
    assert asked(zone, "y.b.ex.test") == ("nx_domain", (), ())
    assert asked(zone, "any.ex.test", "AAAA") == ("no_data", (), ())


def test_a_traffic_policy_instance_gives_no_address_of_its_own() -> None:
    zone = zone_of({"Name": "p.ex.test", "Type": "A", "TrafficPolicyInstanceId": "1"})
    assert asked(zone, "p.ex.test") == ("no_data", (), ())
