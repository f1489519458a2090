"""UpdateExpression: checked against its placeholders, compiled, applied to items.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
All right-hand sides read the item as it was. Problems of the text are found as DynamoDB finds them: the paths from the last to the first, then the right-hand
sides from the last to the first, then the table's keys; problems of the item in the order in which DynamoDB walks the paths (`paths.last_first`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions.edits import REMOVED, Edits, Inner, container, edited
from twinstage.world.memory.dynamodb.expressions.grammar import update_tree
from twinstage.world.memory.dynamodb.expressions.paths import Resolver, branches_of, last_first, read
from twinstage.world.memory.dynamodb.expressions.plans import Plans
from twinstage.world.memory.dynamodb.expressions.projections import projected
from twinstage.world.memory.dynamodb.expressions.right_sides import WRONG_TYPE, compiled_side
from twinstage.world.memory.dynamodb.numbers import added
from twinstage.world.memory.dynamodb.values import MAX_NESTING, SET_ELEMENT_KIND, kind_of, nesting, stored_set

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from twinstage.world.memory.dynamodb.expressions.paths import Branches, Steps, Uses
    from twinstage.world.memory.dynamodb.expressions.placeholders import Placeholders, UsedPlaceholders
    from twinstage.world.memory.dynamodb.expressions.tree import Action, UpdateTree
    from twinstage.world.memory.dynamodb.values import AttributeValue, Item

    # What stands at a path after the update, from what stood there (None: nothing), the item as it was, and the values.
    Change: TypeAlias = Callable[
        [AttributeValue | None, Mapping[str, AttributeValue], Mapping[str, AttributeValue]], AttributeValue | None
    ]

TOO_DEEP = "Nesting Levels have exceeded supported limits"
_KIND_NAMES = {"S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "NULL": "NULL", "L": "LIST", "M": "MAP"}
_KIND_NAMES |= {"SS": "STRING_SET", "NS": "NUMBER_SET", "BS": "BINARY_SET"}


@dataclass(frozen=True)
class UpdatePlan:
    """An update compiled for given names and kinds of values. `changes` in the order in which they are made."""

    changes: tuple[tuple[Steps, Change], ...]
    branches: Branches
    creates: bool
    uses: Uses


@dataclass(frozen=True)
class UpdateResult:
    """The item before and after an update, and the paths the update touched."""

    old: Mapping[str, AttributeValue]
    item: Item
    touched: Branches

    @property
    def updated_old(self) -> Item:
        """The touched paths as they were, fresh: what ReturnValues UPDATED_OLD answers."""
        return projected(self.old, self.touched)

    @property
    def updated_new(self) -> Item:
        """The touched paths as they are now, fresh: what UPDATED_NEW answers, whose list indexes are those of the list as it was."""
        return projected(self.item, self.touched)


@dataclass(frozen=True)
class Update:
    """An update with its values."""

    plan: UpdatePlan
    values: Mapping[str, AttributeValue]

    @property
    def creates(self) -> bool:
        """Whether the update makes an item where there is none: it has a SET or an ADD."""
        return self.plan.creates

    def apply(self, item: Mapping[str, AttributeValue]) -> UpdateResult:
        """The update of a stored item, which is left as it is; what does not change is shared. Raises ValidationException where it cannot be made."""
        values, edits = self.values, cast("Edits", {})
        for steps, change in self.plan.changes:
            if len(steps) == 1:
                edits[steps[0]] = _shallow(change(item.get(cast("str", steps[0])), item, values), 1)
                continue
            container(read(item, steps[:-1]), steps[-1])
            _place(edits, steps, _shallow(change(read(item, steps), item, values), len(steps)))
        return UpdateResult(item, edited(item, edits), self.plan.branches)


_PLANS: Plans[UpdatePlan] = Plans()


def parse_update(text: str, placeholders: Placeholders, used: UsedPlaceholders, key_names: Collection[str]) -> Update:
    """The update in `text`; `key_names`: the attributes of the table's key, which cannot be updated. Raises ValidationException."""
    key = (text, placeholders.signature)
    plan = _PLANS.get(key)
    if plan is None:
        plan = _PLANS.keep(key, _compiled(text, placeholders))
    for name in key_names:
        if name in plan.branches:
            raise invalid(
                f"One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the key"
            )
    used.note(plan.uses)
    return Update(plan, placeholders.values)


def _compiled(text: str, placeholders: Placeholders) -> UpdatePlan:
    tree, resolver = update_tree(text), Resolver("UpdateExpression", placeholders)
    actions: dict[Steps, Action] = {}
    branches = branches_of(_resolved(tree, resolver, actions), resolver.where)
    changes = {steps: _change(action, resolver) for steps, action in actions.items()}
    in_order = tuple((steps, changes[steps]) for steps in last_first(branches))
    return UpdatePlan(in_order, branches, not {"SET", "ADD"}.isdisjoint(tree.sections), resolver.uses())


def _resolved(tree: UpdateTree, resolver: Resolver, actions: dict[Steps, Action]) -> Iterator[Steps]:
    """The actions' paths from the last to the first; each action is kept under its path."""
    for action in reversed(tree.actions):
        steps = resolver.path(action.path)
        actions[steps] = action
        yield steps


def _change(action: Action, resolver: Resolver) -> Change:
    if action.operand is None:
        return lambda _before, _item, _values: REMOVED
    side = compiled_side(action.operand, resolver)
    right = side.right
    if action.section == "SET":
        return lambda _before, item, values: right(item, values)
    kind = str(side.kind)
    if kind not in SET_ELEMENT_KIND and (kind != "N" or action.section == "DELETE"):
        problem = f"operator: {action.section}, operand type: {_KIND_NAMES[kind]}, typeSet: ALLOWED_FOR_{action.section}_OPERAND"
        resolver.refuse(f"Incorrect operand type for operator or function; {problem}")
    if action.section == "ADD":
        return lambda before, item, values: _added(before, right(item, values))
    return lambda before, item, values: _deleted(before, right(item, values))


def _added(before: AttributeValue | None, operand: AttributeValue) -> AttributeValue:
    """A number added to a number, or the elements of a set put into a set; the operand itself where there was nothing."""
    if before is None:
        return operand
    kind = kind_of(operand)
    if kind not in before:
        raise invalid(WRONG_TYPE)
    if kind == "N":
        return {"N": added(before["N"], operand["N"])}
    return stored_set(kind, {*before[kind], *operand[kind]})


def _deleted(before: AttributeValue | None, operand: AttributeValue) -> AttributeValue | None:
    """A set without the operand's elements; a set left empty is no more."""
    if before is None:
        return REMOVED
    kind = kind_of(operand)
    if kind not in before:
        raise invalid(WRONG_TYPE)
    left = {*before[kind]} - {*operand[kind]}
    return stored_set(kind, left) if left else REMOVED


def _shallow(value: AttributeValue | None, depth: int) -> AttributeValue | None:
    """The value, which goes to a path of `depth` steps; refused where that makes the item too deep."""
    if value is not None and ("M" in value or "L" in value) and nesting(value) + depth > MAX_NESTING:
        raise invalid(TOO_DEEP)
    return value


def _place(edits: Edits, steps: Steps, value: AttributeValue | None) -> None:
    for step in steps[:-1]:
        edits = cast("Inner", edits.setdefault(step, Inner())).edits
    edits[steps[-1]] = value
