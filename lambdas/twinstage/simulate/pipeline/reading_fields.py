"""What each type of state must have and may not have, beside its transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputProblem
from twinstage.model.validation import pointer as pointer_of
from twinstage.simulate.pipeline.choices import rule_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.simulate.pipeline.definition import QueryLanguage

_LANGUAGES: Final = ("JSONPath", "JSONata")
_WAITS: Final = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")
PATHS: Final = (
    "InputPath",
    "OutputPath",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "ErrorPath",
    "CausePath",
)
"""Fields of a state that are paths to read from."""
_OF_JSONPATH: Final = (*PATHS, "ResultPath", "Parameters", "ResultSelector")
_OF_JSONATA: Final = ("Arguments", "Output", "Items")
_OBJECTS: Final = ("Assign", "ItemReader", "ItemBatcher", "ResultWriter")
_WITHIN: Final = (("ItemReader", "ReaderConfig"), ("ResultWriter", "Parameters"))
_LONGEST_NAME: Final = 80


class Reading:
    """The problems of one definition, as they are found."""

    def __init__(self, file: str) -> None:
        self.file, self.problems = file, list[InputProblem]()

    def refuse(self, place: tuple[str | int, ...], message: str, hint: str = "") -> None:
        """Note a problem at a place."""
        self.problems.append(InputProblem(self.file, 0, pointer_of(place), message, hint))

    def language(self, node: Mapping[str, Any], place: tuple[str | int, ...], around: QueryLanguage) -> QueryLanguage:
        """The query language of a machine or state: its own, or that around it."""
        said = node.get("QueryLanguage", around)
        if said not in _LANGUAGES:
            self.refuse((*place, "QueryLanguage"), f"{said!r} is no query language", "JSONPath or JSONata")
            return around
        if around == "JSONata" and said == "JSONPath":
            self.refuse((*place, "QueryLanguage"), "inside a JSONata machine every state is JSONata")
        return "JSONata" if said == "JSONata" else "JSONPath"

    def target(self, named: Any, place: tuple[str | int, ...], siblings: Mapping[str, Any]) -> None:
        """Refuse a transition to what is no state of the same machine."""
        if not isinstance(named, str) or named not in siblings:
            self.refuse(
                place, f"there is no state {named!r} beside this one", f"one of {', '.join(list(siblings)[:8])}"
            )

    def mapping(self, node: Mapping[str, Any], name: str, place: tuple[str | int, ...]) -> None:
        """Refuse a field that is there and no object."""
        if name in node and not isinstance(node[name], dict):
            self.refuse((*place, name), f"{name} is an object")

    def number(
        self,
        node: Mapping[str, Any],
        name: str,
        place: tuple[str | int, ...],
        *,
        least: float,
        most: float = 99_999_999,
    ) -> float | None:
        """A field that is a number; None where it is missing, wrong (which is noted) or an expression."""
        value = node.get(name)
        if value is None or (isinstance(value, str) and value.strip().startswith("{%")):
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            hint = "give a value for the placeholder" if isinstance(value, str) and "${" in value else ""
            self.refuse((*place, name), f"{value!r} is no number from {least} to {most}", hint)
            return None
        return value


def field_problems(
    node: Mapping[str, Any],
    kind: str,
    language: QueryLanguage,
    place: tuple[str | int, ...],
    siblings: Mapping[str, Any],
    reading: Reading,
) -> None:
    """Note what is wrong with a state's fields."""
    if len(str(place[-1])) > _LONGEST_NAME:
        reading.refuse(place, f"a state's name has at most {_LONGEST_NAME} characters")
    for name in _OF_JSONPATH if language == "JSONata" else _OF_JSONATA:
        if name in node:
            other = "JSONPath" if language == "JSONata" else "JSONata"
            reading.refuse((*place, name), f"{name} is a field of {other} states, and this one is {language}")
    for name in _OBJECTS:
        reading.mapping(node, name, place)
    for name, inner in _WITHIN:
        if isinstance(node.get(name), dict):
            reading.mapping(node[name], inner, (*place, name))
    for name in ("TimeoutSeconds", "HeartbeatSeconds"):
        reading.number(node, name, place, least=1)
    for name in ("MaxConcurrency", "ToleratedFailureCount"):
        reading.number(node, name, place, least=0)
    reading.number(node, "ToleratedFailurePercentage", place, least=0, most=100)
    if kind == "Choice":
        _choice_problems(node, language, place, siblings, reading)
    else:
        _type_problems(node, kind, place, reading)


def _type_problems(node: Mapping[str, Any], kind: str, place: tuple[str | int, ...], reading: Reading) -> None:
    match kind:
        case "Task":
            if not isinstance(node.get("Resource"), str) or not node["Resource"]:
                reading.refuse(place, "a Task has a Resource, the ARN of what it calls")
        case "Wait":
            given = [name for name in _WAITS if name in node]
            if len(given) != 1:
                reading.refuse(place, f"a Wait has exactly one of {', '.join(_WAITS)}, not {len(given)}")
            reading.number(node, "Seconds", place, least=0)
        case "Parallel":
            if not isinstance(node.get("Branches"), list) or not node["Branches"]:
                reading.refuse(place, "a Parallel has Branches, at least one")


def _choice_problems(
    node: Mapping[str, Any],
    language: QueryLanguage,
    place: tuple[str | int, ...],
    siblings: Mapping[str, Any],
    reading: Reading,
) -> None:
    rules = node.get("Choices")
    if not isinstance(rules, list) or not rules:
        reading.refuse(place, "a Choice has Choices, at least one")
        rules = []
    if "Default" in node:
        reading.target(node["Default"], (*place, "Default"), siblings)
    if "End" in node or "Next" in node:
        reading.refuse(place, "a Choice goes by its rules: it has neither Next nor End")
    for at, rule in enumerate(rules):
        where = (*place, "Choices", at)
        if not isinstance(rule, dict):
            reading.refuse(where, "a rule is an object")
            continue
        reading.target(rule.get("Next"), (*where, "Next") if "Next" in rule else where, siblings)
        reading.mapping(rule, "Assign", where)
        if language == "JSONata":
            if "Condition" not in rule:
                reading.refuse(where, "a rule of a JSONata Choice has a Condition")
        else:
            for inner, message in rule_problems(rule):
                reading.refuse((*where, *inner), message)
