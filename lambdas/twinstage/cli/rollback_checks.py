"""What the schema cannot say of a scenario's `rollback` section: that there is something to go back from, and that everything in it names something that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.cli.change_batch import read_batch
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.cli.scenario_checks import ScenarioChecker, Steps

SECTION = "rollback"


def check_rollback(checker: ScenarioChecker) -> dict[Steps, list[dict[str, Any]]]:
    """Note every problem of the section. Gives its batches, read from their files, by the place of the list."""
    section = checker.at(SECTION)
    if not isinstance(section, dict):
        return {}
    if not isinstance(checker.at("change"), dict):
        checker.problem((SECTION,), "there is a way back, and nothing changes", "say under change what does")
    _recovery(checker, section)
    _invariants(checker, section)
    for steps, message in _messages(section):
        if isinstance(name := message.get("function"), str) and name not in set(checker.captured("functions")):
            checker.problem((*steps, "function"), f"{name} is not captured", "add it to capture.functions")
    return {(SECTION, "records"): list(_batches(checker, section))} if "records" in section else {}


def _recovery(checker: ScenarioChecker, section: Mapping[str, Any]) -> None:
    """Whether the old code is at home again can only be asked by running it."""
    described = "recovery" in section or isinstance(checker.at("explore", "recovery"), dict)
    if not described and checker.at("change", "functions"):
        message = "functions are rolled back, and nothing is run with the old code afterwards"
        checker.problem((SECTION,), message, "describe a recovery, here or under explore.recovery")


def _invariants(checker: ScenarioChecker, section: Mapping[str, Any]) -> None:
    known = {str(entry.get("id")): entry for _, entry in checker.invariants()}
    for member in ("invariants", "except"):
        found = section.get(member)
        for place, id_ in enumerate(found if isinstance(found, list) else ()):
            at: Steps = (SECTION, member, place)
            if id_ not in known:
                checker.problem(at, f"there is no invariant {id_}", f"there are: {', '.join(known) or 'none'}")
            elif "exploration" not in checker.asked_in(known[id_]):
                checker.problem(at, f"{id_} is asked of the replay only", "let it be asked of explorations too")


def _messages(section: Mapping[str, Any]) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    recovery = section.get("recovery")
    lists: dict[Steps, Any] = {("messages",): section.get("messages")}
    if isinstance(recovery, dict):
        lists["recovery", "messages"] = recovery.get("messages")
    for steps, found in lists.items():
        for index, message in enumerate(found if isinstance(found, list) else ()):
            if isinstance(message, dict):
                yield (SECTION, *steps, index), message


def _batches(checker: ScenarioChecker, section: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    captured = [canonical_name(name) for name in checker.captured("zones")]
    batches = section["records"]
    for index, batch in enumerate(batches if isinstance(batches, list) else ()):
        zone, name = (batch.get(member) if isinstance(batch, dict) else None for member in ("zone", "file"))
        if not isinstance(zone, str):
            continue
        place: Steps = (SECTION, "records", index)
        if canonical_name(zone) not in captured:
            checker.problem((*place, "zone"), f"{zone} is not captured", "add it to capture.zones")
        if not isinstance(name, str):
            yield dict(batch)
            continue
        file = checker.text.beside((*place, "file"), name)
        if not file.is_file():
            checker.problem((*place, "file"), f"{name} does not exist", f"looked for {file}")
            continue
        try:
            yield {"zone": zone, "changes": read_batch(file, canonical_name(zone))}
        except InputError as error:
            checker.problems += error.problems
