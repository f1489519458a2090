"""Edits of a document: what an update puts at its paths, applied to the item as it was, sharing all that does not change.

List indexes are those of the list as it was: an element set beyond the end is appended, in the order of the indexes; elements are removed last.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

from twinstage.world.memory.dynamodb.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.expressions.tree import Step
    from twinstage.world.memory.dynamodb.values import AttributeValue, Item

INVALID_PATH = "The document path provided in the update expression is invalid for update"
REMOVED: Final = None
# By step: the new value, REMOVED, or the edits within.
Edits: TypeAlias = "dict[Step, Inner | AttributeValue | None]"


class Inner:
    """Edits within a map or a list."""

    def __init__(self) -> None:
        self.edits: Edits = {}


def edited(item: Mapping[str, AttributeValue], edits: Edits) -> Item:
    """A new item with the edits made; the given one is left as it is."""
    changed = dict(item)
    for step, edit in edits.items():
        name = cast("str", step)
        if edit is REMOVED:
            changed.pop(name, None)
        else:
            changed[name] = _edited_value(changed.get(name), edit) if isinstance(edit, Inner) else edit
    return changed


def container(value: AttributeValue | None, step: Step) -> None:
    """Raises ValidationException unless the value is the map or the list that the step goes into."""
    if value is None or ("M" if isinstance(step, str) else "L") not in value:
        raise invalid(INVALID_PATH)


def _edited_value(value: AttributeValue | None, edit: Inner) -> AttributeValue:
    container(value, next(iter(edit.edits)))
    ((kind, content),) = cast("AttributeValue", value).items()
    return {kind: edited(content, edit.edits) if kind == "M" else _edited_list(content, edit.edits)}


def _edited_list(elements: list[AttributeValue], edits: Edits) -> list[AttributeValue]:
    changed: list[AttributeValue | None] = list(elements)
    for index in sorted(cast("dict[int, object]", edits)):
        edit = edits[index]
        before = elements[index] if index < len(elements) else None
        value = _edited_value(before, edit) if isinstance(edit, Inner) else edit
        if index < len(elements):
            changed[index] = value
        elif value is not REMOVED:
            changed.append(value)
    return [element for element in changed if element is not REMOVED]
