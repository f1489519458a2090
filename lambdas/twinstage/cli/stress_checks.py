"""What the schema cannot say of a scenario's `stress` section: that its target is captured, that there is something to ask of it, and that its load can be driven."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.cli.explore_checks import check_given
from twinstage.cli.request_lines import read_requests
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError
from twinstage.model.load_profile import OpenLoad, load_contradictions, load_of, scaled_ns
from twinstage.model.quotas import override_problems
from twinstage.model.stress_config import LONGEST_S, MEMORY, MOST_REQUESTS, TWIN, target_of
from twinstage.model.validation import line_of, schema_violations
from twinstage.rehearse.stress.requests import recorded_requests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.cli.scenario_checks import ScenarioChecker, Steps
    from twinstage.model.load_profile import Load, Stretch
    from twinstage.model.stress_config import Target
    from twinstage.replay.intake import Intake

SECTION = "stress"
_CAPTURED_AS = {"function": "functions", "table": "tables", "zone": "zones"}
_NS = 1_000_000_000


def check_stress(checker: ScenarioChecker, intake: Intake) -> dict[Steps, list[dict[str, Any]]]:
    """Note every problem of the section. Gives the requests of the file that it names, by the place of the name."""
    section = checker.at(SECTION)
    if not isinstance(section, dict):
        return {}
    sound = _Sound(section)
    inlined, given = _requests(checker, section), _given(checker, section)
    if sound.of("target"):
        _target(checker, target_of(section["target"]), asked="requests" in section, intake=intake)
        _batches(checker, section, inlined)
    if sound.of("load"):
        _load(checker, section)
        if section["load"].get("profile") == "recorded" and sound.of("target"):
            _recorded_load(checker, section, intake)
    if sound.of("quotas") and "quotas" in section:
        file = checker.text.file_of((SECTION,))
        for problem in override_problems(section["quotas"], str(file), f"/{SECTION}/quotas"):
            checker.problems.append(replace(problem, line=line_of(checker.text.lines.get(file, {}), problem.pointer)))
    _world(checker, section)
    _criterion(checker)
    return inlined | given


@dataclass(frozen=True)
class _Sound:
    """Which members of the section are of their form: the schema tells of the others."""

    section: Mapping[str, Any]

    @cached_property
    def _broken(self) -> frozenset[str]:
        violations = schema_violations("scenario", self.section, part=SECTION)
        return frozenset(place.split("/")[1] for place, _ in violations if place)

    def of(self, member: str) -> bool:
        return member in self.section and member not in self._broken


def _requests(checker: ScenarioChecker, section: Mapping[str, Any]) -> dict[Steps, list[dict[str, Any]]]:
    name, steps = section.get("requests"), (SECTION, "requests")
    if not isinstance(name, str):
        return {}
    file = checker.text.beside(steps, name)
    if not file.is_file():
        checker.problem(steps, f"{name} does not exist", f"looked for {file}")
        return {}
    try:
        return {steps: read_requests(file)}
    except InputError as error:
        checker.problems += error.problems
        return {}


def _given(checker: ScenarioChecker, section: Mapping[str, Any]) -> dict[Steps, list[dict[str, Any]]]:
    """What stands before the load: nobody's code makes it, so that it is the same for both arms."""
    steps = (SECTION, "given")
    found = check_given(checker, steps, section.get("given"))
    given = found.get(steps, section.get("given"))
    if isinstance(given, list) and any(isinstance(each, dict) and "function" in each for each in given):
        message = "functions do not run before a load: record changes and writes of items stand before it"
        checker.problem(steps, message, "give what they would have written")
    return found


def _target(checker: ScenarioChecker, target: Target, *, asked: bool, intake: Intake) -> None:
    kind = _CAPTURED_AS[target.kind]
    captured = list(checker.captured(kind))
    known = canonical_name(target.name) in map(canonical_name, captured) if kind == "zones" else target.name in captured
    if not known:
        checker.problem((SECTION, "target", target.kind), f"{target.name} is not captured", f"add it to capture.{kind}")
    elif not asked and not _recorded(target, intake):
        message = f"the recorded events ask nothing of {target.text}, and no requests are given"
        checker.problem((SECTION, "target"), message, f"name a file of requests under {SECTION}.requests")
    if target.kind != "function" and checker.at(SECTION, "concurrency") is not None:
        message = f"only a function has a concurrency, and {target.text} is none"
        checker.problem((SECTION, "concurrency"), message, "leave it out")


def _recorded(target: Target, intake: Intake) -> bool:
    """Whether the events ask something of a target; a zone that is given by its id may be any."""
    by_id = target.kind == "zone" and any(e.type == "dns_update" and "zone" not in e.payload for e in intake.events)
    return by_id or bool(recorded_requests(target, intake.events))


def _batches(
    checker: ScenarioChecker, section: Mapping[str, Any], inlined: Mapping[Steps, list[dict[str, Any]]]
) -> None:
    """What a zone is asked is a batch of changes."""
    strange = any(not isinstance(request.get("Changes"), list) for lines in inlined.values() for request in lines)
    if "zone" in section["target"] and strange:
        message = "a request to a zone is one batch of changes"
        checker.problem((SECTION, "requests"), message, 'each line: {"Changes": [...]}, as ChangeBatch has them')


def _recorded_load(checker: ScenarioChecker, section: Mapping[str, Any], intake: Intake) -> None:
    target, scale, steps = target_of(section["target"]), section["load"].get("scale", 1), (SECTION, "load")
    offsets = [at for at, _ in recorded_requests(target, intake.events)]
    lasts_s = scaled_ns(max(offsets, default=0), scale) / _NS if scale > 0 else 0
    if section.get("world") == TWIN and lasts_s > LONGEST_S:
        message = f"the recorded day lasts {lasts_s:.0f} s at this scale, and no generator lives so long"
        checker.problem(steps, message, f"at most {LONGEST_S:.0f} s: raise scale")
    _in_memory(checker, section, len(offsets))
    if not _recorded(target, intake):
        message = f"the recorded events ask nothing of {target.text}: there is no day to repeat"
        checker.problem((SECTION, "load", "profile"), message, "take another profile")


def _load(checker: ScenarioChecker, section: Mapping[str, Any]) -> None:
    """The load is one that can be driven: nothing contradicts itself, and it comes to its end."""
    contradictions = load_contradictions(section["load"])
    for place, message in contradictions:
        checker.problem((SECTION, "load", *place.strip("/").split("/")), message, "change one of the two")
    if contradictions or section["load"].get("profile") == "recorded":
        return
    load, steps = load_of(section["load"]), (SECTION, "load")
    lasts_s = load.duration_ns / _NS
    if section.get("world") == TWIN and lasts_s > LONGEST_S:
        message = f"the load lasts {lasts_s:.0f} s, and no generator lives so long: a Lambda function has 900 s, of which it needs some itself"
        hint = f"at most {LONGEST_S:.0f} s: fewer levels (a larger factor, a narrower range) or shorter ones"
        checker.problem(steps, message, hint)
    asked = sum(
        (level.from_per_s + level.to_per_s) / 2 * (level.end_ns - level.begin_ns) / _NS for level in _stretches(load)
    )
    _in_memory(checker, section, asked)
    highest = max((max(level.from_per_s, level.to_per_s) for level in _stretches(load)), default=0.0)
    at_per_s = checker.at(SECTION, "thresholds", "p99_ms", "at_per_s")
    if isinstance(at_per_s, int | float) and 0 < highest < at_per_s:
        message = f"no more than {highest:g} requests a second are driven: nothing is known of {at_per_s:g}"
        checker.problem((SECTION, "thresholds", "p99_ms", "at_per_s"), message, "raise the load, or lower the rate")


def _in_memory(checker: ScenarioChecker, section: Mapping[str, Any], asked: float) -> None:
    if section.get("world", MEMORY) == MEMORY and asked > MOST_REQUESTS:
        message = f"these are {asked:.0f} requests, and each of them runs the handler"
        checker.problem((SECTION, "load"), message, f"at most {MOST_REQUESTS}: fewer of them, or for a shorter time")


def _stretches(load: Load) -> tuple[Stretch, ...]:
    return load.shape.stretches if isinstance(load, OpenLoad) else ()


def _world(checker: ScenarioChecker, section: Mapping[str, Any]) -> None:
    """What only one of the worlds has belongs to the other as little as it would do there."""
    world = section.get("world", MEMORY)
    if world == TWIN and "service_times" in section:
        message = "the twin takes the time that it takes: service times are of the world memory"
        checker.problem((SECTION, "service_times"), message, "leave it out, or say world: memory")
    if world == TWIN and "given" in section:
        message = "a twin is restored as it was captured: nothing else stands before its load"
        checker.problem((SECTION, "given"), message, "leave it out, or say world: memory")


def _criterion(checker: ScenarioChecker) -> None:
    asked = checker.at("criteria")
    if isinstance(asked, dict) and "performance" not in asked:
        message = "what is stressed is judged by the criterion performance, which is not asked for"
        checker.problem((SECTION,), message, "add it to criteria, or leave the section out")
