"""Kind `holds`: the values of a name's record sets, at every moment or when it is over; the same in a replay and in an exploration."""

from __future__ import annotations

from typing import Any

from tests.validate.judging_both import Judged, judged

WEB = "web.ex.test."


def address(*values: str, **more: Any) -> dict[str, Any]:
    """The record set of the name with these addresses."""
    return {"Name": WEB, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value} for value in values], **more}


def asked(records: list[dict[str, Any]], *batches: list[dict[str, Any]], **more: Any) -> Judged:
    entry = {"kind": "holds", "names": [WEB], "type": "A", "values": ["192.0.2.1", "192.0.2.2"], **more}
    return judged(entry, records, *batches)


def put(*values: str) -> list[dict[str, Any]]:
    return [{"Action": "UPSERT", "ResourceRecordSet": address(*values)}]


def test_a_value_that_is_lost_breaks_it_at_the_call_that_lost_it():
    found = asked([address("192.0.2.1", "192.0.2.2")], put("192.0.2.1", "192.0.2.2", "192.0.2.3"), put("192.0.2.2"))

    assert found.broken == [1]
    assert found.told == ["web.ex.test. A has 192.0.2.2, not 192.0.2.1"]


def test_asked_at_the_end_only_what_is_left_counts():
    started, added = [address("192.0.2.1")], put("192.0.2.1", "192.0.2.2")

    assert asked(started, put("192.0.2.9"), added, at_end=True).left is False
    assert asked(started, added, put("192.0.2.9"), at_end=True).left is True


def test_where_nothing_else_may_be_there_more_is_wrong():
    more = put("192.0.2.1", "192.0.2.2", "192.0.2.3")

    assert asked([address("192.0.2.1", "192.0.2.2")], more).broken == []
    assert asked([address("192.0.2.1", "192.0.2.2")], more, exactly=True).told == ["web.ex.test. A has 192.0.2.3 too"]


def test_record_sets_of_a_routing_policy_count_together():
    blue, green = (address(f"192.0.2.{n}", SetIdentifier=str(n), Weight=1) for n in (1, 2))

    gone = [{"Action": "DELETE", "ResourceRecordSet": green}]
    assert asked([blue, green], gone).told == ["web.ex.test. A has 192.0.2.1, not 192.0.2.2"]


def test_a_name_without_records_holds_nothing():
    gone = [{"Action": "DELETE", "ResourceRecordSet": address("192.0.2.1", "192.0.2.2")}]

    assert asked([address("192.0.2.1", "192.0.2.2")], gone).told == [
        "web.ex.test. A has nothing, not 192.0.2.1, 192.0.2.2"
    ]
