"""What `twinstage stress` stresses: a scenario's `stress` section with the command's options over it, or options alone; checked whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twinstage.cli.request_lines import read_requests
from twinstage.cli.scenario_checks import ScenarioChecker
from twinstage.cli.scenario_extension import scenario_text
from twinstage.cli.stress_checks import SECTION, check_stress
from twinstage.cli.stress_load import RECORDED
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.load_profile import CLOSED
from twinstage.model.reading.yaml_document import Located, read_yaml
from twinstage.model.stress_config import MEMORY, TWIN
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.cli.stress_load import LoadOptions
    from twinstage.replay.intake import Intake

_SCHEMA: Final = "scenario"
_OPTIONS: Final = "the options"
# What a scenario says for the world that is left means nothing in the one that was asked for.
_OF_THE_OTHER: Final = {TWIN: ("service_times", "given"), MEMORY: ("generators",)}
Document = dict[str, Any]
# In the place of what is wrong and has been told of: everything else is looked at too.
_SOME_LOAD: Final[Document] = {"profile": "constant", "rate_per_s": 1, "for_s": 1}
_SOME_REQUESTS: Final[list[Document]] = [{}]


@dataclass(frozen=True)
class StressOptions:
    """What the command was given of the section. `target` is its document, `settings` a file of further members."""

    load: LoadOptions
    target: Mapping[str, str]
    world: str | None = None
    requests: Path | None = None
    generators: int | None = None
    p99_ms: float | None = None
    failed: float | None = None
    target_per_s: float | None = None
    settings: Path | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a section is checked against: the file that problems are told of, what is captured, and the recorded events."""

    file: str
    capture: Mapping[str, Any]
    intake: Intake


def section_of(own: Mapping[str, Any] | None, options: StressOptions, around: Surroundings) -> Document:
    """The section, requests inlined. `own`: the scenario's, None where there is none. Raises InputError with every problem."""
    section, problems = _overlaid(dict(own or {}), options)
    checker = ScenarioChecker(
        scenario_text(Path(around.file), Located({"capture": dict(around.capture), SECTION: section}, {}))
    )
    checker.problems += problems
    checker.problems += _violations(section, around.file)
    check_stress(checker, around.intake)
    if checker.problems:
        raise InputError(checker.problems)
    return section


def address_section(options: StressOptions) -> Document:
    """The members of a section that stresses an address: its load, service level and capacity. Raises InputError with every problem."""
    section, problems = _overlaid({}, options)
    asked = {name: value for name, value in section.items() if name not in ("target", "requests")}
    # A stand-in: an address is no target of a scenario, and everything else is what a section may say.
    problems += _violations({"target": {"function": "none"}, **asked}, str(options.settings or _OPTIONS))
    if problems:
        raise InputError(problems)
    return section


def _overlaid(section: Document, options: StressOptions) -> tuple[Document, list[InputProblem]]:
    problems = list[InputProblem]()
    if options.settings is not None:
        section |= _settings(options.settings, problems)
    if options.target:
        if "target" in section and dict(options.target) != section["target"]:
            section.pop("requests", None)  # they are of another target
        section["target"] = dict(options.target)
    if options.requests is not None:
        section["requests"] = _requests(options.requests, problems)
    _load(section, options.load, problems)
    for member, name, value in (
        ("service_level", "p99_ms", options.p99_ms),
        ("service_level", "failed", options.failed),
        ("capacity", "target_per_s", options.target_per_s),
    ):
        if value is not None:
            section[member] = {**(section.get(member) or {}), name: value}
    if options.world is not None:
        if options.world != section.get("world", MEMORY):
            for member in _OF_THE_OTHER[options.world]:
                section.pop(member, None)
        section["world"] = options.world
    if options.generators is not None:
        section["generators"] = options.generators
    return section, problems


def _load(section: Document, options: LoadOptions, problems: list[InputProblem]) -> None:
    if options.given:
        document, found = options.document()
        problems += found
        section["load"] = _SOME_LOAD if found else document
    elif "load" in section:
        own = section["load"]
        # Nothing of a closed or a recorded load is drawn.
        drawn = own.get("model") != CLOSED and own.get("profile") != RECORDED
        changed = {"arrivals": options.arrivals, "seed": options.seed if drawn else None}
        section["load"] = {**own, **{name: value for name, value in changed.items() if value is not None}}
    else:
        hint = "such as --from 1 --to 100, --rate 20 --for 60s, or --users 5"
        problems.append(InputProblem("--profile", 0, "", "no load is given", hint))
        section["load"] = _SOME_LOAD


def _settings(file: Path, problems: list[InputProblem]) -> Document:
    """What a file says of a section's members; the requests that it names lie beside it."""
    try:
        found = read_yaml(file).document
    except InputError as error:
        problems += error.problems
        return {}
    if not isinstance(found, dict):
        problems.append(InputProblem(str(file), 1, "", "not a mapping", "the members of a scenario's `stress` section"))
        return {}
    section = found[SECTION] if isinstance(found.get(SECTION), dict) and len(found) == 1 else found
    if isinstance(section.get("requests"), str):
        return {**section, "requests": _requests(file.parent / section["requests"], problems)}
    return dict(section)


def _requests(file: Path, problems: list[InputProblem]) -> list[Document]:
    if not file.is_file():
        problems.append(InputProblem(str(file), 0, "", "no such file", "a file of requests, one JSON object a line"))
        return _SOME_REQUESTS
    try:
        return read_requests(file)
    except InputError as error:
        problems += error.problems
        return _SOME_REQUESTS


def _violations(section: Document, file: str) -> list[InputProblem]:
    hint = f"`twinstage schema {_SCHEMA}` prints what is expected, under stress"
    return [
        InputProblem(file, 0, f"/{SECTION}{place}", message, hint)
        for place, message in schema_violations(_SCHEMA, section, part=SECTION)
    ]
