"""What CloudFormation refuses of an update as a whole, though each resource by itself could be changed.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html, "GlobalSecondaryIndexes": "You can delete or add one
global secondary index without interruption. If you do both in the same update (for example, by changing the index's logical ID), the update fails."
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import canonical_json
from twinstage.rehearse.change.plan import Guard
from twinstage.rehearse.change.templates import behaviours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.isolation.audit.template import Template

_TABLE: Final = "AWS::DynamoDB::Table"
_INDEXES: Final = "GlobalSecondaryIndexes"
_SHAPE: Final = ("IndexName", "KeySchema", "Projection")


def accepted_guard(pairs: Iterable[tuple[Template | None, Template | None]]) -> Guard:
    """Whether CloudFormation takes the update of each stack: of a table that stands, and goes on standing, it adds or removes one index at a time."""
    refused, replaced = [], behaviours()[_TABLE].replaced
    for before, after in pairs:
        held = dict(before.of_type(_TABLE)) if before else {}
        for logical_id, wanted in after.of_type(_TABLE) if after else ():
            standing = held.get(logical_id, wanted)
            if any(canonical_json(standing.get(name)) != canonical_json(wanted.get(name)) for name in replaced):
                continue
            old, new = _shapes(standing), _shapes(wanted)
            others = sorted({*old, *new} - {name for name in old if old.get(name) == new.get(name)})
            both = sum(name in old for name in others) + sum(name in new for name in others)
            if both > 1:
                refused.append(f"{logical_id}: {both} global indexes are made or removed ({', '.join(others)})")
    way_out = "one index an update: deploy the others in updates of their own"
    observed = "; ".join(refused) or "CloudFormation takes the update"
    return Guard("accepted", observed, "CloudFormation's rules", not refused, way_out, final=True)


def _shapes(held: Mapping[str, Any]) -> dict[str, bytes]:
    """Each global index by its name: what only another index can have. One that is no plain object is none."""
    indexes = held.get(_INDEXES)
    return {
        str(each.get("IndexName")): canonical_json({name: each.get(name) for name in _SHAPE})
        for each in (indexes if isinstance(indexes, list) else ())
        if isinstance(each, dict)
    }
