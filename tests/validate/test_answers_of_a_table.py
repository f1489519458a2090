"""Kind `answers`: what a name answers, and in which share of its answers, is what a table's item says."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.state.memory_zones import alias, change, rr
from tests.validate.evidence_parts import ZONE
from tests.validate.judging_both import FORM, NAME, explored_as, leads, world
from twinstage.model.pointers import all_at_pointer
from twinstage.validate.rules.answering import shares

ANSWERS: dict[str, Any] = {
    "kind": "answers",
    "names": [NAME],
    "generation": FORM,
    "table": "plans",
    "key": {"scope": {"S": "regional"}, "generation": {"N": "{generation}"}},
    "addresses": "/balancers/L/*/M/address/S",
}
WEIGHTS = "/balancers/L/*/M/weight/N"


def plan(generation: int, **weights: int) -> dict[str, Any]:
    """A plan's item: a balancer an address (`a1` is 192.0.2.1), with its weight."""
    balancers = [
        {"M": {"address": {"S": f"192.0.2.{name[1:]}"}, "weight": {"N": str(weight)}}}
        for name, weight in weights.items()
    ]
    return {"scope": {"S": "regional"}, "generation": {"N": str(generation)}, "balancers": {"L": balancers}}


def tree(generation: int, **weights: int) -> list[dict[str, Any]]:
    """The tree of such a plan: leaves, weighted aliases to them, and a root."""
    root = f"plan-{generation}.ex.test."
    leaves = [rr(f"{name}.{root}", "A", f"192.0.2.{name[1:]}") for name in weights]
    weighted = [
        alias(f"w.{root}", "A", f"{name}.{root}", ZONE, SetIdentifier=name, Weight=weight)
        for name, weight in weights.items()
    ]
    return [*leaves, *weighted, alias(root, "A", f"w.{root}", ZONE)]


def judged_after(
    entry: dict[str, Any], item: dict[str, Any], built: list[dict[str, Any]]
) -> tuple[list[int], list[str]]:
    aws = world(*tree(1, a1=1), leads(NAME, 1), tables={"plans": [plan(1, a1=1), item]})
    build = [change("CREATE", record) for record in built]
    found = explored_as(entry, aws, build, [change("UPSERT", leads(NAME, 2))])
    return found.broken, found.told


def test_a_tree_that_holds_what_the_plan_says_answers_it() -> None:
    assert judged_after(ANSWERS, plan(2, a2=1, a3=1), tree(2, a2=1, a3=1)) == ([], [])


def test_a_tree_that_lacks_an_address_breaks_when_it_is_served_and_not_before() -> None:
    broken, told = judged_after(ANSWERS, plan(2, a2=1, a3=1), tree(2, a2=1))
    assert broken == [1]
    assert told == ["api.ex.test. answers 192.0.2.2, plans says 192.0.2.2, 192.0.2.3 for generation 2"]


def test_a_tree_with_an_address_too_many_breaks() -> None:
    assert judged_after(ANSWERS, plan(2, a2=1), tree(2, a2=1, a3=1))[0] == [1]


def test_a_generation_of_which_the_table_knows_nothing_breaks() -> None:
    broken, told = judged_after(ANSWERS, plan(7, a2=1), tree(2, a2=1))
    assert (broken, told) == ([1], ["api.ex.test. serves generation 2, of which plans has no item"])


@pytest.mark.parametrize(
    ("planned", "built", "broken"),
    [
        ({"a2": 1, "a3": 3}, {"a2": 1, "a3": 3}, []),
        ({"a2": 1, "a3": 3}, {"a2": 10, "a3": 30}, []),
        ({"a2": 1, "a3": 3}, {"a2": 1, "a3": 2}, [1]),
        ({"a2": 1, "a3": 3}, {"a2": 3, "a3": 1}, [1]),
        ({"a2": 0, "a3": 0}, {"a2": 5, "a3": 5}, []),
    ],
)
def test_weights_are_compared_as_shares(planned: dict[str, int], built: dict[str, int], broken: list[int]) -> None:
    entry = ANSWERS | {"weights": WEIGHTS}
    assert judged_after(entry, plan(2, **planned), tree(2, **built))[0] == broken


def test_without_weights_in_the_invariant_shares_are_not_compared() -> None:
    assert judged_after(ANSWERS, plan(2, a2=1, a3=3), tree(2, a2=3, a3=1))[0] == []


def test_a_name_that_serves_no_generation_was_not_looked_at() -> None:
    aws = world(rr(NAME, "A", "192.0.2.1"), tables={"plans": [plan(1, a1=1)]})
    assert explored_as(ANSWERS, aws).idle == {NAME}


def test_a_plan_that_changes_under_a_served_name_breaks() -> None:
    from twinstage.model.invariant import invariant_of
    from twinstage.rehearse.properties import InvariantProperties

    aws = world(*tree(1, a1=1), leads(NAME, 1), tables={"plans": [plan(1, a1=1)]})
    properties = InvariantProperties([invariant_of({"id": "I", **ANSWERS})], aws.state)
    assert properties.broken(aws.state) == frozenset()
    aws.answer("dynamodb", "PutItem", {"TableName": "plans", "Item": plan(1, a4=1)})
    assert properties.broken(aws.state) == {"I"}


def test_shares_multiply_along_the_way() -> None:
    records = [
        alias("top.ex.test.", "A", "left.ex.test.", ZONE, SetIdentifier="l", Weight=1),
        alias("top.ex.test.", "A", "right.ex.test.", ZONE, SetIdentifier="r", Weight=3),
        rr("left.ex.test.", "A", "192.0.2.1"),
        rr("right.ex.test.", "A", "192.0.2.1", SetIdentifier="x", Weight=1),
        rr("right.ex.test.", "A", "192.0.2.2", SetIdentifier="y", Weight=1),
    ]
    zones = {id_: hosted.zone for id_, hosted in world(*records).route53.zones.items()}
    assert shares(zones, "top.ex.test.") == {"192.0.2.1": Fraction(5, 8), "192.0.2.2": Fraction(3, 8)}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("", [{"a": [{"b": 1}, {"b": 2}, {"c": 3}], "x/y": 5}]),
        ("/a/*/b", [1, 2]),
        ("/a/1/b", [2]),
        ("/a/9/b", []),
        ("/x~1y", [5]),
        ("/x~1y/deeper", []),
        ("/*", [[{"b": 1}, {"b": 2}, {"c": 3}], 5]),
    ],
)
def test_a_pointer_with_a_star_leads_to_every_element(place: str, found: list[Any]) -> None:
    assert all_at_pointer({"a": [{"b": 1}, {"b": 2}, {"c": 3}], "x/y": 5}, place) == found
