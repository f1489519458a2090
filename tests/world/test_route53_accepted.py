"""Batches that Route 53 accepts."""

from __future__ import annotations

import pytest
from route53_batches import APEX_NS, APEX_SOA, ZONE_ID, alias, create, delete, refusal, rr, upsert, zone_of

from twinstage.model.record_set import canonical_record_set
from twinstage.world.memory.route53 import (
    Change,
    apply_changes,
)

A = rr("a.ex.test", "A", "10.0.0.1")
C = rr("c.ex.test", "CNAME", "a.ex.test")
BLUE = rr("w.ex.test", "A", "10.0.0.1", SetIdentifier="blue", Weight=1)
GREEN = rr("w.ex.test", "A", "10.0.0.2", SetIdentifier="green", Weight=0)
TWO = rr("two.ex.test", "A", "10.0.0.1", "10.0.0.2")
ZONE = zone_of(A, C, BLUE, GREEN, TWO, rr("t.ex.test", "TXT", '"x"'))

ACCEPTED: dict[str, list[Change]] = {
    "create": [create(rr("n.ex.test", "A", "10.0.0.1"))],
    "create at the apex": [create(rr("ex.test", "A", "10.0.0.1"))],
    "create with upper case and no dot": [create(rr("N.EX.Test", "A", "10.0.0.1"))],
    "create a wildcard": [create(rr("*.ex.test", "A", "10.0.0.1"))],
    "create with TTL 0": [create(rr("n.ex.test", "A", "10.0.0.1", ttl=0))],
    "upsert of nothing": [upsert(rr("n.ex.test", "A", "10.0.0.1"))],
    "upsert of something": [upsert(rr("a.ex.test", "A", "10.0.0.2", ttl=1))],
    "delete": [delete(A)],
    "delete spelled otherwise": [delete(rr("A.ex.TEST.", "A", "10.0.0.1"))],
    "delete with values in another order": [delete(rr("two.ex.test", "A", "10.0.0.2", "10.0.0.1"))],
    "delete of a CNAME with a trailing dot that it has not": [delete(rr("c.ex.test", "CNAME", "a.ex.test."))],
    "compare and set": [delete(A), create(rr("a.ex.test", "A", "10.0.0.3"))],
    "swap a CNAME for an A": [delete(C), create(rr("c.ex.test", "A", "10.0.0.1"))],
    "swap a CNAME for an A, the other way round": [create(rr("c.ex.test", "A", "10.0.0.1")), delete(C)],
    "swap an A for a CNAME": [delete(A), create(rr("a.ex.test", "CNAME", "b.ex.test"))],
    "another type beside an A": [create(rr("a.ex.test", "TXT", '"y"'))],
    "alias": [create(alias("al.ex.test", "A", "a.ex.test"))],
    "alias to an alias": [
        create(alias("al.ex.test", "A", "a.ex.test")),
        create(alias("am.ex.test", "A", "al.ex.test")),
    ],
    "alias and its target": [create(rr("n.ex.test", "A", "10.0.0.1")), create(alias("al.ex.test", "A", "n.ex.test"))],
    "alias before its target": [
        create(alias("al.ex.test", "A", "n.ex.test")),
        create(rr("n.ex.test", "A", "10.0.0.1")),
    ],
    "alias to a wildcard record": [
        create(rr("*.ex.test", "A", "10.0.0.1")),
        create(alias("al.ex.test", "A", "*.ex.test")),
    ],
    "alias to a weighted set": [create(alias("al.ex.test", "A", "w.ex.test"))],
    "alias to a load balancer": [create(alias("al.ex.test", "A", "x.elb.amazonaws.com", zone="Z35SXDOTRQ7X7K"))],
    "alias to CloudFront": [create(alias("ex.test", "A", "d1.cloudfront.net", zone="Z2FDTNDATAQYW2"))],
    "alias with the zone id's prefix": [create(alias("al.ex.test", "A", "a.ex.test", zone=f"/hostedzone/{ZONE_ID}"))],
    "alias of type CNAME": [create(alias("al.ex.test", "CNAME", "c.ex.test"))],
    "upsert of the apex NS": [upsert({**APEX_NS, "TTL": 600})],
    "upsert of the apex SOA": [upsert({**APEX_SOA, "TTL": 600})],
    "compare and set of the apex NS": [delete(APEX_NS), create({**APEX_NS, "TTL": 600})],
    "delegation": [create(rr("d.ex.test", "NS", "ns1.other.test", "ns2.other.test"))],
    "delete of a delegation": [upsert(rr("b.ex.test", "NS", "ns1.other.test")), delete(A)],
    "third weighted": [create(rr("w.ex.test", "A", "10.0.0.3", SetIdentifier="red", Weight=255))],
    "delete one weighted": [delete(BLUE)],
    "one policy for each type": [create(rr("w.ex.test", "AAAA", "::1"))],
    "from weighted to simple": [delete(BLUE), delete(GREEN), create(rr("w.ex.test", "A", "10.0.0.9"))],
    "weighted alias": [create(alias("w.ex.test", "A", "a.ex.test", SetIdentifier="al", Weight=3))],
    "rename a set identifier": [delete(BLUE), create({**BLUE, "SetIdentifier": "teal"})],
    "weighted CNAMEs": [
        create(rr("wc.ex.test", "CNAME", "a.ex.test", SetIdentifier="1", Weight=1)),
        create(rr("wc.ex.test", "CNAME", "b.ex.test", SetIdentifier="2", Weight=1)),
    ],
    "two regions": [
        create(rr("l.ex.test", "A", "10.0.0.1", SetIdentifier="1", Region="us-east-1")),
        create(rr("l.ex.test", "A", "10.0.0.2", SetIdentifier="2", Region="eu-west-1")),
    ],
    "failover": [
        create(rr("f.ex.test", "A", "10.0.0.1", SetIdentifier="1", Failover="PRIMARY", HealthCheckId="h")),
        create(rr("f.ex.test", "A", "10.0.0.2", SetIdentifier="2", Failover="SECONDARY")),
    ],
    "geolocation": [
        create(rr("g.ex.test", "A", "10.0.0.1", SetIdentifier="1", GeoLocation={"CountryCode": "*"})),
        create(rr("g.ex.test", "A", "10.0.0.2", SetIdentifier="2", GeoLocation={"CountryCode": "US"})),
    ],
    "multivalue": [
        create(rr("m.ex.test", "A", "10.0.0.1", SetIdentifier="1", MultiValueAnswer=True)),
        create(rr("m.ex.test", "A", "10.0.0.2", SetIdentifier="2", MultiValueAnswer=True)),
    ],
    "traffic policy": [create({"Name": "p.ex.test", "Type": "A", "TrafficPolicyInstanceId": "1234"})],
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(changes: list[Change]) -> None:
    assert refusal(ZONE, *changes) is None


def test_the_weights_and_values_of_an_upsert_replace_what_was_there() -> None:
    zone = apply_changes(ZONE, [upsert({**BLUE, "Weight": 9, "TTL": 5})])
    assert zone.records["w.ex.test.", "A", "blue"] == canonical_record_set({**BLUE, "Weight": 9, "TTL": 5})
    assert len(zone.records) == len(ZONE.records)
