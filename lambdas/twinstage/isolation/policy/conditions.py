"""Whether a statement's conditions hold for a request: yes, no, or not to be decided.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from twinstage.isolation.policy.matching import arn_matches, literal, text_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from twinstage.isolation.policy.document import Condition
    from twinstage.isolation.policy.matching import Context
    from twinstage.isolation.policy.operators import Operator

    Test = Callable[[str], bool]

NOTHING: frozenset[str] = frozenset()


class UndecidableError(ValueError):
    """A value that its operator cannot compare. Caught in this module: the condition is undecided then."""


def conditions_hold(
    conditions: Iterable[Condition], context: Context, *, undetermined: Container[str] = NOTHING, variables: bool = True
) -> bool | None:
    """True, False, or None where it cannot be decided. All conditions must hold, so one that does not settles it.

    `context`: the request's values by key in lower case; a key that is not there is absent. `undetermined`: keys that the
    request may have, and whose values are not known here. Undecided are conditions on those, on several values of a key
    without a set operator, and on values that are not of the operator's kind.
    """
    answer: bool | None = True
    for condition in conditions:
        held = None if condition.key in undetermined else _holds(condition, context, variables)
        if held is False:
            return False
        if held is None:
            answer = None
    return answer


def _holds(condition: Condition, context: Context, variables: bool) -> bool | None:
    operator, found = condition.operator, context.get(condition.key)
    try:
        if operator.base == "Null":
            return _is_null(condition, found)
        if found is None:
            return _when_absent(operator)
        test = _test(condition, context, variables)
        if operator.quantifier == "ForAllValues":
            return all(test(value) for value in found if value)
        if operator.quantifier == "ForAnyValue":
            return any(test(value) for value in found if value)
        return test(found[0]) if len(found) == 1 else None
    except UndecidableError:
        return None


def _when_absent(operator: Operator) -> bool:
    if operator.if_exists:
        return True
    if operator.quantifier:
        return operator.quantifier == "ForAllValues"
    return operator.negated


def _is_null(condition: Condition, found: tuple[str, ...] | None) -> bool:
    absent = found is None or not any(found)
    return any(absent == _boolean(value) for value in condition.values)


def _test(condition: Condition, context: Context, variables: bool) -> Test:
    """Whether one value of the request satisfies the condition: one of its values matches, or none where it is negated."""
    operator = condition.operator
    compare = _COMPARE.get(operator.base)

    def matches(value: str) -> bool:
        if compare is not None:
            return any(compare(value, wanted) for wanted in condition.values)
        return any(_text(operator.base, value, wanted, context, variables) for wanted in condition.values)

    return lambda value: matches(value) != operator.negated


def _text(base: str, value: str, wanted: str, context: Context, variables: bool) -> bool:
    """Operators whose values may hold policy variables. A variable without a value matches nothing."""
    if base == "StringLike":
        return text_matches(wanted, value, context, variables=variables)
    if base in ("ArnLike", "ArnEquals"):
        return arn_matches(wanted, value, context, variables=variables)
    plain = literal(wanted, context, variables=variables)
    if plain is None:
        return False
    return plain == value if base == "StringEquals" else plain.casefold() == value.casefold()


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise UndecidableError(text) from error
    if not number.is_finite():
        raise UndecidableError(text)
    return number


def _instant(text: str) -> dt.datetime:
    """A W3C date (ISO 8601; UTC where no zone is written), or seconds since 1970."""
    try:
        if text.lstrip("-").isdigit():
            return dt.datetime.fromtimestamp(int(text), dt.UTC)
        read = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        raise UndecidableError(text) from error
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise UndecidableError(text)
    return text.lower() == "true"


def _address(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError as error:
        raise UndecidableError(value) from error


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "NumericEquals": lambda value, wanted: _number(value) == _number(wanted),
    "NumericLessThan": lambda value, wanted: _number(value) < _number(wanted),
    "NumericLessThanEquals": lambda value, wanted: _number(value) <= _number(wanted),
    "NumericGreaterThan": lambda value, wanted: _number(value) > _number(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: _number(value) >= _number(wanted),
    "DateEquals": lambda value, wanted: _instant(value) == _instant(wanted),
    "DateLessThan": lambda value, wanted: _instant(value) < _instant(wanted),
    "DateLessThanEquals": lambda value, wanted: _instant(value) <= _instant(wanted),
    "DateGreaterThan": lambda value, wanted: _instant(value) > _instant(wanted),
    "DateGreaterThanEquals": lambda value, wanted: _instant(value) >= _instant(wanted),
    "Bool": lambda value, wanted: _boolean(value) == _boolean(wanted),
    "BinaryEquals": lambda value, wanted: value == wanted,
    "IpAddress": _address,
}
