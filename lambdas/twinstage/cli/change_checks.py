"""A scenario's change, read with the files that it names, as the steps that apply it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.cli.change_batch import read_batch
from twinstage.cli.table_schema_file import read_table_file
from twinstage.model.change_step import FunctionStep, RecordsStep, TableStep, applied, function_step, in_order
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from twinstage.cli.change_template import TemplateChange
    from twinstage.cli.scenario_checks import ScenarioChecker, Steps
    from twinstage.model.change_step import ChangeStep

SECTION = "change"


def check_change(checker: ScenarioChecker, template: TemplateChange | None = None) -> tuple[ChangeStep, ...]:
    """The steps of the section's functions, tables and record batches, in order, of each kind those of its template last; every problem of them is noted."""
    section = checker.at(SECTION)
    if not isinstance(section, dict):
        return ()
    if "steps" in section:
        message = "the steps follow from what else stands in the section"
        checker.problem((SECTION, "steps"), message, "leave them out: Twinstage writes them")
    names = {*(section.get("functions") or ()), *(template.functions if template else ())}
    functions = [function_step(str(name)) for name in sorted(names)]
    further = template.steps if template else ()
    steps = in_order([*_tables(checker), *functions, *_records(checker), *further])
    if applied(steps) and checker.at("stress", "world") == "twin":
        message = "a load that reaches the twin finds it as it was captured, without records and tables that change"
        checker.problem(("stress", "world"), message, "stress in memory, or change functions only")
    return steps


def with_change_steps(document: Mapping[str, Any], steps: Sequence[ChangeStep]) -> Mapping[str, Any]:
    """A scenario's document with the steps of its change, where that is more than functions."""
    if all(isinstance(step, FunctionStep) for step in steps):
        return document
    return {**document, SECTION: {**document[SECTION], "steps": [step.document() for step in steps]}}


def _tables(checker: ScenarioChecker) -> Iterator[TableStep]:
    found = checker.at(SECTION, "tables")
    captured = set(checker.captured("tables"))
    for table, name in sorted(found.items()) if isinstance(found, dict) else ():
        place: Steps = (SECTION, "tables", table)
        if table not in captured:
            checker.problem(place, f"{table} changes but is not captured", "add it to capture.tables")
        file = _file(checker, place, name)
        if file is None:
            continue
        try:
            yield TableStep(f"table-{table}", table, *read_table_file(file, table))
        except InputError as error:
            checker.problems += error.problems


def _records(checker: ScenarioChecker) -> Iterator[RecordsStep]:
    found = checker.at(SECTION, "records")
    captured = [canonical_name(name) for name in checker.captured("zones")]
    for index, batch in enumerate(found if isinstance(found, list) else ()):
        zone = batch.get("zone") if isinstance(batch, dict) else None
        if not isinstance(zone, str):
            continue
        place: Steps = (SECTION, "records", index)
        if canonical_name(zone) not in captured:
            checker.problem((*place, "zone"), f"{zone} changes but is not captured", "add it to capture.zones")
        file = _file(checker, (*place, "file"), batch.get("file"))
        if file is None:
            continue
        try:
            changes = read_batch(file, canonical_name(zone))
        except InputError as error:
            checker.problems += error.problems
        else:
            yield RecordsStep(f"records-{index + 1}", canonical_name(zone), tuple(changes))


def _file(checker: ScenarioChecker, place: Steps, name: Any) -> Path | None:
    """The file whose name stands at a place, where it is there."""
    if not isinstance(name, str):
        return None
    file = checker.text.beside(place, name)
    if file.is_file():
        return file
    checker.problem(place, f"{name} does not exist", f"looked for {file}")
    return None
