"""What the schema cannot say of a scenario's `explore` section: that everything in it names something that is there, and can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.cli.answer_checks import check_answers
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError
from twinstage.model.exploration_config import PLUS_LAG
from twinstage.model.invariant import ALWAYS_ASKED, RECOVERY
from twinstage.replay.intake import read_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.cli.scenario_checks import ScenarioChecker, Steps
    from twinstage.model.event import Event

SECTION = "explore"


def check_exploration(checker: ScenarioChecker, *, explores: bool = False) -> dict[Steps, list[dict[str, Any]]]:
    """Note every problem of the section; `explores`: the recorded day is explored even without one. Gives what is given to a case by the name of a file: its messages, by the place of the name."""
    section = checker.at(SECTION)
    _needed(checker, section, explores=explores or isinstance(section, dict))
    if not isinstance(section, dict):
        return {}
    inlined = check_answers(checker)
    for steps, case in _cases(section):
        _case(checker, steps, case)
        inlined |= check_given(checker, (*steps, "given"), case.get("given"))
        for place, message in _messages(steps, case):
            _message(checker, place, message)
    recovery = section.get("recovery")
    for place, message in _listed(
        (SECTION, "recovery", "messages"), recovery.get("messages") if isinstance(recovery, dict) else None
    ):
        _message(checker, place, message)
    _names(checker, section)
    _variants(checker, section)
    return inlined


def with_inlined(document: Any, inlined: Mapping[Steps, list[dict[str, Any]]], steps: Steps = ()) -> Any:
    """The scenario with every named file of messages replaced by what it holds."""
    if steps in inlined:
        return inlined[steps]
    if isinstance(document, dict):
        return {name: with_inlined(value, inlined, (*steps, name)) for name, value in document.items()}
    if isinstance(document, list):
        return [with_inlined(value, inlined, (*steps, index)) for index, value in enumerate(document)]
    return document


def message_of(event: Event) -> dict[str, Any] | None:
    """An event as a message of a case; None for zones made and deleted."""
    if event.type not in ("lambda_invoke", "dns_update", "item_change"):
        return None
    kept = ("function", "event", "zone", "zone_id", "changes", "table", "keys", "new_image")
    return {name: event.payload[name] for name in kept if name in event.payload} | {"at": event.timestamp}


def _needed(checker: ScenarioChecker, section: Any, *, explores: bool) -> None:
    """What invariants ask for must be in the section."""
    recovery, follow_ups = (isinstance(section, dict) and name in section for name in ("recovery", "follow_ups"))
    for index, entry in checker.invariants():
        place: Steps = ("invariants", index, "kind")
        if (entry.get("kind") == "recovers" or entry.get("after") == RECOVERY) and not recovery:
            message = f"{entry.get('id')} is asked after a recovery, and none is described"
            checker.problem(place, message, "say what is run to recover under explore.recovery")
        if entry.get("kind") == "waits" and not follow_ups:
            message = f"{entry.get('id')} judges follow-ups, and nothing says where a response names them"
            checker.problem(place, message, "say so under explore.follow_ups")
        if checker.asked_in(entry) == {"exploration"} and not explores:
            message = f"{entry.get('id')} can only be asked of an exploration, and nothing is explored"
            checker.problem(place, message, "add a section (`explore: {}` for the defaults), or leave it out")
        if not checker.asked_in(entry):
            message = f"{entry.get('id')} cannot be asked of a replay"
            checker.problem(("invariants", index, "asked_in"), message, "add exploration, or leave asked_in out")


def _cases(section: Mapping[str, Any]) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    yield from _listed((SECTION, "cases"), section.get("cases"))
    for member in ("safe_lag", "recorded"):
        if isinstance(section.get(member), dict):
            yield (SECTION, member), section[member]


def _case(checker: ScenarioChecker, steps: Steps, case: Mapping[str, Any]) -> None:
    """Ids of invariants are known, the lag stands where there is one, containers wait for each other without a circle."""
    known = {entry.get("id"): entry for _, entry in checker.invariants()}
    lagging = steps[-1] == "safe_lag"
    for member in ("invariants", "except", "at_least"):
        found = case.get(member)
        named = ((id_, id_) for id_ in found) if isinstance(found, dict) else _texts(found)
        for place, id_ in named:
            at: Steps = (*steps, member, place)
            if id_ not in known:
                checker.problem(
                    at, f"there is no invariant {id_}", f"there are: {', '.join(map(str, known)) or 'none'}"
                )
            elif member == "at_least" and "at_least" not in known[id_]:
                checker.problem(at, f"{id_} asks for no generation", "only reaches and recovers do")
    if not lagging and _holds_lag(case):
        checker.problem(steps, f"{{{PLUS_LAG}: ...}} stands outside explore.safe_lag", "write the number out")
    if lagging and not _holds_lag(case):
        message = f"nothing in it depends on the lag: no {{{PLUS_LAG}: n}}"
        checker.problem(steps, message, f"write {{{PLUS_LAG}: n}} where the integer is n + lag")
    _containers(checker, steps, case.get("containers"))


def _containers(checker: ScenarioChecker, steps: Steps, containers: Any) -> None:
    if not isinstance(containers, dict):
        return
    waits = {
        name: dict(_texts(given.get("after"))) if isinstance(given, dict) else {} for name, given in containers.items()
    }
    for name, others in waits.items():
        for place, other in others.items():
            if other not in waits:
                at: Steps = (*steps, "containers", name, "after", place)
                checker.problem(at, f"there is no container {other}", f"there are: {', '.join(waits)}")
    begun: set[str] = set()
    while ready := {
        name for name, others in waits.items() if name not in begun and begun >= {*others.values()} & waits.keys()
    }:
        begun |= ready
    for name in waits.keys() - begun:
        message = f"{name} never begins: it waits for containers that wait for it"
        checker.problem((*steps, "containers", name, "after"), message, "take one of them out")


def check_given(checker: ScenarioChecker, steps: Steps, found: Any) -> dict[Steps, list[dict[str, Any]]]:
    """Note every problem of messages that are given at a place, each of them or the name of a file; gives the file's by the place."""
    for place, message in _listed(steps, found):
        _message(checker, place, message)
    return {steps: _file(checker, steps, found)} if isinstance(found, str) else {}


def _messages(steps: Steps, case: Mapping[str, Any]) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    containers = case.get("containers")
    for name, given in containers.items() if isinstance(containers, dict) else ():
        if isinstance(given, dict):
            yield from _listed((*steps, "containers", name, "messages"), given.get("messages"))
        else:
            yield from _listed((*steps, "containers", name), given)


def _message(checker: ScenarioChecker, steps: Steps, message: Mapping[str, Any]) -> None:
    """What takes the message must be captured. A zone given by its id is for the snapshot to know."""
    for member, kind in (("function", "functions"), ("zone", "zones"), ("table", "tables")):
        name = message.get(member)
        if not isinstance(name, str):
            continue
        captured = set(checker.captured(kind))
        known = canonical_name(name) in map(canonical_name, captured) if kind == "zones" else name in captured
        if not known:
            checker.problem((*steps, member), f"{name} is not captured", f"add it to capture.{kind}")


def _file(checker: ScenarioChecker, steps: Steps, name: str) -> list[dict[str, Any]]:
    file = checker.text.beside(steps, name)
    if not file.exists():
        checker.problem(steps, f"{name} does not exist", f"looked for {file}")
        return []
    try:
        found = [
            message for event in read_events(file, "twinstage").events if (message := message_of(event)) is not None
        ]
    except InputError as error:
        checker.problems += error.problems
        return []
    for message in found:
        _message(checker, steps, message)
    return found


def _names(checker: ScenarioChecker, section: Mapping[str, Any]) -> None:
    seen: set[str] = set()
    for steps, case in _listed((SECTION, "cases"), section.get("cases")):
        name = str(case.get("name"))
        if name in seen:
            checker.problem((*steps, "name"), f"{name} appears twice", "names of cases are unique")
        seen.add(name)
    if section.get("recorded") is False and not seen and "safe_lag" not in section:
        checker.problem((SECTION,), "there is nothing to explore", "add a case, or leave recorded: false out")


def _variants(checker: ScenarioChecker, section: Mapping[str, Any]) -> None:
    variants = section.get("variants")
    if not isinstance(variants, dict):
        return
    if not isinstance(checker.at("change"), dict):
        message = "there are variants, and nothing changes that could come in several"
        checker.problem((SECTION, "variants"), message, "say under change which functions the candidate has")
    counting = {str(entry.get("id")) for _, entry in checker.invariants() if entry.get("counts", True)}
    for name, variant in variants.items():
        expect = variant.get("expect") if isinstance(variant, dict) else None
        expected = expect.get("violations") if isinstance(expect, dict) else None
        for place, id_ in _texts(expected):
            if id_ not in counting | ALWAYS_ASKED.keys():
                at: Steps = (SECTION, "variants", name, "expect", "violations", place)
                checker.problem(
                    at, f"there is no invariant {id_} that counts", f"there are: {', '.join(sorted(counting))}"
                )


def _holds_lag(document: Any) -> bool:
    if isinstance(document, dict):
        return set(document) == {PLUS_LAG} or any(_holds_lag(value) for value in document.values())
    return isinstance(document, list) and any(_holds_lag(value) for value in document)


def _listed(steps: Steps, found: Any) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    """Each object of a list, with the steps that lead to it."""
    if isinstance(found, list):
        yield from (((*steps, index), entry) for index, entry in enumerate(found) if isinstance(entry, dict))


def _texts(found: Any) -> Iterator[tuple[int, str]]:
    """The index and text of each text of a list."""
    if isinstance(found, list):
        yield from ((index, text) for index, text in enumerate(found) if isinstance(text, str))
