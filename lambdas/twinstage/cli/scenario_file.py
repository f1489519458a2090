"""A scenario's file, with everything it names: read, checked in full, every problem at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.cli.approval_checks import check_approval
from twinstage.cli.explore_checks import check_exploration, with_inlined
from twinstage.cli.item_checks import check_items
from twinstage.cli.scenario_checks import ScenarioChecker
from twinstage.cli.stress_checks import check_stress
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.yaml_document import read_yaml
from twinstage.model.scenario import Scenario, scenario_of
from twinstage.model.validation import schema_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.replay.intake import Intake

FILE = "scenario.yaml"


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario and the files beside it.

    `production` has the folders `zones` and `tables` and the `functions` (each with its `code` folder resolved); `candidate` maps each
    changed function to `{"code": Path, "handler"?, "environment"?}`.
    """

    path: Path
    scenario: Scenario
    intake: Intake
    zones: Path | None
    tables: Path | None
    functions: Mapping[str, Mapping[str, Any]]
    candidate: Mapping[str, Mapping[str, Any]]


def find_scenario(name: str, roots: list[Path]) -> Path:
    """The scenario file that `name` means: a file, a folder with a `scenario.yaml`, or a folder's name below one of `roots`."""
    given = Path(name)
    candidates = [given, given / FILE, *(root / name / FILE for root in roots)]
    found = next((path for path in candidates if path.is_file()), None)
    if found is None:
        known = sorted(path.parent.name for root in roots for path in root.glob(f"*/{FILE}"))
        raise InputError(
            [
                InputProblem(
                    name,
                    0,
                    "",
                    "no such scenario",
                    f"give a scenario.yaml, its folder, or one of: {', '.join(known) or 'none found'}",
                )
            ]
        )
    return found


def load_scenario(path: Path, *, explores: bool = False) -> ScenarioFile:
    """Read and check one scenario; `explores`: it is to be explored, with or without a section that says how. Raises InputError with every problem of the scenario, its folders and its events."""
    located = read_yaml(path)
    checker = ScenarioChecker(path, located)
    checker.problems += schema_problems("scenario", located.document, str(path), located.lines)
    zones, tables = checker.folder("production", "zones"), checker.folder("production", "tables")
    functions, candidate = checker.functions("production"), checker.functions("change")
    intake = checker.events()
    checker.names()
    checker.invariant_names()
    check_items(checker)
    check_approval(checker)
    checker.criteria()
    inlined = check_exploration(checker, explores=explores) | check_stress(checker, intake)
    checker.dumps(zones, tables)
    checker.references(intake)
    if checker.problems:
        raise InputError(checker.problems)
    scenario = scenario_of(with_inlined(located.document, inlined))
    return ScenarioFile(path, scenario, intake, zones, tables, functions, candidate)
