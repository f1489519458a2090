"""The one door: two templates of each stack, lowered to a scenario's change, and what of them is not lowered, by type and reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.template import properties
from twinstage.model.canonical import canonical_json
from twinstage.model.change_step import RecordsStep, TableStep
from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.change.lowering.deciding import deciding
from twinstage.rehearse.change.lowering.functions import FUNCTION, LoweredFunction, function_of
from twinstage.rehearse.change.lowering.functions import not_lowered as not_of_function
from twinstage.rehearse.change.lowering.records import RECORD_SET, RECORD_SET_GROUP, Records, batches, records_of
from twinstage.rehearse.change.lowering.references import referred
from twinstage.rehearse.change.lowering.roles import role_changes
from twinstage.rehearse.change.lowering.tables import TABLE, table_of
from twinstage.rehearse.change.lowering.tables import not_lowered as not_of_table
from twinstage.rehearse.change.lowering.values import Bindings, Values, untold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.isolation.audit.template import Template
    from twinstage.model.role_change import RoleChange

PLANNED: Final = "planned, and not rehearsed"
CONDITIONAL: Final = "it stands under a condition, and nobody here knows whether it holds"
NOT_CAPTURED: Final = "what production calls it is not captured"
DECIDED: Final = f"a condition or mapping that it stands under changes: {PLANNED}"
ANYTHING: Final = f"what a macro makes of the template is for CloudFormation to tell: {PLANNED}"
MADE_OR_GONE: Final = f"it comes, or goes, as a whole: {PLANNED}"
HELD: Final = "planned; what it allows no longer is looked for among the recorded calls"
_IAM: Final = "AWS::IAM::"
_RECORDS: Final = (RECORD_SET, RECORD_SET_GROUP)


@dataclass(frozen=True, order=True)
class NotLowered:
    """Resources of one type that change, and that a rehearsal does not change, for one reason."""

    type: str
    why: str
    logical_ids: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As a compiled scenario carries it."""
        return {"type": self.type, "why": self.why, "logical_ids": list(self.logical_ids)}


@dataclass(frozen=True)
class Lowered:
    """A change: `functions` by production's name, each with the file of the template that says its code; `steps` in the order of application, tables before records, removals last.

    `roles` are those of captured functions that may do something else afterwards.
    """

    functions: Mapping[str, tuple[str, LoweredFunction]] = field(default_factory=dict)
    steps: tuple[TableStep | RecordsStep, ...] = ()
    not_lowered: tuple[NotLowered, ...] = ()
    roles: tuple[RoleChange, ...] = ()


def lower(stacks: Iterable[tuple[Template | None, Template | None]], bindings: Bindings) -> Lowered:
    """The change from the first template to the second of each stack; None: the stack is made, or goes.

    Raises InputError with every value that a rehearsal would need and nothing here tells, with its file and place.
    """
    lowering = _Lowering(bindings)
    for before, after in stacks:
        lowering.stack(before, after)
    if lowering.problems:
        raise InputError(lowering.problems)
    return lowering.done()


class _Lowering:
    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings
        self.problems: list[InputProblem] = []
        self._functions: dict[str, tuple[str, LoweredFunction]] = {}
        self._tables: list[TableStep] = []
        self._made: list[RecordsStep] = []
        self._removed: list[RecordsStep] = []
        self._roles: list[RoleChange] = []
        self._left: dict[tuple[str, str], list[str]] = {}

    def stack(self, before: Template | None, after: Template | None) -> None:
        """Lower the change of one stack."""
        old, new = (Values(each, self._bindings) if each else None for each in (before, after))
        roles = list(role_changes(before, after, self._bindings)) if before and after else []
        self._roles += roles
        cleanups: list[list[RecordsStep]] = []
        decided = deciding(before, after, self._bindings.parameters) if before and after else None
        if decided and decided.macros:
            self._leave("Transform", ANYTHING, "Transform")
        for logical_id in _in_order(before, after):
            was, is_ = _resource(before, logical_id), _resource(after, logical_id)
            if was and is_ and new and not _changed(old, new, logical_id, was, is_):
                if decided and decided.speaks_of(is_, new.properties(logical_id)):
                    self._leave(str(is_["Type"]), DECIDED, logical_id)
                continue
            kind = str((is_ or was or {})["Type"])
            if was and is_ and was["Type"] != is_["Type"]:
                self._leave(kind, f"it was {was['Type']}: {PLANNED}", logical_id)
            elif "Condition" in (is_ or {}) or "Condition" in (was or {}):
                self._leave(kind, CONDITIONAL, logical_id)
            elif kind in _RECORDS:
                cleanups.append(self._records(old if was else None, new if is_ else None, logical_id, kind))
            elif kind == TABLE and old and new and was and is_:
                self._table(old, new, logical_id)
            elif kind == FUNCTION and old and new and was and is_:
                self._function(old, new, logical_id)
            else:
                self._leave(kind, _why(kind, any_role=bool(roles)), logical_id)
        # What depends on something goes before it.
        self._removed += [step for steps in reversed(cleanups) for step in steps]

    def done(self) -> Lowered:
        """Everything that was lowered."""
        left = sorted(NotLowered(kind, why, tuple(sorted(ids))) for (kind, why), ids in self._left.items())
        steps: tuple[TableStep | RecordsStep, ...] = (*self._tables, *self._made, *self._removed)
        return Lowered(self._functions, steps, tuple(left), tuple(self._roles))

    def _records(self, old: Values | None, new: Values | None, logical_id: str, kind: str) -> list[RecordsStep]:
        """Note the batch that makes or updates a resource; the batches that clean up after it are for later."""
        before, after = (records_of(values, logical_id) if values else None for values in (old, new))
        if any(each.zone is None for each in (before, after) if each):
            where = new or old
            hint = "say which in change.template.zones: {LogicalId or id: name}"
            self._problem(where, logical_id, "/HostedZoneId", "nothing tells which zone it is of", hint)
            return []
        zones = {each.zone for each in (before, after) if each}
        if not all(self._bindings.is_captured("zones", str(zone)) for zone in zones):
            self._leave(kind, NOT_CAPTURED, logical_id)
            return []
        if not self._told(old, before, logical_id) or not self._told(new, after, logical_id):
            return []
        found = batches(before, after)
        if found.changes:
            self._made.append(RecordsStep(f"records-{logical_id}", found.zone, found.changes))
        name = f"records-{logical_id}-removed"
        return [RecordsStep(name, found.cleanup_zone, found.cleanup)] if found.cleanup else []

    def _told(self, values: Values | None, records: Records | None, logical_id: str) -> bool:
        hint = "give the parameter in change.template.parameters, or the zone in change.template.zones"
        for place in records.untold if records else ():
            self._problem(values, logical_id, place, "nothing tells what this comes to", hint)
        return not (records and records.untold)

    def _table(self, old: Values, new: Values, logical_id: str) -> None:
        name = new.named(logical_id, "TableName", self._bindings.tables)
        if name is None or not self._bindings.is_captured("tables", name):
            self._leave(TABLE, NOT_CAPTURED, logical_id)
            return
        before, after = old.properties(logical_id), new.properties(logical_id)
        if "TableName" in _differing(before, after):
            self._leave(TABLE, MADE_OR_GONE, logical_id)
            return
        if places := untold({name: each for name, each in after.items() if name != "TableName"}):
            hint = "give the parameter in change.template.parameters"
            for place in places:
                self._problem(new, logical_id, place, "nothing tells what this comes to", hint)
            return
        others = not_of_table(_differing(before, after))
        if others:
            self._leave(TABLE, f"{', '.join(others)}: {PLANNED}", logical_id)
        if set(_differing(before, after)) - set(others) - {"Tags"}:
            schema, keeps = table_of(before, after, new.template.file, f"/Resources/{logical_id}/Properties")
            self._tables.append(TableStep(f"table-{name}", name, schema, keeps))

    def _function(self, old: Values, new: Values, logical_id: str) -> None:
        name = new.named(logical_id, "FunctionName", self._bindings.functions)
        if name is None or not self._bindings.is_captured("functions", name):
            self._leave(FUNCTION, NOT_CAPTURED, logical_id)
            return
        others = not_of_function(_differing(old.properties(logical_id), new.properties(logical_id)))
        if others:
            self._leave(FUNCTION, f"{', '.join(others)}: {PLANNED}", logical_id)
        found = function_of(old, new, logical_id)
        if found != LoweredFunction({}):
            self._functions[name] = (new.template.file, found)

    def _leave(self, kind: str, why: str, logical_id: str) -> None:
        self._left.setdefault((kind, why), []).append(logical_id)

    def _problem(self, values: Values | None, logical_id: str, place: str, message: str, hint: str) -> None:
        if values is not None:
            pointer = f"/Resources/{logical_id}/Properties{place}"
            template = values.template
            problem = InputProblem(template.file, template.line(pointer), pointer, message, hint)
            self.problems.append(problem)


def _why(kind: str, *, any_role: bool) -> str:
    """Why a resource of a type is not lowered."""
    if kind in (TABLE, FUNCTION):
        return MADE_OR_GONE
    return HELD if any_role and kind.startswith(_IAM) else PLANNED


def _resource(template: Template | None, logical_id: str) -> Mapping[str, Any] | None:
    return template.resources.get(logical_id) if template else None


def _changed(
    old: Values | None, new: Values | None, logical_id: str, was: Mapping[str, Any], is_: Mapping[str, Any]
) -> bool:
    """Whether a resource that both templates have is another one, or there otherwise, values of parameters included."""
    if old is None or new is None or any(was.get(name) != is_.get(name) for name in ("Type", "Condition")):
        return True
    before, after = old.properties(logical_id), new.properties(logical_id)
    return bool(_differing(before, after) - {"Tags", "Description"})


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        name for name in {*before, *after} if canonical_json(before.get(name)) != canonical_json(after.get(name))
    )


def _in_order(before: Template | None, after: Template | None) -> Iterator[str]:
    """Every logical id of either, each after what it depends on in the new template, else in the old one."""
    held = {**(before.resources if before else {}), **(after.resources if after else {})}
    graph = {name: sorted(_needs(resource) & set(held)) for name, resource in sorted(held.items())}
    try:
        return iter(tuple(TopologicalSorter(graph).static_order()))
    except CycleError:
        # CloudFormation refuses it; in a union of two templates it need not be a fault.
        return iter(sorted(held))


def _needs(resource: Mapping[str, Any]) -> set[str]:
    after = resource.get("DependsOn", ())
    return referred(properties(resource)) | ({after} if isinstance(after, str) else set(after))
