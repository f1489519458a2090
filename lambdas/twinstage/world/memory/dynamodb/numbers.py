"""DynamoDB's numbers: up to 38 significant digits, magnitude 1E-130 to 9.9999999999999999999999999999999999999E+125, never through float.

Limits and messages: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
A stored number has one spelling, the one DynamoDB gives back: plain digits without exponent, without leading or trailing zeros, zero without sign.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Context, Decimal

from twinstage.world.memory.dynamodb.errors import invalid

MAX_DIGITS = 38
MAX_MAGNITUDE = 125
MIN_MAGNITUDE = -130

OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
TOO_MANY_DIGITS = "Attempting to store more than 38 significant digits in a Number"
NOT_A_NUMBER = "The parameter cannot be converted to a numeric value"

_SPELLING = re.compile(r"([+-]?)(?:([0-9]+)\.?([0-9]*)|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?")
# Wide enough for the exact sum of the largest and the smallest number: 126 digits before the point, 167 after it.
_EXACT = Context(prec=300)
_SAFE_INTEGER_DIGITS = 37
_EXPONENT_DIGITS = 9


def stored_number(text: str) -> str:
    """The one spelling of a number as DynamoDB stores it. Raises ValidationException for what is not a number or is out of range."""
    if text.isdigit() and text.isascii() and len(text) <= MAX_DIGITS and (text[0] != "0" or len(text) == 1):
        return text
    sign, digits, exponent = _parts(text)
    if not digits:
        return "0"
    magnitude = len(digits) + exponent - 1
    if magnitude > MAX_MAGNITUDE:
        raise invalid(OVERFLOW)
    if magnitude < MIN_MAGNITUDE:
        raise invalid(UNDERFLOW)
    if len(digits) > MAX_DIGITS:
        raise invalid(TOO_MANY_DIGITS)
    return sign + _plain(digits, exponent)


def added(left: str, right: str) -> str:
    """left + right, exactly. A sum that 38 digits cannot hold is refused as an overflow, as DynamoDB does."""
    if (
        len(left) <= _SAFE_INTEGER_DIGITS
        and len(right) <= _SAFE_INTEGER_DIGITS
        and "." not in left
        and "." not in right
    ):
        return str(int(left) + int(right))
    return _result(_EXACT.add(Decimal(left), Decimal(right)))


def subtracted(left: str, right: str) -> str:
    """left - right, exactly; refused as `added` is."""
    return added(left, right[1:] if right.startswith("-") else "-" + right)


def compare_numbers(left: str, right: str) -> int:
    """-1, 0 or 1: two stored numbers compared as numbers."""
    first, second = Decimal(left), Decimal(right)
    return (first > second) - (first < second)


def number_size(text: str) -> int:
    """Bytes a stored number takes: one for each two significant digits, aligned at the point, one more, and one for a sign.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html calls its rule approximate; the alignment
    is DynamoDB Local's, and agrees with all that dynamodb-conformance measured on DynamoDB.
    """
    negative = text.startswith("-")
    whole, _, fraction = text.lstrip("-").partition(".")
    if whole == "0" and not fraction:
        return 1
    pairs = "0" * (len(whole) % 2) + whole + fraction + "0" * (len(fraction) % 2)
    first = len(pairs) - len(pairs.lstrip("0"))
    last = len(pairs.rstrip("0"))
    return (last + 1) // 2 - first // 2 + 1 + negative


def _result(number: Decimal) -> str:
    sign, digits, exponent = _parts(format(number, "f"))
    if len(digits) > MAX_DIGITS:
        raise invalid(OVERFLOW)
    return stored_number(sign + _plain(digits, exponent)) if digits else "0"


def _parts(text: str) -> tuple[str, str, int]:
    """(sign, significant digits, exponent of the last digit); no digits: zero."""
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(character, character)) for character in text)
    found = _SPELLING.fullmatch(text)
    if found is None:
        raise invalid(f"{NOT_A_NUMBER}: {text}" if text else NOT_A_NUMBER)
    sign, whole, fraction, only_fraction, power = found.groups()
    fraction = fraction or only_fraction or ""
    digits = ((whole or "") + fraction).lstrip("0")
    significant = digits.rstrip("0")
    exponent = _exponent(power) - len(fraction) + len(digits) - len(significant)
    return "-" if sign == "-" and significant else "", significant, exponent


def _exponent(power: str | None) -> int:
    """The written exponent; one with absurdly many digits is cut, out of range all the same."""
    if power is None:
        return 0
    digits = power.lstrip("+-").lstrip("0")
    size = int(digits or "0") if len(digits) <= _EXPONENT_DIGITS else 10**_EXPONENT_DIGITS
    return -size if power.startswith("-") else size


def _plain(digits: str, exponent: int) -> str:
    if exponent >= 0:
        return digits + "0" * exponent
    if -exponent < len(digits):
        return f"{digits[:exponent]}.{digits[exponent:]}"
    return f"0.{'0' * (-exponent - len(digits))}{digits}"
