"""The rules of a JSONPath Choice: comparisons of a variable, joined by And, Or and Not.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.json_values import is_number
from twinstage.simulate.pipeline.failures import RUNTIME, StateFailure
from twinstage.simulate.pipeline.path_steps import PathError, read_path
from twinstage.simulate.pipeline.paths import MissingValueError, present, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TESTS: Final = ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "Equals": lambda left, right: left == right,
    "LessThan": lambda left, right: left < right,
    "GreaterThan": lambda left, right: left > right,
    "LessThanEquals": lambda left, right: left <= right,
    "GreaterThanEquals": lambda left, right: left >= right,
}
_COMPARISONS: Final[Mapping[str, tuple[str, str]]] = {
    f"{kind}{order}": (kind, order) for kind in ("String", "Numeric", "Timestamp") for order in _ORDERS
} | {"BooleanEquals": ("Boolean", "Equals")}
_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_PATTERN: Final = re.compile(r"\\([\\*])|(\*)|(.)", re.DOTALL)
_DEEPEST: Final = 32


def moment(value: Any) -> dt.datetime | None:
    """The moment of an RFC 3339 timestamp with upper-case T and Z; None where it is none."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        return None
    try:
        return dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    except ValueError:
        return None


def rule_problems(rule: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong with a rule, as (place in it, message)."""
    if depth > _DEEPEST:
        yield (), f"rules are nested deeper than {_DEEPEST} levels"
        return
    joined = [name for name in ("And", "Or", "Not") if name in rule]
    if joined:
        name = joined[0]
        parts = [rule[name]] if name == "Not" else rule[name]
        if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
            yield (name,), f"{name} has rules"
            return
        for at, part in enumerate(parts):
            for place, message in rule_problems(part, depth + 1):
                yield ((name, *place) if name == "Not" else (name, at, *place)), message
        return
    if not isinstance(rule.get("Variable"), str):
        yield (), "a rule has a Variable, the path of what it compares"
        return
    paths = [("Variable", rule["Variable"])]
    operator = operator_of(rule)
    if not operator:
        yield (), "a rule has one comparison: StringEquals, NumericLessThan, IsPresent, ..."
    elif operator == "StringMatches" and not isinstance(rule[operator], str):
        yield (operator,), "StringMatches has a text"
    elif operator.endswith("Path"):
        paths.append((operator, rule[operator]))
    for name, text in paths:
        try:
            read_path(text if isinstance(text, str) else repr(text))
        except PathError as error:
            yield (name,), str(error)


def operator_of(rule: Mapping[str, Any]) -> str:
    """The comparison that a rule has; empty where it has none that is known."""
    known = {*_TESTS, *_COMPARISONS, "StringMatches"}
    return next((name for name in rule if name in known or (name.endswith("Path") and name[:-4] in _COMPARISONS)), "")


def satisfied(rule: Mapping[str, Any], roots: Mapping[str, Any]) -> bool:
    """Whether a rule that has no problems holds. Raises StateFailure States.Runtime where its variable is missing and it is not IsPresent."""
    for joined in ("And", "Or", "Not"):
        if joined in rule:
            return _joined(joined, rule[joined], roots)
    operator = operator_of(rule)
    if operator == "IsPresent":
        return present(rule["Variable"], roots) is rule[operator]
    value = _given(rule["Variable"], roots)
    if operator in _TESTS:
        return _is(operator, value) is rule[operator]
    if operator == "StringMatches":
        return isinstance(value, str) and matches_pattern(rule[operator], value)
    expected = rule[operator]
    if operator.endswith("Path"):
        operator, expected = operator[:-4], _given(expected, roots)
    return _compared(operator, value, expected)


def _joined(how: str, rules: Any, roots: Mapping[str, Any]) -> bool:
    if how == "Not":
        return not satisfied(rules, roots)
    return (all if how == "And" else any)(satisfied(rule, roots) for rule in rules)


def matches_pattern(pattern: str, text: str) -> bool:
    r"""Whether a text matches a pattern in which `*` stands for any characters, and `\*` for a star. Linear in the text for each star."""
    parts = [""]
    for escaped, star, other in _PATTERN.findall(pattern):
        if star:
            parts.append("")
        else:
            parts[-1] += escaped or other
    if len(parts) == 1:
        return parts[0] == text
    first, *middle, last = parts
    if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _given(path: str, roots: Mapping[str, Any]) -> Any:
    try:
        return value_at(path, roots)
    except MissingValueError as error:
        said = f"Invalid path '{path}': the choice state's condition path references an invalid value."
        raise StateFailure(RUNTIME, said) from error


def _is(test: str, value: Any) -> bool:
    match test:
        case "IsNull":
            return value is None
        case "IsNumeric":
            return is_number(value)
        case "IsString":
            return isinstance(value, str)
        case "IsBoolean":
            return isinstance(value, bool)
        case _:
            return moment(value) is not None


def _compared(operator: str, value: Any, expected: Any) -> bool:
    """A value of another type than the comparison's satisfies it never."""
    kind, order = _COMPARISONS[operator]
    match kind:
        case "String" if isinstance(value, str) and isinstance(expected, str):
            return _ORDERS[order](value, expected)
        case "Numeric" if is_number(value) and is_number(expected):
            return _ORDERS[order](value, expected)
        case "Boolean":
            return isinstance(value, bool) and value is expected
        case "Timestamp":
            left, right = moment(value), moment(expected)
            return left is not None and right is not None and _ORDERS[order](left, right)
        case _:
            return False
