"""EventBridge event patterns: which events a rule sends on.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. Of an event's array, one element that matches is enough.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import pointer
from twinstage.simulate.json_values import is_number
from twinstage.simulate.pipeline.choices import matches_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_OPERATORS: Final = ("prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "equals-ignore-case", "wildcard")
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}
# What anything-but may be given beside values.
_BUT: Final = ("prefix", "suffix", "equals-ignore-case", "wildcard")
_NUMERIC_PARTS: Final = (2, 4)
_LARGEST: Final = 5e9
_DEEPEST: Final = 64
_MISSING: Final = object()


@dataclass(frozen=True)
class Pattern:
    """A pattern that was read: an object whose leaves are arrays of what may be there."""

    document: Mapping[str, Any]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether an event satisfies every part of the pattern."""
        return _matches(self.document, event)


def read_pattern(document: Any, file: str = "pattern") -> Pattern:
    """Read a pattern. Raises InputError with everything that is wrong with it."""
    problems = [InputProblem(file, 0, pointer(place), said) for place, said in _problems(document, (), 0)]
    if problems:
        raise InputError(problems)
    return Pattern(document)


def _matches(pattern: Mapping[str, Any], event: Any) -> bool:
    if isinstance(event, list):
        return any(isinstance(each, dict) and _matches(pattern, each) for each in event)
    given = event if isinstance(event, dict) else {}
    for name, wanted in pattern.items():
        if name == "$or" and _is_or(wanted):
            if not any(_matches(each, given) for each in wanted):
                return False
        elif isinstance(wanted, dict):
            if not _matches(wanted, given.get(name)):
                return False
        elif not any(_admits(rule, given.get(name, _MISSING)) for rule in wanted):
            return False
    return True


def _is_or(wanted: Any) -> bool:
    return isinstance(wanted, list) and bool(wanted) and all(isinstance(each, dict) for each in wanted)


def _admits(rule: Any, value: Any) -> bool:
    """Whether one rule of a leaf admits an event's value, or one element of it."""
    if isinstance(rule, dict) and "exists" in rule:
        # "Exists matching only works on leaf nodes."
        return (value is not _MISSING and not isinstance(value, dict)) is rule["exists"]
    if value is _MISSING or isinstance(value, dict):
        return False
    if isinstance(value, list):
        return any(_admits(rule, each) for each in value)
    if not isinstance(rule, dict):
        return _equal(rule, value)
    ((operator, operand),) = rule.items()
    return _operated(operator, operand, value)


def _operated(operator: str, operand: Any, value: Any) -> bool:
    match operator:
        case "anything-but":
            return not _named(operand, value)
        case "numeric":
            return is_number(value) and all(
                _COMPARED[sign](value, limit) for sign, limit in zip(operand[::2], operand[1::2], strict=True)
            )
        case "cidr":
            return _within(operand, value)
        case _:
            return isinstance(value, str) and _textual(operator, operand, value)


def _textual(operator: str, operand: Any, text: str) -> bool:
    if isinstance(operand, dict):
        return _textual(operator, operand["equals-ignore-case"].casefold(), text.casefold())
    match operator:
        case "prefix":
            return text.startswith(operand)
        case "suffix":
            return text.endswith(operand)
        case "equals-ignore-case":
            return text.casefold() == str(operand).casefold()
        case _:
            return matches_pattern(operand, text)


def _named(operand: Any, value: Any) -> bool:
    """Whether a value is among what an anything-but excludes."""
    if isinstance(operand, dict):
        ((operator, excluded),) = operand.items()
        several = excluded if isinstance(excluded, list) else [excluded]
        return isinstance(value, str) and any(_textual(operator, each, value) for each in several)
    return any(_equal(each, value) for each in (operand if isinstance(operand, list) else [operand]))


def _equal(wanted: Any, value: Any) -> bool:
    """Values are compared as JSON writes them: 300 and 300.0 are two."""
    return not isinstance(value, dict | list) and json.dumps(wanted) == json.dumps(value)


def _within(network: str, value: Any) -> bool:
    try:
        return isinstance(value, str) and ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _problems(node: Any, place: tuple[str | int, ...], depth: int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if depth > _DEEPEST:
        yield place, f"nested deeper than {_DEEPEST} levels"
    elif not isinstance(node, dict) or not node:
        yield place, "a pattern is an object with at least one field"
    else:
        for name, wanted in node.items():
            where = (*place, name)
            if name == "$or" and _is_or(wanted):
                for at, each in enumerate(wanted):
                    yield from _problems(each, (*where, at), depth + 1)
            elif isinstance(wanted, dict):
                yield from _problems(wanted, where, depth + 1)
            elif not isinstance(wanted, list) or not wanted:
                yield where, "what a field may be is an array with at least one value or comparison"
            else:
                for at, rule in enumerate(wanted):
                    if said := _rule_problem(rule):
                        yield (*where, at), said


def _rule_problem(rule: Any) -> str:
    """What is wrong with one value or comparison of a leaf; empty where nothing is."""
    if isinstance(rule, list):
        return "an array in an array"
    if not isinstance(rule, dict):
        return ""
    if len(rule) != 1 or next(iter(rule)) not in _OPERATORS:
        return f"a comparison is an object with one of {', '.join(_OPERATORS)}"
    ((operator, operand),) = rule.items()
    match operator:
        case "exists":
            fits = isinstance(operand, bool)
        case "numeric":
            fits = _is_range(operand)
        case "cidr":
            fits = _is_network(operand)
        case "anything-but":
            fits = _is_exclusion(operand)
        case _:
            fits = _is_textual(operator, operand)
    return "" if fits else f"{operator} is not given as it should be: {json.dumps(operand)[:100]}"


def _is_textual(operator: str, operand: Any) -> bool:
    if isinstance(operand, dict):
        return (
            operator in {"prefix", "suffix"}
            and list(operand) == ["equals-ignore-case"]
            and isinstance(operand["equals-ignore-case"], str)
        )
    return isinstance(operand, str) and not (operator == "wildcard" and "**" in operand)


def _is_range(operand: Any) -> bool:
    if not isinstance(operand, list) or len(operand) not in _NUMERIC_PARTS:
        return False
    signs, limits = operand[::2], operand[1::2]
    return all(sign in _COMPARED for sign in signs if isinstance(sign, str)) and all(
        isinstance(sign, str) and is_number(limit) and abs(limit) <= _LARGEST
        for sign, limit in zip(signs, limits, strict=True)
    )


def _is_network(operand: Any) -> bool:
    try:
        ipaddress.ip_network(operand, strict=False)
    except (ValueError, TypeError):
        return False
    return isinstance(operand, str)


def _is_exclusion(operand: Any) -> bool:
    if isinstance(operand, dict):
        if len(operand) != 1 or next(iter(operand)) not in _BUT:
            return False
        ((operator, excluded),) = operand.items()
        several = excluded if isinstance(excluded, list) else [excluded]
        return bool(several) and all(isinstance(each, str) and _is_textual(operator, each) for each in several)
    several = operand if isinstance(operand, list) else [operand]
    return bool(several) and (
        all(isinstance(each, str) for each in several) or all(is_number(each) for each in several)
    )
