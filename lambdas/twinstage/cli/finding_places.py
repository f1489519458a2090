"""Where in a scenario's files what a finding is about stands: its invariant, else its criterion, else the change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from twinstage.cli.scenario_extension import read_scenario_text
from twinstage.model.validation import pointer
from twinstage.report.github import Line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twinstage.cli.scenario_extension import ScenarioText
    from twinstage.model.finding import Finding


def finding_places(scenario: Path) -> Callable[[Finding], Line]:
    """The place of each finding in a scenario's files, paths from the working directory. Raises InputError for a file that is no scenario's."""
    text = read_scenario_text(scenario)
    invariants = _invariants(text.document)

    def place(finding: Finding) -> Line:
        return _line(text, _steps(text.document, invariants, finding))

    return place


def _invariants(document: Any) -> dict[str, int]:
    held = document.get("invariants", ()) if isinstance(document, dict) else ()
    return {str(entry["id"]): index for index, entry in enumerate(held) if isinstance(entry, dict) and "id" in entry}


def _steps(document: Any, invariants: dict[str, int], finding: Finding) -> tuple[str | int, ...]:
    """What asked for it. Checks of an invariant bear its id behind the name of the state that asked: `explored-I5`."""
    named = [index for id_, index in invariants.items() if finding.check == id_ or finding.check.endswith(f"-{id_}")]
    if named:
        return ("invariants", named[0])
    criteria = document.get("criteria") if isinstance(document, dict) else None
    if isinstance(criteria, dict) and finding.criterion in criteria:
        return ("criteria", finding.criterion)
    return ("change",)


def _line(text: ScenarioText, steps: tuple[str | int, ...]) -> Line:
    found = text.problem_at(pointer(steps), "")
    return Line(os.path.relpath(found.file), max(found.line, 1))
