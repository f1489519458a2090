"""A scenario's file, with everything it names: read, checked in full, every problem at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.cli.yaml_reader import Located, read_yaml
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.scenario import Scenario, scenario_of
from twinstage.model.validation import line_of, schema_problems
from twinstage.replay.intake import Intake, read_events

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def load_scenario(path: Path) -> ScenarioFile:
    """Read and check one scenario. Raises InputError with every problem of the scenario, its folders and its events."""
    located = read_yaml(path)
    problems = schema_problems("scenario", located.document, str(path), located.lines)
    if problems:
        raise InputError(problems)
    checker = _Checker(path, located)
    document = located.document
    production = document.get("production", {})
    zones, tables = (checker.folder(production.get(kind), f"/production/{kind}") for kind in ("zones", "tables"))
    functions = {
        name: spec | {"code": checker.folder(spec["code"], f"/production/functions/{name}/code")}
        for name, spec in production.get("functions", {}).items()
    }
    candidate = {
        name: spec | {"code": checker.folder(spec["code"], f"/change/functions/{name}/code")}
        for name, spec in document.get("change", {}).get("functions", {}).items()
    }
    checker.names(document)
    intake = checker.events(document["events"])
    if checker.problems:
        raise InputError(checker.problems)
    return ScenarioFile(path, scenario_of(document), intake, zones, tables, functions, candidate)


class _Checker:
    """Collects problems of one scenario file with their lines."""

    def __init__(self, path: Path, located: Located) -> None:
        self.path, self.located, self.problems = path, located, list[InputProblem]()

    def problem(self, place: str, message: str, hint: str = "") -> None:
        self.problems.append(InputProblem(str(self.path), line_of(self.located.lines, place), place, message, hint))

    def folder(self, name: str | None, place: str) -> Any:
        if name is None:
            return None
        folder = (self.path.parent / name).resolve()
        if not folder.is_dir():
            self.problem(place, f"{name} is not a folder beside the scenario", f"looked for {folder}")
        return folder

    def names(self, document: Mapping[str, Any]) -> None:
        captured = set(document["capture"].get("functions", ()))
        for name in document.get("change", {}).get("functions", {}):
            if name not in captured:
                self.problem(
                    f"/change/functions/{name}", f"{name} changes but is not captured", "add it to capture.functions"
                )
        ids = [entry["id"] for entry in document.get("invariants", ())]
        for index, id_ in enumerate(ids):
            if id_ in ids[:index]:
                self.problem(f"/invariants/{index}/id", f"{id_} appears twice", "ids of invariants are unique")

    def events(self, spec: Mapping[str, Any]) -> Intake:
        file = (self.path.parent / spec["file"]).resolve()
        if not file.exists():
            self.problem("/events/file", f"{spec['file']} does not exist", f"looked for {file}")
            return Intake(())
        try:
            return read_events(file, spec.get("format", "twinstage"), max_quarantined=spec.get("max_quarantined", 0))
        except InputError as error:
            self.problems += error.problems
            return Intake(())
