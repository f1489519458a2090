"""Two calls that are said to be independent commute, whatever the world holds; and what should be independent is."""

from __future__ import annotations

import itertools

import pytest
from calls_at_random import calls, interned
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted import a, alias, call, change, create, delete, get, listing, put, txt
from starts import world

from twinstage.explore.independence import Independence


def dependent(one, other, *records, items=None) -> bool:
    aws = interned(world(*records, items=items))
    return Independence(aws).dependent(aws.request(one), aws.root, aws.request(other), aws.root)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, max_size=8), calls, calls)
def test_calls_that_are_independent_commute(before, one, other):
    aws = interned()
    state = aws.root
    for made in before:
        state, _ = aws.apply(state, aws.request(made), 0)
    first, second = aws.request(one), aws.request(other)

    if Independence(aws).dependent(first, state, second, state):
        return

    after_first, answer_first = aws.apply(state, first, 0)
    then_second, answer_second = aws.apply(after_first, second, 0)
    after_second, second_answer = aws.apply(state, second, 0)
    then_first, first_answer = aws.apply(after_second, first, 0)
    assert then_second == then_first
    assert answer_first is first_answer
    assert answer_second is second_answer


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, max_size=6), calls, calls)
def test_dependence_has_no_direction(before, one, other):
    aws = interned()
    state = aws.root
    for made in before:
        state, _ = aws.apply(state, aws.request(made), 0)
    first, second = aws.request(one), aws.request(other)
    assert Independence(aws).dependent(first, state, second, state) == Independence(aws).dependent(
        second, state, first, state
    )


RECORDS = (
    a("a.example.com.", "10.0.0.1"),
    a("b.example.com.", "10.0.0.2"),
    a("c.example.com.", "10.0.0.3"),
    a("d.example.com.", "10.0.0.4"),
    a("x.example.org.", "10.0.0.5"),
)
UPSERT_B = change(("UPSERT", a("b.example.com.", "10.9.9.9")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(UPSERT_B, change(("UPSERT", a("c.example.com.", "10.9.9.9"))), id="writes of different names"),
        pytest.param(UPSERT_B, change(("UPSERT", txt("b.example.com.", "x"))), id="different types beside each other"),
        pytest.param(UPSERT_B, change(("UPSERT", a("x.example.org.", "10.9.9.9")), zone="Z2"), id="different zones"),
        pytest.param(UPSERT_B, listing("c.example.com."), id="a page that begins behind the write"),
        pytest.param(UPSERT_B, put("j", 1), id="different services"),
        pytest.param(get("j"), get("j"), id="two reads"),
        pytest.param(put("j", 1), put("k", 1), id="writes of different items"),
        pytest.param(put("j", 1), get("k"), id="a read of another item"),
        pytest.param(UPSERT_B, call("sts", "GetCallerIdentity"), id="what asks nobody's data"),
        pytest.param(
            change(("DELETE", RECORDS[0]), ("CREATE", RECORDS[0]), ("UPSERT", txt("y.example.com.", "1"))),
            change(("DELETE", RECORDS[0]), ("CREATE", RECORDS[0]), ("UPSERT", txt("z.example.com.", "1"))),
            id="two batches that only assert the same record set",
        ),
    ],
)
def test_independent(one, other):
    assert not dependent(one, other, *RECORDS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(UPSERT_B, UPSERT_B, id="writes of one record set"),
        pytest.param(
            UPSERT_B, change(("DELETE", RECORDS[1]), ("CREATE", RECORDS[1])), id="an assertion of what is written"
        ),
        pytest.param(
            change(("DELETE", RECORDS[1])),
            change(("UPSERT", alias("d.example.com.", "b.example.com."))),
            id="an alias's target that is deleted",
        ),
        pytest.param(
            UPSERT_B,
            change(("CREATE", {**txt("b.example.com.", ""), "Type": "CNAME", "ResourceRecords": [{"Value": "y.com"}]})),
            id="a CNAME where something else is written",
        ),
        pytest.param(UPSERT_B, listing("b.example.com.", "A", 1), id="the first of a page"),
        pytest.param(UPSERT_B, listing("a.example.com.", "A", 1), id="what a page names as the next"),
        pytest.param(UPSERT_B, listing(), id="a page that ends behind the write"),
        pytest.param(UPSERT_B, call("route53", "GetHostedZone", Id="Z1"), id="a zone's count of record sets"),
        pytest.param(UPSERT_B, call("route53", "DeleteHostedZone", Id="Z2"), id="what is not known key by key"),
        pytest.param(put("j", 1), get("j"), id="a read of the item"),
        pytest.param(create("j"), delete("j"), id="a condition on the item"),
        pytest.param(put("j", 1), call("dynamodb", "Scan", TableName="items"), id="a scan"),
        pytest.param(put("j", 1), call("dynamodb", "DescribeTable", TableName="items"), id="a count of items"),
    ],
)
def test_dependent(one, other):
    assert dependent(one, other, *RECORDS)


def test_asserting_a_value_with_a_name_in_it_may_respell_it():
    """A DELETE matches with and without the name's trailing dot, and the CREATE after it puts its own spelling."""
    stored = {"Name": "m.example.com.", "Type": "MX", "TTL": 60, "ResourceRecords": [{"Value": "10 x.com"}]}
    respelled = {**stored, "ResourceRecords": [{"Value": "10 x.com."}]}
    assertion = change(("DELETE", respelled), ("CREATE", respelled))
    aws = interned(world(stored))
    assert aws.apply(aws.root, aws.request(assertion), 0)[0] != aws.root
    assert dependent(assertion, listing("m.example.com."), stored)


def test_a_page_reaches_as_far_as_the_zone_makes_it():
    """One record set from `a` on names `b` as the next; once `b` is gone, `c`."""
    aws = interned(world(*RECORDS))
    page, write_c = aws.request(listing("a.example.com.", "A", 1)), aws.request(change(("DELETE", RECORDS[2])))
    without_b, _ = aws.apply(aws.root, aws.request(change(("DELETE", RECORDS[1]))), 0)
    assert not Independence(aws).dependent(page, aws.root, write_c, aws.root)
    assert Independence(aws).dependent(page, without_b, write_c, without_b)


def test_equal_calls_are_one_request_whatever_the_order_of_their_members():
    aws = interned()
    one = call("dynamodb", "GetItem", TableName="items", Key={"pk": {"S": "j"}})
    other = call("dynamodb", "GetItem", Key={"pk": {"S": "j"}}, TableName="items")
    assert aws.request(one) is aws.request(other)


def test_the_shape_of_a_call_is_its_keys_and_not_its_values():
    aws = interned()
    shapes = [aws.request(one).shape for one in (create("j", 1), create("j", 2), create("k", 1), put("j", 1), get("j"))]
    assert shapes[0] == shapes[1] == shapes[3]
    assert len({shapes[0], shapes[2], shapes[4]}) == 3


def test_pages_of_one_listing_are_different_calls():
    aws = interned()
    starts = [{}, {"ExclusiveStartKey": {"pk": {"S": "j"}}}, {"ExclusiveStartKey": {"pk": {"S": "k"}}}]
    pages = [aws.request(call("dynamodb", "Scan", TableName="items", **start)) for start in starts]
    assert all(one.shape != other.shape for one, other in itertools.combinations(pages, 2))
