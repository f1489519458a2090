"""What zones hold at the edges of Route 53 goes the whole road, each edge by itself.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.road import imported
from tests.state.memory_zones import alias, apex, rr
from tests.world.dump_files import write
from twinstage.state.snapshot import get_record_sets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.road import Arrived
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore

    Arrives = Callable[[Manifest], Arrived]

ZONE, CLOUDFRONT, CHECK = "Z0123456789ABCDEFGHIJ", "Z2FDTNDATAQYW2", "01234567-89ab-cdef-0123-456789abcdef"


def routed(name: str, identifier: str, **fields: Any) -> dict[str, Any]:
    return rr(name, "A", "192.0.2.1", SetIdentifier=identifier, **fields)


WEB = [rr("web.ex.test.", "A", "192.0.2.7"), rr("web.ex.test.", "AAAA", "2001:db8::7")]
EDGES: dict[str, list[dict[str, Any]]] = {
    "octal names": [
        rr(r"\052.ex.test.", "A", "192.0.2.1"),
        rr(r"*.a.ex.test.", "A", "192.0.2.1"),
        rr(r"info\100mail.ex.test.", "TXT", '"x"'),
        rr(r"a\040b\134c.ex.test.", "TXT", '"x"'),
        rr(r"a\056b.ex.test.", "TXT", '"x"'),
        rr("_dmarc._under.ex.test.", "TXT", '"v=DMARC1; p=none"'),
    ],
    "texts of several strings": [
        rr("long.ex.test.", "TXT", f'"{"x" * 255}" "{"y" * 255}" "{"z" * 10}"'),
        rr("odd.ex.test.", "TXT", r'"a \"quote\" and \\ a backslash"', '"" "after nothing"', r'"\303\244 \011 tab"'),
        rr("key._domainkey.ex.test.", "TXT", f'"v=DKIM1; k=rsa; p={"A" * 230}" "{"B" * 180}"'),
        rr("spf.ex.test.", "SPF", '"v=spf1 -all"'),
    ],
    "an apex alias inside the zone": [*WEB, *(alias("ex.test.", kind, "web.ex.test.", ZONE) for kind in ("A", "AAAA"))],
    "an apex alias out of the zone": [
        alias("ex.test.", kind, "d111111abcdef8.cloudfront.net.", CLOUDFRONT) for kind in ("A", "AAAA", "HTTPS")
    ],
    "aliases of 43 names with one target out of the zone": [
        alias(f"w{i}.ex.test.", "A", "d111111abcdef8.cloudfront.net.", CLOUDFRONT) for i in range(43)
    ],
    "an alias that evaluates its target's health": [
        *WEB,
        alias("h.ex.test.", "A", "web.ex.test.", ZONE)
        | {"AliasTarget": {"HostedZoneId": ZONE, "DNSName": "web.ex.test.", "EvaluateTargetHealth": True}},
    ],
    "a chain of aliases": [
        *WEB,
        *(alias(f"c{i}.ex.test.", "A", f"c{i + 1}.ex.test.", ZONE) for i in range(5)),
        alias("c5.ex.test.", "A", "web.ex.test.", ZONE),
    ],
    "a DS beside a delegation": [
        rr("child.ex.test.", "NS", "ns1.other.test.", "ns2.other.test."),
        rr("child.ex.test.", "DS", f"12345 13 2 {'AB' * 32}"),
        rr("ns1.child.ex.test.", "A", "192.0.2.53"),
    ],
    "service bindings": [
        rr("svc.ex.test.", "SVCB", "1 target.ex.test. alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2"),
        rr("svc.ex.test.", "HTTPS", '1 . alpn="h2,h3" ipv6hint="2001:db8::1"'),
        rr("old.ex.test.", "HTTPS", "0 svc.ex.test."),
        rr("_8443._https.ex.test.", "HTTPS", "1 . mandatory=alpn,port alpn=h3 port=8443 no-default-alpn key667=hello"),
    ],
    "weights beside an alias": [
        *WEB,
        routed("w.ex.test.", "plain", Weight=0),
        routed("w.ex.test.", "other", Weight=255),
        alias("w.ex.test.", "A", "web.ex.test.", ZONE, SetIdentifier="alias", Weight=3),
        alias("w.ex.test.", "A", "d1.cloudfront.net.", CLOUDFRONT, SetIdentifier="away", Weight=1),
    ],
    "a null MX": [rr("ex.test.", "MX", "0 ."), rr("m.ex.test.", "MX", "10 mx1.ex.test.", "65535 mx2.ex.test.")],
    "a CAA that allows nobody": [
        rr("ex.test.", "CAA", '0 issue ";"', '0 issuewild ";"', '128 iodef "mailto:a@ex.test"'),
        rr("one.ex.test.", "CAA", '0 issue "ca.test; account=1"'),
    ],
    "an SRV without a target": [
        rr("_imap._tcp.ex.test.", "SRV", "0 0 0 ."),
        rr("_ldap._tcp.ex.test.", "SRV", "10 60 389 a.ex.test.", "20 0 389 b.ex.test."),
    ],
    "keys, certificates and rules": [
        rr("host.ex.test.", "SSHFP", f"1 1 {'ab' * 20}", f"4 2 {'CD' * 32}"),
        rr("_443._tcp.ex.test.", "TLSA", f"3 1 1 {'0f' * 32}"),
        rr("e164.ex.test.", "NAPTR", '100 10 "U" "E2U+sip" "!^.*$!sip:info@ex.test!" .', '100 50 "" "" "" a.ex.test.'),
        rr("4.3.2.1.ex.test.", "PTR", "host.ex.test."),
    ],
    "failover with a health check": [
        routed("f.ex.test.", "first", Failover="PRIMARY", HealthCheckId=CHECK),
        alias("f.ex.test.", "A", "d1.cloudfront.net.", CLOUDFRONT, SetIdentifier="second", Failover="SECONDARY"),
    ],
    "places on the earth": [
        routed("geo.ex.test.", "eu", GeoLocation={"ContinentCode": "EU"}),
        routed("geo.ex.test.", "de", GeoLocation={"CountryCode": "DE"}),
        routed("geo.ex.test.", "ca", GeoLocation={"CountryCode": "US", "SubdivisionCode": "CA"}),
        routed("geo.ex.test.", "else", GeoLocation={"CountryCode": "*"}),
    ],
    "nearness": [
        routed("near.ex.test.", "r", GeoProximityLocation={"AWSRegion": "eu-west-1", "Bias": -10}),
        routed(
            "near.ex.test.", "c", GeoProximityLocation={"Coordinates": {"Latitude": "49.22", "Longitude": "-74.01"}}
        ),
    ],
    "latency": [routed("lat.ex.test.", r, Region=r) for r in ("us-east-1", "eu-central-1", "ap-northeast-3")],
    "several answers": [
        routed("mv.ex.test.", "1", MultiValueAnswer=True, HealthCheckId=CHECK),
        routed("mv.ex.test.", "2", MultiValueAnswer=True),
    ],
    "the caller's network": [
        routed(
            "cidr.ex.test.",
            place,
            CidrRoutingConfig={"CollectionId": "c8c02a84-aaaa-bbbb-e0d2-d833a2f80106", "LocationName": place},
        )
        for place in ("office", "*")
    ],
    "one identifier of strange characters": [routed("s.ex.test.", 'Ünïcode / 100 % "x"', Weight=1)],
    "the longest and the shortest": [
        rr(f"{'l' * 63}.{'m' * 63}.{'n' * 63}.{'o' * 50}.ex.test.", "A", "192.0.2.1", ttl=0),
        rr("max.ex.test.", "A", *(f"192.0.2.{i}" for i in range(200)), ttl=2147483647),
    ],
    "names whose order differs from their text's": [
        rr(name, "A", "192.0.2.1")
        for name in ("a.ex.test.", "a-b.ex.test.", "z.a.ex.test.", "a.a-b.ex.test.", "_a.ex.test.", "0.ex.test.")
    ],
    "nothing but the apex": [],
}


def dumped(folder: Path, records: list[dict[str, Any]], **config: Any) -> Path:
    """A zone as the AWS CLI prints it, with the health check that its records may name."""
    listed = {"Id": f"/hostedzone/{ZONE}", "Name": "ex.test.", "Config": {"PrivateZone": False, **config}}
    check = {"Type": "HTTPS", "FullyQualifiedDomainName": "web.ex.test", "Port": 443, "ResourcePath": "/up"}
    answers = {
        "hosted-zones.json": {"HostedZones": [listed]},
        "ex.test.json": {"ResourceRecordSets": [*apex("ex.test."), *records], "IsTruncated": False},
        "checks.json": {"HealthChecks": [{"Id": CHECK, "CallerReference": "1", "HealthCheckConfig": check}]},
    }
    return write(folder, answers)


@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_of_route53(arrives: Arrives, store: DirectoryStore, tmp_path: Path, edge: str) -> None:
    manifest = imported(store, zones=dumped(tmp_path / "zones", EDGES[edge]))
    assert manifest.zones[0].record_sets == len(EDGES[edge]) + 2

    arrives(manifest)


@pytest.mark.parametrize("edge", EDGES)
def test_the_order_of_a_listing_says_nothing(store: DirectoryStore, tmp_path: Path, edge: str) -> None:
    one, other = (
        imported(store, zones=dumped(tmp_path / name, records))
        for name, records in (("a", EDGES[edge]), ("b", EDGES[edge][::-1]))
    )

    assert one.digest == other.digest


def test_all_edges_in_one_zone(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    apart = {name: [r for r in records if r["Name"] != "ex.test." and r not in WEB] for name, records in EDGES.items()}
    records = [*WEB, *EDGES["an apex alias out of the zone"], *EDGES["a null MX"][:1]]
    manifest = imported(
        store, zones=dumped(tmp_path / "zones", [*records, *(r for some in apart.values() for r in some)])
    )

    came = arrives(manifest)

    fields = {(s["subject"], s["field"]) for s in came.fidelity["substitutions"]}
    assert {("ex.test. A", "AliasTarget"), ("f.ex.test. A first", "HealthCheckId")} <= fields
    assert manifest.health_checks[0].configuration["ResourcePath"] == "/up"


def test_43_zones_with_an_apex_alias_each(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    """One twin of 43 zones: an alias inside its zone names the twin's own id, one out of it leads to a stub."""
    listed, answers = [], dict[str, Any]()
    for number in range(43):
        name, id_ = f"zone{number}.test.", f"Z{number:020d}"
        listed.append({"Id": f"/hostedzone/{id_}", "Name": name, "Config": {"PrivateZone": False}})
        inside = [rr(f"www.{name}", "A", "192.0.2.1"), alias(name, "A", f"www.{name}", id_)]
        outside = [alias(name, "A", f"d{number}.cloudfront.net.", CLOUDFRONT)]
        answers[f"{name}json"] = {"ResourceRecordSets": [*apex(name), *(inside if number % 2 else outside)]}
    manifest = imported(
        store, zones=write(tmp_path / "zones", {"hosted-zones.json": {"HostedZones": listed}, **answers})
    )

    came = arrives(manifest)

    told = [s for s in came.fidelity["substitutions"] if s["field"] == "AliasTarget"]
    assert len(told) == 43
    assert sum("stub" in s["reason"] for s in told) == 22


def test_a_zone_with_comment_tags_and_networks(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    folder = dumped(tmp_path / "zones", [], Comment='Größe — "the" zone', PrivateZone=True)
    vpcs = [{"VPCRegion": "eu-west-1", "VPCId": "vpc-2"}, {"VPCRegion": "eu-west-1", "VPCId": "vpc-1"}]
    zone = {"HostedZone": {"Id": ZONE, "Name": "ex.test.", "Config": {"PrivateZone": True}}, "VPCs": vpcs}
    tags = {"ResourceType": "hostedzone", "ResourceId": ZONE, "Tags": [{"Key": "a b", "Value": ""}]}
    manifest = imported(store, zones=write(folder, {"zone.json": zone, "tags.json": {"ResourceTagSet": tags}}))
    found = manifest.zones[0]
    assert (found.comment, dict(found.tags), [v["VPCId"] for v in found.vpcs]) == (
        'Größe — "the" zone',
        {"a b": ""},
        ["vpc-1", "vpc-2"],
    )

    arrives(manifest)


@pytest.mark.parametrize("account", ["memory"], indirect=True)
def test_a_zone_of_ten_thousand_records(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    records = [rr(f"h{i:05}.ex.test.", "A", f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}") for i in range(9998)]
    manifest = imported(store, zones=dumped(tmp_path / "zones", records))

    assert arrives(manifest).written.changes == 9998
    assert len(get_record_sets(store, manifest.zones[0].part)) == 10_000
