"""A scenario's file, with everything it names: read, checked in full, every problem at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.cli.ab_checks import check_ab
from twinstage.cli.approval_checks import check_approval
from twinstage.cli.change_checks import check_change, with_change_steps
from twinstage.cli.change_template import TemplateChange, check_template, with_template
from twinstage.cli.explore_checks import check_exploration, with_inlined
from twinstage.cli.item_checks import check_items
from twinstage.cli.rollback_checks import check_rollback
from twinstage.cli.scenario_checks import ScenarioChecker
from twinstage.cli.scenario_extension import read_scenario_text
from twinstage.cli.stress_checks import check_stress
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.scenario import Scenario, scenario_of
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.replay.intake import Intake

FILE = "scenario.yaml"


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario and the files beside it.

    `production` has the folders `zones` and `tables` and the `functions` (each with its `code` folder resolved); `candidate` maps each
    changed function to `{"code": Path, "handler"?, "environment"?, "unset"?, "timeout_s"?, "memory_mb"?}`; `template` is what the change's template comes to, where it has one.
    """

    path: Path
    scenario: Scenario
    intake: Intake
    zones: Path | None
    tables: Path | None
    functions: Mapping[str, Mapping[str, Any]]
    candidate: Mapping[str, Mapping[str, Any]]
    template: TemplateChange | None = None


def find_scenario(name: str, roots: list[Path]) -> Path:
    """The scenario file that `name` means: a file, a folder with a `scenario.yaml`, or either below one of `roots`.

    A file may be named without its `.yaml`: `enactor-update/full` is the `full.yaml` of the folder `enactor-update`.
    """
    candidates = [
        candidate
        for place in (Path(name), *(root / name for root in roots))
        for candidate in (place, place / FILE, place.parent / f"{place.name}.yaml")
    ]
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
    text = read_scenario_text(path)
    checker = ScenarioChecker(text)
    hint = "`twinstage schema scenario` prints what is expected"
    checker.problems += [
        text.problem_at(*violation, hint) for violation in schema_violations("scenario", text.document)
    ]
    zones, tables = checker.folder("production", "zones"), checker.folder("production", "tables")
    functions, candidate = checker.functions("production"), checker.functions("change")
    template = check_template(checker, zones)
    if template is not None:
        candidate = template.with_functions(candidate, checker)
    steps = check_change(checker, template)
    intake = checker.events()
    checker.names()
    checker.invariant_names()
    check_items(checker)
    check_approval(checker)
    check_ab(checker)
    checker.criteria()
    inlined = check_exploration(checker, explores=explores) | check_stress(checker, intake) | check_rollback(checker)
    checker.dumps(zones, tables)
    checker.references(intake)
    if checker.problems:
        raise InputError(checker.problems)
    document = with_template(with_inlined(text.document, inlined), template, candidate)
    scenario = scenario_of(with_change_steps(document, steps))
    return ScenarioFile(path, scenario, intake, zones, tables, functions, candidate, template)
