"""What Route 53 refuses before it looks at the zone: requests of the wrong shape (InvalidInput).

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.record_set import ROUTING_FIELDS
from twinstage.world.memory.route53.problems import Cause, Problem, problem
from twinstage.world.memory.route53.record_values import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.world.memory.route53.change import Change

ACTIONS = frozenset({"CREATE", "DELETE", "UPSERT"})
_ALTERNATIVES = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
_ROUTING_ALTERNATIVES = (
    "[Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig]"
)
_HIGHEST = {"TTL": 2147483647, "Weight": 255}
_LONGEST_SET_IDENTIFIER = 128
_FAILOVER = frozenset({"PRIMARY", "SECONDARY"})


def batch_shape_problems(batch: Sequence[Change]) -> Iterator[Problem]:
    """Yield what is wrong with the shape of a request, whatever the zone holds."""
    if not batch:
        text = (
            "1 validation error detected: Value '[]' at 'changeBatch.changes' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
        yield problem(Cause.SHAPE, ("", "", None), text)
    for number, change in enumerate(batch, start=1):
        yield from _change_shape_problems(change, number)


def _change_shape_problems(change: Change, number: int) -> Iterator[Problem]:
    type_ = change.record_set["Type"]
    if change.action not in ACTIONS:
        yield problem(Cause.UNKNOWN_ACTION, change.key, _not_in_enumeration(change.action, ACTIONS))
    elif type_ not in TYPES:
        yield problem(Cause.UNKNOWN_TYPE, change.key, _not_in_enumeration(type_, TYPES))
    else:
        yield from _range_problems(change, number)
        yield from _data_problems(change)
        yield from _routing_problems(change)


def _range_problems(change: Change, number: int) -> Iterator[Problem]:
    """Yield a problem for each field outside the range that the API's model gives it."""
    record_set = change.canonical
    for field, highest in _HIGHEST.items():
        if record_set.get(field, 0) > highest:
            rule = f"Member must have value less than or equal to {highest}"
            yield _constraint(change, number, field, rule)
        elif record_set.get(field, 0) < 0:
            yield _constraint(change, number, field, "Member must have value greater than or equal to 0")
    if len(record_set.get("SetIdentifier", "")) > _LONGEST_SET_IDENTIFIER:
        rule = f"Member must have length less than or equal to {_LONGEST_SET_IDENTIFIER}"
        yield _constraint(change, number, "SetIdentifier", rule)
    if record_set.get("Failover", "PRIMARY") not in _FAILOVER:
        rule = f"Member must satisfy enum value set: [{', '.join(sorted(_FAILOVER))}]"
        yield _constraint(change, number, "Failover", rule)


def _data_problems(change: Change) -> Iterator[Problem]:
    """Yield a problem unless the change has an alias target, or a TTL and values, or a traffic policy instance."""
    record_set = change.canonical
    parts = [field in record_set for field in ("TTL", "ResourceRecords")]
    given = ["AliasTarget" in record_set, any(parts), "TrafficPolicyInstanceId" in record_set]
    expected = f"Invalid request: Expected exactly one of {_ALTERNATIVES}, but found"
    if sum(given) > 1:
        yield problem(Cause.SHAPE, change.key, f"{expected} more than one in {_where(change)}")
    elif any(parts) != all(parts) or not any(given):
        yield problem(Cause.SHAPE, change.key, f"{expected} none in {_where(change)}")


def _routing_problems(change: Change) -> Iterator[Problem]:
    """Yield a problem unless the change has one routing policy with a set identifier, or neither."""
    policies = [field for field in ROUTING_FIELDS if field in change.canonical]
    identified = "SetIdentifier" in change.canonical
    expected = f"Invalid request: Expected exactly one of {_ROUTING_ALTERNATIVES}, but found"
    if len(policies) > 1:
        yield problem(Cause.SHAPE, change.key, f"{expected} more than one in {_where(change)}")
    elif policies and not identified:
        text = f"Invalid request: Missing field 'SetIdentifier' in {_where(change)}"
        yield problem(Cause.SHAPE, change.key, text)
    elif identified and not policies:
        yield problem(Cause.SHAPE, change.key, f"{expected} none in {_where(change)}")
    yield from _location_problems(change)


def _location_problems(change: Change) -> Iterator[Problem]:
    """Yield a problem for a continent beside a country or subdivision, and for a subdivision without its country.

    AWS names the error, InvalidInput; it does not publish the words.
    Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html
    """
    location = change.canonical.get("GeoLocation", {})
    if "ContinentCode" in location and ("CountryCode" in location or "SubdivisionCode" in location):
        text = f"Invalid request: ContinentCode excludes CountryCode and SubdivisionCode in {_where(change)}"
        yield problem(Cause.SHAPE, change.key, text)
    elif "SubdivisionCode" in location and "CountryCode" not in location:
        text = f"Invalid request: SubdivisionCode needs CountryCode in {_where(change)}"
        yield problem(Cause.SHAPE, change.key, text)


def _constraint(change: Change, number: int, field: str, rule: str) -> Problem:
    place = f"changeBatch.changes.{number}.member.resourceRecordSet.{field[0].lower()}{field[1:]}"
    value = change.canonical[field]
    text = f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: {rule}"
    return problem(Cause.SHAPE, change.key, text)


def _where(change: Change) -> str:
    """Name a change as AWS's InvalidInput messages do: with the name as it was given."""
    given = change.record_set
    fields = f"Action={change.action}, Name={given['Name']}, Type={given['Type']}"
    return f"Change with [{fields}, SetIdentifier={change.key[2] or 'null'}]"


def _not_in_enumeration(value: str, allowed: frozenset[str]) -> str:
    return (
        f"Invalid XML ; cvc-enumeration-valid: Value '{value}' is not facet-valid with respect to enumeration "
        f"'[{', '.join(sorted(allowed))}]'. It must be a value from the enumeration."
    )
