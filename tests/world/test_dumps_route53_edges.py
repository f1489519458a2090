"""What real zones hold at their edges is taken as it is; what Route 53 would refuse is refused, by name, with its code and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import alias, apex, rr
from tests.world.dump_files import problems, shared, write
from twinstage.model.record_set import ordered
from twinstage.world.dumps import ZoneDumps

if TYPE_CHECKING:
    from pathlib import Path

CLOUDFRONT = "Z2FDTNDATAQYW2"
WEIGHTED: dict[str, Any] = {"SetIdentifier": "blue", "Weight": 0}
ACCEPTED = {
    "a wildcard in octal": [rr("\\052.ex.test.", "A", "192.0.2.1")],
    "a wildcard as it is typed": [rr("*.ex.test.", "A", "192.0.2.1")],
    "an at sign that somebody wrote into a full name": [rr("\\100.ex.test.", "TXT", '"v=spf1 -all"')],
    "a text in several strings": [rr("t.ex.test.", "TXT", '"' + "a" * 255 + '" "' + "b" * 255 + '" "c"')],
    "a text with quotes and octal escapes": [rr("t.ex.test.", "TXT", r'"say \"hi\" \303\244 \\ ;"')],
    "an empty text": [rr("t.ex.test.", "TXT", '""')],
    "an alias at the apex": [alias("ex.test.", t, "d1.cloudfront.net.", CLOUDFRONT) for t in ("A", "AAAA")],
    "a DS beside a delegation": [
        rr("sub.ex.test.", "NS", "ns1.other.test."),
        rr("sub.ex.test.", "DS", "12345 13 2 " + "A" * 64),
    ],
    "SVCB and HTTPS": [
        rr("s.ex.test.", "SVCB", "1 . port=9000 ipv4hint=192.0.2.4", "2 svc.other.test. port=9001"),
        rr("h.ex.test.", "HTTPS", '1 . alpn="h2,h3"', "2 svc.other.test."),
        rr("l.ex.test.", "HTTPS", "0 alias.other.test."),
    ],
    "a weighted set beside a weighted alias": [
        rr("w.ex.test.", "A", "192.0.2.1", **WEIGHTED),
        alias("w.ex.test.", "A", "lb.other.test.", "Z35SXDOTRQ7X7K", SetIdentifier="green", Weight=255),
    ],
    "a null MX": [rr("ex.test.", "MX", "0 .")],
    "a CAA that lets nobody issue": [rr("ex.test.", "CAA", '0 issue ";"', '128 iodef "mailto:a@ex.test"')],
    "an SRV with a null target": [rr("_imap._tcp.ex.test.", "SRV", "0 0 0 .")],
    "values without their trailing dot": [rr("c.ex.test.", "CNAME", "target.other.test")],
    "the shortest and the longest time": [
        rr("z.ex.test.", "A", "192.0.2.1", ttl=0),
        rr("y.ex.test.", "A", "192.0.2.1", ttl=2147483647),
    ],
    "every routing policy": [
        rr("r.ex.test.", "A", "192.0.2.1", SetIdentifier="r", Region="eu-west-1"),
        rr("f.ex.test.", "A", "192.0.2.1", SetIdentifier="p", Failover="PRIMARY", HealthCheckId="hc-1"),
        rr("g.ex.test.", "A", "192.0.2.1", SetIdentifier="g", GeoLocation={"CountryCode": "*"}),
        rr("m.ex.test.", "A", "192.0.2.1", SetIdentifier="m", MultiValueAnswer=True),
    ],
    "a name below another that does not exist": [rr("a.b.c.d.ex.test.", "A", "192.0.2.1")],
    "an SSHFP, a NAPTR, a TLSA and a PTR": [
        rr("k.ex.test.", "SSHFP", "1 1 bf6b6825d2977c511a475bbefb88aad54a92ac73"),
        rr("n.ex.test.", "NAPTR", '100 50 "s" "SIP+D2U" "" _sip._udp.ex.test.'),
        rr("_443._tcp.ex.test.", "TLSA", "3 1 1 " + "A" * 64),
        rr("4.ex.test.", "PTR", "host.ex.test."),
    ],
}
REFUSED = {
    "a CNAME beside another type": (
        [rr("a.ex.test.", "A", "192.0.2.1"), rr("a.ex.test.", "CNAME", "b.test.")],
        {"a.ex.test. CNAME": "CNAME beside another type"},
    ),
    "a CNAME at the apex": ([rr("ex.test.", "CNAME", "b.test.")], {"ex.test. CNAME": "CNAME beside another type"}),
    "a value that is none": ([rr("a.ex.test.", "A", "192.0.2.256")], {"a.ex.test. A": "bad value"}),
    "a text without quotes": ([rr("a.ex.test.", "TXT", "v=spf1 -all")], {"a.ex.test. TXT": "bad value"}),
    "a text too long for one string": ([rr("a.ex.test.", "TXT", f'"{"x" * 256}"')], {"a.ex.test. TXT": "bad value"}),
    "a type that Route 53 has not": (
        [rr("a.ex.test.", "LOC", "31 58 52.1 S 115 49 11.7 E 20m")],
        {"a.ex.test. LOC": "unknown type"},
    ),
    "simple and weighted sets of one name": (
        [rr("a.ex.test.", "A", "192.0.2.1"), rr("a.ex.test.", "A", "192.0.2.2", **WEIGHTED)],
        {"a.ex.test. A": "mixed routing policies", "a.ex.test. A blue": "mixed routing policies"},
    ),
    "a label of 64 characters": (
        [rr(f"{'a' * 64}.ex.test.", "A", "192.0.2.1")],
        {f"{'a' * 64}.ex.test. A": "bad name"},
    ),
    "a policy without an identifier": ([rr("a.ex.test.", "A", "192.0.2.1", Weight=1)], {"a.ex.test. A": "wrong shape"}),
    "neither values nor a target": ([{"Name": "a.ex.test.", "Type": "A"}], {"a.ex.test. A": "wrong shape"}),
    "aliases that miss their targets, one through another": (
        [
            rr("x.ex.test.", "TXT", '"keeps the id"'),
            rr("t.ex.test.", "A", "300.0.2.1"),
            alias("one.ex.test.", "A", "t.ex.test.", "Z1"),
            alias("two.ex.test.", "A", "one.ex.test.", "Z1"),
        ],
        {
            "t.ex.test. A": "bad value",
            "one.ex.test. A": "alias target missing",
            "two.ex.test. A": "alias target missing",
        },
    ),
}


def dump(folder: Path, sets: list[dict[str, Any]]) -> Path:
    listing = {"HostedZones": [{"Id": "Z1", "Name": "ex.test."}]}
    return write(
        folder, {"hosted-zones.json": listing, "ex.test.json": {"ResourceRecordSets": [*apex("ex.test."), *sets]}}
    )


@pytest.mark.parametrize("sets", ACCEPTED.values(), ids=list(ACCEPTED))
def test_what_route53_holds_is_taken_as_it_is(tmp_path: Path, sets: list[dict[str, Any]]) -> None:
    dumps = ZoneDumps(dump(tmp_path, sets))

    assert list(dumps.record_sets("Z1")) == ordered([*apex("ex.test."), *sets])
    assert dumps.refused == ()


@pytest.mark.parametrize(("sets", "expected"), REFUSED.values(), ids=list(REFUSED))
def test_what_route53_refuses_is_refused_by_name(
    tmp_path: Path, sets: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    found = problems(lambda: ZoneDumps(dump(tmp_path, sets)))

    assert {file for file, *_ in found} == {"ex.test.json"}
    messages = [message for *_, message in found]
    for key, cause in expected.items():
        assert [m for m in messages if m.startswith(f"Route 53 refuses {key}: Invalid") and cause in m], (key, messages)
    assert len(messages) == len(expected)


@pytest.mark.parametrize(("sets", "expected"), REFUSED.values(), ids=list(REFUSED))
def test_refused_record_sets_can_be_left_out_and_are_listed(
    tmp_path: Path, sets: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    dumps = ZoneDumps(dump(tmp_path, sets), skip_refused=True)

    assert {refusal.key: refusal.cause for refusal in dumps.refused} == expected
    assert {refusal.zone for refusal in dumps.refused} == {"ex.test."}
    kept = list(dumps.record_sets("Z1"))
    assert len(kept) == 2 + len(sets) - len(expected)
    write(tmp_path / "again", {"ex.test.json": {"ResourceRecordSets": kept}})
    assert ZoneDumps(tmp_path / "again").refused == ()


def test_the_problems_of_a_batch_are_told_with_those_that_follow_from_them(tmp_path: Path) -> None:
    """A request of a wrong shape is refused before anything else is looked at; the dump's problems are told at once."""
    sets = [
        rr("a.ex.test.", "LOC", "x"),
        rr("b.ex.test.", "A", "no address"),
        rr("c.ex.test.", "CNAME", "d.test."),
        rr("c.ex.test.", "TXT", '"x"'),
    ]
    found = problems(lambda: ZoneDumps(dump(tmp_path, sets)))

    assert sorted(message.split()[3] for *_, message in found) == ["a.ex.test.", "b.ex.test.", "c.ex.test."]


def test_quotas_of_one_request_do_not_bound_a_zone(tmp_path: Path) -> None:
    sets = [rr(f"n{i}.ex.test.", "TXT", f'"{"x" * 100}"') for i in range(1200)]

    assert len(list(ZoneDumps(dump(tmp_path, sets)).record_sets("Z1"))) == 1202


def test_real_zones_hold_these_edges() -> None:
    dumps = ZoneDumps(shared("dns", "18f-dns"))
    held = {zone.name: list(dumps.record_sets(zone.id)) for zone in dumps.zones()}
    sets = [record for records in held.values() for record in records]

    apexes = [r for name, found in held.items() for r in found if r["Name"] == name and "AliasTarget" in r]
    assert len([r for r in apexes if r["AliasTarget"]["HostedZoneId"] == CLOUDFRONT]) == 43
    assert [r["Name"] for r in sets if r["Name"].startswith("\\100.")] == ["\\100.data.gov."]
    assert {r["Type"] for r in sets if r["Name"].startswith("\\052.")} >= {"A", "AAAA"}
    assert len([r for r in sets if r["Type"] == "DS"]) == 4
    assert any('" "' in v["Value"] for r in sets if r["Type"] == "TXT" for v in r["ResourceRecords"])
