"""Batches that Route 53 refuses, each with its first cause and AWS's whole message; and the order of problems."""

from __future__ import annotations

import pytest
from route53_batches import APEX_NS, APEX_SOA, ZONE_ID, alias, create, delete, refusal, rr, upsert, zone_of

from twinstage.model.errors import TwinstageError
from twinstage.world.memory.route53 import (
    Cause,
    Change,
    ChangeRefused,
    apply_changes,
    changes_from,
    record_sets,
    zone_from,
)

A = rr("a.ex.test", "A", "10.0.0.1")
C = rr("c.ex.test", "CNAME", "a.ex.test")
BLUE = rr("w.ex.test", "A", "10.0.0.1", SetIdentifier="blue", Weight=1)
GREEN = rr("w.ex.test", "A", "10.0.0.2", SetIdentifier="green", Weight=0)
ZONE = zone_of(A, C, BLUE, GREEN, rr("t.ex.test", "TXT", '"x"'))

REFUSED: dict[str, tuple[list[Change], Cause, str]] = {
    "create again": (
        [create(A)],
        Cause.CREATE_EXISTING,
        "[Tried to create resource record set [name='a.ex.test.', type='A'] but it already exists]",
    ),
    "create with another value": (
        [create(rr("a.ex.test", "A", "10.0.0.2"))],
        Cause.CREATE_EXISTING,
        "[Tried to create resource record set [name='a.ex.test.', type='A'] but it already exists]",
    ),
    "create spelled otherwise": (
        [create(rr("A.EX.TEST", "A", "10.0.0.2"))],
        Cause.CREATE_EXISTING,
        "[Tried to create resource record set [name='a.ex.test.', type='A'] but it already exists]",
    ),
    "second TXT": (
        [create(rr("t.ex.test", "TXT", '"y"'))],
        Cause.CREATE_EXISTING,
        "[Tried to create resource record set [name='t.ex.test.', type='TXT'] but it already exists]",
    ),
    "same set identifier": (
        [create(GREEN)],
        Cause.CREATE_EXISTING,
        (
            "[Tried to create resource record set [name='w.ex.test.', type='A', set-identifier='green'] "
            "but it already exists]"
        ),
    ),
    "delete with another value": (
        [delete(rr("a.ex.test", "A", "10.0.0.9"))],
        Cause.DELETE_MISMATCH,
        (
            "[Tried to delete resource record set [name='a.ex.test.', type='A'] "
            "but the values provided do not match the current values]"
        ),
    ),
    "delete with another TTL": (
        [delete(rr("a.ex.test", "A", "10.0.0.1", ttl=61))],
        Cause.DELETE_MISMATCH,
        (
            "[Tried to delete resource record set [name='a.ex.test.', type='A'] "
            "but the values provided do not match the current values]"
        ),
    ),
    "delete with another weight": (
        [delete({**BLUE, "Weight": 2})],
        Cause.DELETE_MISMATCH,
        (
            "[Tried to delete resource record set [name='w.ex.test.', type='A', set-identifier='blue'] "
            "but the values provided do not match the current values]"
        ),
    ),
    "delete with a health check that it has not": (
        [delete({**BLUE, "HealthCheckId": "h"})],
        Cause.DELETE_MISMATCH,
        (
            "[Tried to delete resource record set [name='w.ex.test.', type='A', set-identifier='blue'] "
            "but the values provided do not match the current values]"
        ),
    ),
    "delete of nothing": (
        [delete(rr("zz.ex.test", "A", "10.0.0.1"))],
        Cause.DELETE_MISMATCH,
        "[Tried to delete resource record set [name='zz.ex.test.', type='A'] but it was not found]",
    ),
    "compare and set on another value": (
        [delete(rr("a.ex.test", "A", "10.0.0.9")), create(rr("a.ex.test", "A", "10.0.0.3"))],
        Cause.DELETE_MISMATCH,
        (
            "[Tried to delete resource record set [name='a.ex.test.', type='A'] "
            "but the values provided do not match the current values, "
            "Tried to create resource record set [name='a.ex.test.', type='A'] but it already exists]"
        ),
    ),
    "CNAME at the apex": (
        [create(rr("ex.test", "CNAME", "a.ex.test"))],
        Cause.CNAME_BESIDE_ANOTHER,
        "[RRSet of type CNAME with DNS name ex.test. is not permitted at apex in zone ex.test.]",
    ),
    "CNAME alias at the apex": (
        [create(alias("ex.test", "CNAME", "c.ex.test"))],
        Cause.CNAME_BESIDE_ANOTHER,
        "[RRSet of type CNAME with DNS name ex.test. is not permitted at apex in zone ex.test.]",
    ),
    "CNAME beside an A": (
        [create(rr("a.ex.test", "CNAME", "b.ex.test"))],
        Cause.CNAME_BESIDE_ANOTHER,
        (
            "[RRSet of type CNAME with DNS name a.ex.test. is not permitted as it conflicts with other records "
            "with the same DNS name in zone ex.test.]"
        ),
    ),
    "A and TXT beside a CNAME": (
        [create(rr("c.ex.test", "TXT", '"x"')), upsert(rr("c.ex.test", "A", "10.0.0.1"))],
        Cause.CNAME_BESIDE_ANOTHER,
        (
            "[RRSet of type A with DNS name c.ex.test. is not permitted because a conflicting RRSet of type  CNAME "
            "with the same DNS name already exists in zone ex.test., "
            "RRSet of type TXT with DNS name c.ex.test. is not permitted because a conflicting RRSet of type  CNAME "
            "with the same DNS name already exists in zone ex.test.]"
        ),
    ),
    "CNAME and A in one batch": (
        [create(rr("n.ex.test", "A", "10.0.0.1")), create(rr("n.ex.test", "CNAME", "a.ex.test"))],
        Cause.CNAME_BESIDE_ANOTHER,
        (
            "[RRSet of type CNAME with DNS name n.ex.test. is not permitted as it conflicts with other records "
            "with the same DNS name in zone ex.test.]"
        ),
    ),
    "CNAME with two values": (
        [create(rr("n.ex.test", "CNAME", "a.ex.test", "b.ex.test"))],
        Cause.BAD_VALUE,
        (
            "[Invalid Resource Record: 'FATAL problem: CNAMERRSetTooManyRecords (CNAME has more than one value) "
            "encountered with 'n.ex.test.'']"
        ),
    ),
    "alias to nothing": (
        [create(alias("al.ex.test", "A", "nope.ex.test"))],
        Cause.ALIAS_TARGET_MISSING,
        (
            f"[Tried to create an alias that targets nope.ex.test., type A in zone {ZONE_ID}, "
            "but that target was not found]"
        ),
    ),
    "alias to another type": (
        [create(alias("al.ex.test", "AAAA", "a.ex.test"))],
        Cause.ALIAS_TARGET_MISSING,
        (
            f"[Tried to create an alias that targets a.ex.test., type AAAA in zone {ZONE_ID}, "
            "but that target was not found]"
        ),
    ),
    "alias to itself": (
        [create(alias("al.ex.test", "A", "al.ex.test"))],
        Cause.ALIAS_TARGET_MISSING,
        f"[Tried to create an alias that targets al.ex.test., type A in zone {ZONE_ID}, but that target was not found]",
    ),
    "alias whose target the batch deletes": (
        [create(alias("al.ex.test", "A", "a.ex.test")), delete(A)],
        Cause.ALIAS_TARGET_MISSING,
        f"[Tried to create an alias that targets a.ex.test., type A in zone {ZONE_ID}, but that target was not found]",
    ),
    "alias out of the zone under the zone's own id": (
        [create(alias("al.ex.test", "A", "x.other.test"))],
        Cause.ALIAS_TARGET_MISSING,
        (
            f"[Tried to create an alias that targets x.other.test., type A in zone {ZONE_ID}, "
            "but the alias target name does not lie within the target zone, "
            f"Tried to create an alias that targets x.other.test., type A in zone {ZONE_ID}, but that target was not found]"
        ),
    ),
    "NS alias": (
        [create(alias("al.ex.test", "NS", "ex.test"))],
        Cause.NOT_SUPPORTED,
        "[RRSet of type NS with DNS name al.ex.test. cannot be an alias.]",
    ),
    "delete of the apex NS": (
        [delete(APEX_NS)],
        Cause.APEX_RECORD_DELETED,
        "[A HostedZone must contain at least one NS record for the zone itself.]",
    ),
    "delete of the apex SOA": (
        [delete(APEX_SOA)],
        Cause.APEX_RECORD_DELETED,
        "[A HostedZone must contain exactly one SOA record.]",
    ),
    "outside the zone": (
        [create(rr("a.other.test", "A", "10.0.0.1"))],
        Cause.OUTSIDE_ZONE,
        "[RRSet with DNS name a.other.test. is not permitted in zone ex.test.]",
    ),
    "outside the zone by half a label": (
        [create(rr("aex.test", "A", "10.0.0.1"))],
        Cause.OUTSIDE_ZONE,
        "[RRSet with DNS name aex.test. is not permitted in zone ex.test.]",
    ),
    "simple beside weighted": (
        [create(rr("w.ex.test", "A", "10.0.0.1"))],
        Cause.MIXED_ROUTING,
        "[RRSet with DNS name w.ex.test., type A cannot be created as other RRSets exist with the same name and type.]",
    ),
    "weighted beside simple": (
        [create(rr("a.ex.test", "A", "10.0.0.1", SetIdentifier="x", Weight=1))],
        Cause.MIXED_ROUTING,
        (
            "[RRSet with DNS name a.ex.test., type A, SetIdentifier x cannot be created as a non-weighted set exists "
            "with the same name and type.]"
        ),
    ),
    "latency beside weighted": (
        [create(rr("w.ex.test", "A", "10.0.0.1", SetIdentifier="l", Region="us-east-1"))],
        Cause.MIXED_ROUTING,
        (
            "[RRSet with DNS name w.ex.test., type A, SetIdentifier l cannot be created as a non-latency set exists "
            "with the same name and type.]"
        ),
    ),
    "one region twice": (
        [
            create(rr("l.ex.test", "A", "10.0.0.1", SetIdentifier="1", Region="us-east-1")),
            create(rr("l.ex.test", "A", "10.0.0.2", SetIdentifier="2", Region="us-east-1")),
        ],
        Cause.SAME_ROUTING_VALUE,
        (
            "[RRSet with DNS name l.ex.test., type A, SetIdentifier 1, and Region Name=us-east-1 cannot be created "
            "because a latency RRSet with the same name, type and region already exists., "
            "RRSet with DNS name l.ex.test., type A, SetIdentifier 2, and Region Name=us-east-1 cannot be created "
            "because a latency RRSet with the same name, type and region already exists.]"
        ),
    ),
    "weighted NS": (
        [create(rr("d.ex.test", "NS", "ns1.other.test", SetIdentifier="x", Weight=1))],
        Cause.NOT_SUPPORTED,
        "[RRSet of type NS with DNS name d.ex.test. cannot have a weighted routing policy.]",
    ),
    "multivalue alias": (
        [create(alias("m.ex.test", "A", "a.ex.test", SetIdentifier="x", MultiValueAnswer=True))],
        Cause.NOT_SUPPORTED,
        "[RRSet with DNS name m.ex.test., type A cannot be both an alias and a multivalue answer.]",
    ),
    "one set created and set in one batch": (
        [create(rr("d.ex.test", "A", "10.0.0.1")), upsert(rr("d.ex.test", "A", "10.0.0.2"))],
        Cause.REPEATED_IN_BATCH,
        "[The request contains an invalid set of changes for a resource record set 'A d.ex.test.']",
    ),
    "one set deleted twice": (
        [delete(A), delete(A)],
        Cause.REPEATED_IN_BATCH,
        "[The request contains an invalid set of changes for a resource record set 'A a.ex.test.']",
    ),
    "create, then delete": (
        [create(rr("d.ex.test", "A", "10.0.0.1")), delete(rr("d.ex.test", "A", "10.0.0.1"))],
        Cause.REPEATED_IN_BATCH,
        "[The request contains an invalid set of changes for a resource record set 'A d.ex.test.']",
    ),
    "delete, create, create": (
        [delete(A), create(A), create(A)],
        Cause.REPEATED_IN_BATCH,
        "[The request contains an invalid set of changes for a resource record set 'A a.ex.test.']",
    ),
    "one value twice": (
        [create(rr("d.ex.test", "A", "10.0.0.1", "10.0.0.1"))],
        Cause.DUPLICATE_VALUE,
        "[Duplicate Resource Record: '10.0.0.1']",
    ),
    "an empty label": (
        [create(rr("a..ex.test", "A", "10.0.0.1"))],
        Cause.BAD_NAME,
        "[FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..ex.test']",
    ),
    "no name": (
        [create(rr("", "A", "10.0.0.1"))],
        Cause.BAD_NAME,
        "[FATAL problem: DomainNameEmpty (Domain name is empty) encountered with '']",
    ),
    "bad value": (
        [create(rr("n.ex.test", "A", "10.0.0.256"))],
        Cause.BAD_VALUE,
        (
            "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) "
            "encountered with '10.0.0.256'']"
        ),
    ),
}


@pytest.mark.parametrize(("changes", "cause", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(changes: list[Change], cause: Cause, message: str) -> None:
    before = record_sets(ZONE)
    refused = refusal(ZONE, *changes)
    assert refused is not None
    assert (refused.error, refused.problems[0].cause, refused.message) == ("InvalidChangeBatch", cause, message)
    assert record_sets(ZONE) == before


def test_a_cname_conflict_names_the_first_change_at_the_name() -> None:
    refused = refusal(zone_of(A), delete(A), create(rr("a.ex.test", "CNAME", "b.ex.test")), create(A))
    assert refused is not None
    assert [(p.cause, p.name, p.type) for p in refused.problems] == [
        (Cause.CNAME_BESIDE_ANOTHER, "a.ex.test.", "A"),
    ]


def test_a_conflict_that_was_captured_can_be_deleted_but_not_touched_otherwise() -> None:
    captured = zone_of(A, rr("a.ex.test", "CNAME", "b.ex.test"))
    assert refusal(captured, delete(A)) is None
    assert refusal(captured, upsert(A)) is not None


def test_a_cname_captured_at_the_apex_keeps_other_types_away() -> None:
    captured = zone_of(rr("ex.test", "CNAME", "b.other.test"))
    assert refusal(captured, delete(rr("ex.test", "CNAME", "b.other.test"))) is None
    refused = refusal(captured, create(rr("ex.test", "TXT", '"x"')))
    assert refused is not None
    assert refused.problems[0].cause is Cause.CNAME_BESIDE_ANOTHER


def test_every_problem_of_a_batch_is_reported_in_the_order_of_the_batch() -> None:
    refused = refusal(
        ZONE,
        create(alias("al.ex.test", "A", "nope.ex.test")),
        create(rr("m1.ex.test", "A", "bad1")),
        delete(rr("zz.ex.test", "A", "10.0.0.1")),
        create(rr("good.ex.test", "A", "10.0.0.1")),
        create(rr("c.ex.test", "A", "10.0.0.1")),
    )
    assert refused is not None
    assert [(p.cause, p.name) for p in refused.problems] == [
        (Cause.ALIAS_TARGET_MISSING, "al.ex.test."),
        (Cause.BAD_VALUE, "m1.ex.test."),
        (Cause.DELETE_MISMATCH, "zz.ex.test."),
        (Cause.CNAME_BESIDE_ANOTHER, "c.ex.test."),
    ]


def test_a_refusal_is_an_error_of_ours_with_awss_code_and_causes() -> None:
    with pytest.raises(TwinstageError) as caught:
        apply_changes(ZONE, [create(A)])
    assert isinstance(caught.value, ChangeRefused)
    assert caught.value.code == "ROUTE53_REFUSED"
    assert caught.value.details == {"error": "InvalidChangeBatch", "causes": ["CREATE of an existing set"]}


def test_a_private_zone_takes_no_alias_to_cloudfront() -> None:
    to_cloudfront = create(alias("al.ex.test", "A", "d1.cloudfront.net", zone="Z2FDTNDATAQYW2"))
    to_elb = create(alias("al.ex.test", "A", "x.elb.amazonaws.com", zone="Z35SXDOTRQ7X7K"))
    refused = refusal(zone_of(private=True), to_cloudfront)
    assert refused is not None
    assert refused.problems[0].cause is Cause.NOT_SUPPORTED
    assert refusal(zone_of(private=True), to_elb) is None


def test_names_come_back_canonical_and_in_the_apis_order() -> None:
    zone = apply_changes(
        zone_of(), [create(rr("*.EX.test", "A", "10.0.0.1")), create(rr("b.ex.test", "A", "10.0.0.1"))]
    )
    assert [record_set["Name"] for record_set in record_sets(zone)] == [
        "ex.test.",
        "ex.test.",
        "\\052.ex.test.",
        "b.ex.test.",
    ]


def test_changes_are_read_from_the_form_of_boto3() -> None:
    batch = [{"Action": "DELETE", "ResourceRecordSet": A}, {"Action": "CREATE", "ResourceRecordSet": C}]
    assert changes_from(batch) == (Change("DELETE", A), Change("CREATE", C))


def test_a_zone_takes_its_id_with_or_without_prefix() -> None:
    zone = zone_from([], id="/hostedzone/Z1", name="Ex.Test")
    assert (zone.id, zone.name, zone.private, zone.records) == ("Z1", "ex.test.", False, {})
