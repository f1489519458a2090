"""A scenario that is another one but for some sections: `extends: scenario.yaml`.

A top-level section that is given replaces the base's whole; one that is given as null takes it out. Everything else is the base's, and so is a base's base.
Paths are relative to the file that says them, and a problem is told of the file in which it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.yaml_document import Located, read_yaml
from twinstage.model.validation import line_of, pointer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twinstage.cli.scenario_checks import Steps

EXTENDS: Final = "extends"


@dataclass(frozen=True)
class ScenarioText:
    """A scenario's document, all bases in it, and of each top-level section the file that says it.

    `path` is the file that was asked for: it says whatever no section does. `lines` has the line (from 1) of each JSON pointer, a file at a time.
    """

    path: Path
    document: Any
    said_by: Mapping[str, Path]
    lines: Mapping[Path, Mapping[str, int]]

    def file_of(self, steps: Steps) -> Path:
        """The file that says what stands at a place."""
        return self.said_by.get(str(steps[0]), self.path) if steps else self.path

    def beside(self, steps: Steps, name: str) -> Path:
        """What a name that stands at a place means: it is relative to the file that says it."""
        return (self.file_of(steps).parent / name).resolve()

    def problem(self, steps: Steps, message: str, hint: str = "") -> InputProblem:
        """A problem of the place that these steps lead to."""
        return self.problem_at(pointer(steps), message, hint)

    def problem_at(self, place: str, message: str, hint: str = "") -> InputProblem:
        """A problem of the place of a JSON pointer."""
        section = place.split("/")[1:2]
        file = self.file_of(tuple(each.replace("~1", "/").replace("~0", "~") for each in section))
        return InputProblem(str(file), line_of(self.lines.get(file, {}), place), place, message, hint)


def scenario_text(path: Path, located: Located) -> ScenarioText:
    """A document that extends nothing, as it stands in a file."""
    document = located.document
    said_by = dict.fromkeys(document, path) if isinstance(document, dict) else {}
    return ScenarioText(path, document, said_by, {path: located.lines})


def read_scenario_text(path: Path) -> ScenarioText:
    """Read a scenario and everything that it extends. Raises InputError for a file that cannot be read, and for one that comes to extend itself."""
    return _read(path, ())


def _read(path: Path, extending: tuple[Path, ...]) -> ScenarioText:
    own = scenario_text(path, read_yaml(path))
    if not isinstance(own.document, dict) or EXTENDS not in own.document:
        return own
    base = _base(own, (*extending, path.resolve()))
    given = {name: section for name, section in own.document.items() if name != EXTENDS}
    kept = {name: section for name, section in base.document.items() if name not in given}
    document = {**kept, **{name: section for name, section in given.items() if section is not None}}
    said_by = {**{name: base.said_by[name] for name in kept}, **dict.fromkeys(given, path)}
    return ScenarioText(path, document, said_by, {**base.lines, **own.lines})


def _base(own: ScenarioText, extending: tuple[Path, ...]) -> ScenarioText:
    name = own.document[EXTENDS]
    if not isinstance(name, str) or not name:
        raise InputError([own.problem((EXTENDS,), "the file that is extended is no text", "name a scenario's file")])
    # The path as it was given, so that problems name files as whoever asked did.
    file = own.path.parent / name
    if file.resolve() in extending:
        chain = " -> ".join(each.name for each in (*extending, file.resolve()))
        raise InputError([own.problem((EXTENDS,), f"it extends itself: {chain}", "extend a scenario that does not")])
    if not file.is_file():
        raise InputError([own.problem((EXTENDS,), f"{name} does not exist", f"looked for {file.resolve()}")])
    base = _read(file, extending)
    if not isinstance(base.document, dict):
        raise InputError([base.problem((), "it is extended, and is no scenario", "write a scenario there")])
    return base
