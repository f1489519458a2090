"""Kind `items`: what every item of a table keeps to, and what its items come to together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.invariant import invariant_of
from twinstage.rehearse.properties import InvariantProperties
from twinstage.world.memory import dynamodb
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.route53 import empty_account

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, dict[str, str]]
HELD = {"condition": "attribute_exists(holder) AND expires > :zero", "placeholders": {":zero": {"N": "0"}}}


def tables(**held: list[Item]) -> AwsState:
    """A world of tables, each with the string key `pk`."""
    database = dynamodb.empty_database(account="1" * 12, region="us-east-1")
    for name, items in held.items():
        shape = {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        database, _ = dynamodb.execute(database, "CreateTable", shape, now=0.0)
        for item in items:
            database, _ = dynamodb.execute(database, "PutItem", {"TableName": name, "Item": item}, now=0.0)
    return AwsState(empty_account("1" * 12), {"us-east-1": database})


def item(key: str, **attributes: str | int) -> Item:
    told = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in attributes.items()}
    return {"pk": {"S": key}, **told}


def judged(asked: Mapping[str, Any], start: AwsState) -> InvariantProperties:
    return InvariantProperties([invariant_of({"id": "D1", "kind": "items", "table": "plans", **asked})], start)


def wrong(asked: Mapping[str, Any], *items: Item, **others: list[Item]) -> str:
    """What is wrong at this moment, in words; empty where nothing is."""
    world = tables(plans=list(items), **others)
    properties = judged(asked, world)
    told = properties.told("D1", None, world)
    assert bool(told) is bool(properties.broken(world))
    return told


def test_a_condition_holds_for_every_item():
    assert wrong(HELD, item("a", holder="x", expires=1), item("b", holder="y", expires=2)) == ""
    told = wrong(HELD, item("a", holder="x", expires=1), item("b", holder="y", expires=0))
    assert told.startswith("plans b: attribute_exists(holder) AND expires > :zero does not hold: ")


def test_only_items_that_are_meant_are_looked_at():
    free = {"where": "#s <> :free", **HELD, "placeholders": {**HELD["placeholders"], "#s": "s", ":free": {"S": "free"}}}

    assert wrong(free, item("a", s="free"), item("b", s="held", holder="x", expires=1)) == ""
    assert wrong(free, item("a", s="free"), item("b", s="held")).startswith("plans b: ")


@pytest.mark.parametrize(
    ("limits", "number", "said"),
    [
        ({"at_most": 1}, 1, ""),
        ({"at_most": 1}, 2, "plans has 2 items where s = :on, not at most 1"),
        ({"at_least": 1}, 0, "plans has 0 items where s = :on, not at least 1"),
        ({"equals": 2}, 1, "plans has 1 items where s = :on, not 2"),
    ],
)
def test_items_are_counted(limits: dict[str, int], number: int, said: str):
    asked = {"count": limits, "where": "s = :on", "placeholders": {":on": {"S": "on"}}}
    items = [item(f"on-{n}", s="on") for n in range(number)]

    assert wrong(asked, item("off", s="off"), *items) == said


def test_a_sum_is_exact_and_leaves_out_what_has_no_number():
    asked = {"sum": {"attribute": "v", "equals": 0.3}}
    tenths = [{"pk": {"S": key}, "v": {"N": "0.1"}} for key in ("a", "b", "c")]

    assert wrong(asked, *tenths, item("none")) == ""
    assert wrong(asked, *tenths[:2]) == "plans has 0.2 v in all, not 0.3"


def test_what_an_item_refers_to_is_there():
    asked = {"refers_to": {"attribute": "zone", "table": "zones"}}

    assert wrong(asked, item("a", zone="z1"), item("b"), zones=[item("z1")]) == ""
    told = wrong(asked, item("a", zone="z1"), item("b", zone="z2"), zones=[item("z1")])
    assert told == 'zone of plans b is {"S": "z2"}, of which zones has no item'


def test_a_number_never_decreases_as_long_as_its_item_is_there():
    start = tables(plans=[item("a", v=3), item("b", v=1)])
    properties = judged({"never_decreases": "v"}, start)

    raised, gone = tables(plans=[item("a", v=4), item("b", v=1)]), tables(plans=[item("b", v=1)])
    lost, back = tables(plans=[item("a"), item("b", v=1)]), tables(plans=[item("a", v=4), item("b", v=0)])

    assert [bool(properties.broken_by(start, each)) for each in (raised, gone, lost, back)] == [
        False,
        False,
        True,
        True,
    ]
    assert properties.told("D1", start, back) == "v of plans b went from 1 to 0"


def test_a_number_that_falls_as_its_item_leaves_what_is_looked_at_is_told():
    asked = {"never_decreases": "v", "where": "s = :on", "placeholders": {":on": {"S": "on"}}}
    start = tables(plans=[item("a", s="on", v=3)])
    properties = judged(asked, start)

    assert properties.broken_by(start, tables(plans=[item("a", s="off", v=2)])) == {"D1"}
    assert not properties.broken_by(start, tables(plans=[item("a", s="off", v=3)]))


def test_asked_at_the_end_it_may_be_otherwise_before():
    asked = {"sum": {"attribute": "v", "equals": 2}, "at_end": True}
    world = tables(plans=[item("a", v=1)])
    properties = judged(asked, world)

    assert properties.broken(world) == frozenset()
    assert properties.unmet(world) == {"D1"}


def test_a_table_that_is_gone_breaks_it():
    assert judged(HELD, tables(plans=[])).told("D1", None, tables(other=[])) == "there is no table plans"


def test_where_there_never_was_an_item_nothing_was_looked_at():
    assert judged(HELD, tables(plans=[])).applied == set()
    assert judged(HELD, tables(plans=[item("a")])).applied == {("D1", "plans")}
