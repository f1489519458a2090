"""ProjectionExpression: which parts of an item are given back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from twinstage.world.memory.dynamodb.expressions.grammar import projection_paths
from twinstage.world.memory.dynamodb.expressions.paths import Resolver, branches_of
from twinstage.world.memory.dynamodb.expressions.plans import Plans
from twinstage.world.memory.dynamodb.values import copy_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.expressions.paths import Branches, Uses
    from twinstage.world.memory.dynamodb.expressions.placeholders import Placeholders, UsedPlaceholders
    from twinstage.world.memory.dynamodb.values import AttributeValue, Item


@dataclass(frozen=True)
class Projection:
    """Paths that are given back, as a tree; no path overlaps another."""

    branches: Branches
    uses: Uses

    def of(self, item: Mapping[str, AttributeValue]) -> Item:
        """A fresh item of what the paths name, each within its maps and lists; elements of a list keep their order and close up."""
        return projected(item, self.branches)


_PLANS: Plans[Projection] = Plans()


def parse_projection(text: str, placeholders: Placeholders, used: UsedPlaceholders) -> Projection:
    """The projection in `text`. Raises ValidationException."""
    key = (text, placeholders.signature[0])
    projection = _PLANS.get(key)
    if projection is None:
        projection = _PLANS.keep(key, _resolved(text, placeholders))
    used.note(projection.uses)
    return projection


def _resolved(text: str, placeholders: Placeholders) -> Projection:
    resolver = Resolver("ProjectionExpression", placeholders)
    branches = branches_of((resolver.path(path) for path in reversed(projection_paths(text))), resolver.where)
    return Projection(branches, resolver.uses())


def projected(members: Mapping[str, AttributeValue], branches: Branches) -> Item:
    """Fresh copies of what the branches name of an item or a map."""
    picked: Item = {}
    for name, inner in branches.items():
        value = members.get(cast("str", name))
        part = None if value is None else _part(value, inner)
        if part is not None:
            picked[cast("str", name)] = part
    return picked


def _part(value: AttributeValue, branches: Branches | None) -> AttributeValue | None:
    if branches is None:
        return copy_value(value)
    if "M" in value and isinstance(next(iter(branches)), str):
        members = projected(value["M"], branches)
        return {"M": members} if members else None
    if "L" in value and isinstance(next(iter(branches)), int):
        elements = _elements(value["L"], branches)
        return {"L": elements} if elements else None
    return None


def _elements(elements: list[AttributeValue], branches: Branches) -> list[AttributeValue]:
    picked = []
    for index in sorted(cast("list[int]", list(branches))):
        part = _part(elements[index], branches[index]) if index < len(elements) else None
        if part is not None:
            picked.append(part)
    return picked
