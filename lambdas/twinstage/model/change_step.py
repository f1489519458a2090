"""The steps of a change, in the order in which they are applied: tables, then functions, then records.

Code that needs an index finds it when it starts, and names move once what they lead to is there. A change that says another order (a template: what is added
and updated first, what is removed last) has its steps in that order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EVENT: Final = "change-"
"""What the id of the event that applies a step begins with."""


@dataclass(frozen=True)
class TableStep:
    """A table gets another schema: in place where DynamoDB can, else it is deleted and made anew, empty.

    `schema` is in the form that snapshots keep (`twinstage.world.table_form`); the settings of `keeps` stay as the table has them.
    """

    kind: ClassVar[str] = "table"
    id: str
    table: str
    schema: Mapping[str, Any]
    keeps: tuple[str, ...] = ()

    def target(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The schema that the table has afterwards, where it has `before` now."""
        return {**{name: before[name] for name in self.keeps if name in before}, **self.schema}

    def document(self) -> dict[str, Any]:
        """As one entry of `change.steps`."""
        said = {"table": self.table, "schema": dict(self.schema), "keeps": list(self.keeps)}
        return {"id": self.id, "kind": self.kind, **said}


@dataclass(frozen=True)
class FunctionStep:
    """A function gets the candidate's code, which is deployed with the arm."""

    kind: ClassVar[str] = "function"
    id: str
    function: str

    def document(self) -> dict[str, Any]:
        """As one entry of `change.steps`."""
        return {"id": self.id, "kind": self.kind, "function": self.function}


@dataclass(frozen=True)
class RecordsStep:
    """A zone (by its canonical name) gets one change batch: `{"Action", "ResourceRecordSet"}` each, taken or refused as a whole."""

    kind: ClassVar[str] = "records"
    id: str
    zone: str
    changes: tuple[Mapping[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """As one entry of `change.steps`."""
        return {"id": self.id, "kind": self.kind, "zone": self.zone, "changes": [dict(each) for each in self.changes]}


ChangeStep = TableStep | FunctionStep | RecordsStep
_ORDER: Final[tuple[type[ChangeStep], ...]] = (TableStep, FunctionStep, RecordsStep)


def in_order(steps: Iterable[ChangeStep]) -> tuple[ChangeStep, ...]:
    """Tables, then functions, then records; within a kind they stay as they are given."""
    return tuple(sorted(steps, key=lambda step: _ORDER.index(type(step))))


def function_step(function: str) -> FunctionStep:
    """The step of a function that changes."""
    return FunctionStep(f"function-{function}", function)


def step_of_document(document: Mapping[str, Any]) -> ChangeStep:
    """The step of an entry of `change.steps`."""
    if document["kind"] == TableStep.kind:
        return TableStep(document["id"], document["table"], document["schema"], tuple(document["keeps"]))
    if document["kind"] == FunctionStep.kind:
        return FunctionStep(document["id"], document["function"])
    return RecordsStep(document["id"], document["zone"], tuple(document["changes"]))


def steps_of(change: Mapping[str, Any]) -> tuple[ChangeStep, ...]:
    """The steps of a compiled `change` section; where it has none, its functions are all that changes."""
    if "steps" in change:
        return tuple(step_of_document(each) for each in change["steps"])
    return tuple(function_step(name) for name in sorted(change.get("functions", {})))


def applied(steps: Iterable[ChangeStep]) -> tuple[TableStep | RecordsStep, ...]:
    """The steps that are applied by calls of an API, in their order: all but those of functions."""
    return tuple(step for step in steps if not isinstance(step, FunctionStep))
