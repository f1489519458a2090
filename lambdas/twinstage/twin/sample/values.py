"""One value of a column, as its contract allows it. The value of a unique column follows from the row's number alone, so that no two rows have the same."""

from __future__ import annotations

import base64
import datetime as dt
import math
import string
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.limits import ENDS, plain_limits
from twinstage.twin.sample.patterns import UnreadPattern, Wheels, wheels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from twinstage.model.data_product import Column, QualityRule

SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""Sample times are of the year after this: never of now, so that equal seeds give equal rows."""
_YEAR_S = 31_536_000
_MOST = 1000
_SHORTEST, _LONGEST_TEXT = 4, 12
_ENDS = frozenset(name for ends in ENDS for name in ends)
_OPTIONAL_ABSENT, _AS_OFTEN = 0.1, 0.5
_FORMATS = {
    "email": "{word}@example.org",
    "uri": "https://example.org/{word}",
    "url": "https://example.org/{word}",
    "hostname": "{word}.example.org",
    "ipv4": "192.0.2.{small}",
}
"""Texts of a format, all of them reserved for examples: RFC 2606 (names), RFC 5737 (addresses)."""


class Values:
    """The values of one column. `allowed` are the values that its enumeration, or a rule on invalid values, lets it have; empty where any."""

    def __init__(self, column: Column, rules: Sequence[QualityRule], file: str) -> None:
        self.name = column.name
        self._column, self._file = column, file
        self._allowed = _allowed(column, rules)
        self._limits = {
            name: value
            for name, value in plain_limits(column.options).items()
            if isinstance(value, (int, float, Decimal))
        }
        self.unique = column.unique or column.key_position is not None
        self._step = _step(self._limits.get("multipleOf"), whole=column.logical_type == "integer")
        self._wheels = self._read(column.options.get("pattern"))
        self._inner = [Values(each, (), file) for each in column.columns]
        self._items = Values(column.items, (), file) if column.items is not None else None

    def of(self, row: int, random: Random) -> Any:
        """The value in row number `row`; None where an optional column is left empty."""
        column = self._column
        if self.unique:
            return self._unique(row)
        if not column.required and random.random() < _OPTIONAL_ABSENT:
            return None
        if self._allowed:
            return random.choice(self._allowed)
        if column.examples and column.logical_type not in ("object", "array", "map"):
            return random.choice(column.examples)
        return self._typed(random)

    def _unique(self, row: int) -> Any:
        """The value number `row`, counted."""
        if self._allowed or (self._wheels is not None and row >= self._wheels.count):
            known = len(self._allowed) or (self._wheels.count if self._wheels else 0)
            if row >= known:
                raise self._exhausted(known, row)
            return self._allowed[row]
        if self._wheels is not None:
            return self._wheels.text(row)
        kind = self._column.logical_type
        if kind in ("integer", "number"):
            return self._counted(row)
        if kind in ("timestamp", "date", "time"):
            return self._time(row * (86_400 if kind == "date" else 1))
        if kind == "bytes":
            return base64.b64encode(row.to_bytes(8, "big")).decode()
        shortest, longest = int(self._limits.get("minLength", 0)), self._limits.get("maxLength")
        text = f"{self._column.name}-{row + 1:06d}"
        if longest is not None and len(text) > longest:
            text = f"{row + 1:0{max(1, int(longest))}d}"
            if len(text) > longest:
                raise self._exhausted(row, row)
        return text.ljust(shortest, "0")

    def _counted(self, row: int) -> int | float:
        """The number `row` above the least one, a step each."""
        whole = self._column.logical_type == "integer"
        if self._step is not None:
            value = _plain((self._multiples(self._step)[0] + row) * self._step)
        else:
            value = (math.ceil(self._least(0)) if whole else self._least(0)) + row
        if not self._inside(value):
            raise self._exhausted(row, row)
        return value

    def _typed(self, random: Random) -> Any:
        kind = self._column.logical_type
        if kind in ("object", "map"):
            found = {inner.name: inner.of(0, random) for inner in self._inner}
            return {name: value for name, value in found.items() if value is not None}
        if kind == "array":
            count = max(1, int(self._column.options.get("minItems", 1)))
            return [self._items.of(number, random) for number in range(count)] if self._items else []
        if kind == "number":
            return self._real(random)
        return self._scalar(kind, random)

    def _scalar(self, kind: str, random: Random) -> Any:
        if kind == "integer" and self._step is not None:
            return self._multiple(self._step, random)
        if kind == "integer":
            least = math.ceil(self._least(0))
            return random.randint(least, max(least, math.floor(self._greatest(least + _MOST))))
        if kind == "boolean":
            return random.random() < _AS_OFTEN
        if kind in ("timestamp", "date", "time"):
            return self._time(random.randrange(_YEAR_S))
        if kind == "bytes":
            return base64.b64encode(random.randbytes(8)).decode()
        return self._text(random)

    def _text(self, random: Random) -> str:
        if self._wheels is not None:
            return self._wheels.text(random.randrange(self._wheels.count))
        form = self._column.options.get("format")
        if form == "uuid":
            return str(uuid.UUID(int=random.getrandbits(128), version=4))
        if form in _FORMATS:
            word = "".join(random.choices(string.ascii_lowercase, k=_LONGEST_TEXT))
            return _FORMATS[form].format(word=word, small=random.randrange(1, 255))
        shortest = int(self._limits.get("minLength", _SHORTEST))
        longest = max(shortest, int(self._limits.get("maxLength", max(shortest, _LONGEST_TEXT))))
        return "".join(random.choices(string.ascii_lowercase, k=random.randint(min(shortest, longest), longest)))

    def _time(self, after_s: int) -> str:
        when = SINCE + dt.timedelta(seconds=after_s)
        kind = self._column.logical_type
        if kind == "date":
            return when.date().isoformat()
        return when.time().isoformat() if kind == "time" else when.isoformat().replace("+00:00", "Z")

    def _real(self, random: Random) -> float:
        """To the hundredth where that is within the limits."""
        if self._step is not None:
            return self._multiple(self._step, random)
        least = self._least(0)
        value = random.uniform(least, max(least, self._greatest(least + _MOST)))
        rounded = round(value, 2)
        return rounded if self._inside(rounded) else value

    def _multiple(self, step: Fraction, random: Random) -> int | float:
        return _plain(random.randint(*self._multiples(step)) * step)

    def _multiples(self, step: Fraction) -> tuple[int, int]:
        """The least and the greatest number of steps that is within the limits."""
        ends = {name: Fraction(str(_number(value))) / step for name, value in self._limits.items() if name in _ENDS}
        low, high = ends.get("minimum"), ends.get("maximum")
        lows = [] if low is None else [math.ceil(low)]
        highs = [] if high is None else [math.floor(high)]
        lows += [math.floor(ends["exclusiveMinimum"]) + 1] if "exclusiveMinimum" in ends else []
        highs += [math.ceil(ends["exclusiveMaximum"]) - 1] if "exclusiveMaximum" in ends else []
        least = max(lows) if lows else 0 if min(highs, default=0) >= 0 else min(highs) - _MOST
        greatest = min(highs, default=least + _MOST)
        if greatest < least:
            raise self._problem(f"no multiple of {_plain(step)} is within its limits", "change its limits")
        return least, greatest

    def _least(self, otherwise: float) -> float:
        """The least value: of an end that is out the one that is 1 above, or half-way to where values end."""
        if "exclusiveMinimum" not in self._limits:
            value = _number(self._limits.get("minimum", otherwise))
            return value if "minimum" in self._limits or self._inside(value) else self._greatest(otherwise) - _MOST
        out = _number(self._limits["exclusiveMinimum"])
        end = _number(self._limits.get("maximum", self._limits.get("exclusiveMaximum", math.inf)))
        whole = math.floor(out) + 1
        return whole if self._inside(whole) else (out + end) / 2

    def _greatest(self, otherwise: float) -> float:
        if "exclusiveMaximum" not in self._limits:
            return _number(self._limits.get("maximum", otherwise))
        out = _number(self._limits["exclusiveMaximum"])
        whole = math.ceil(out) - 1
        return whole if self._inside(whole) else (out + self._least(0)) / 2

    def _inside(self, value: float) -> bool:
        limits = self._limits
        return (
            _number(limits.get("minimum", -math.inf)) <= value <= _number(limits.get("maximum", math.inf))
            and ("exclusiveMinimum" not in limits or value > _number(limits["exclusiveMinimum"]))
            and ("exclusiveMaximum" not in limits or value < _number(limits["exclusiveMaximum"]))
        )

    def _read(self, pattern: Any) -> Wheels | None:
        if not isinstance(pattern, str) or self._allowed or (self._column.examples and not self.unique):
            return None
        shortest, longest = self._limits.get("minLength", 0), self._limits.get("maxLength", math.inf)
        try:
            found = wheels(pattern, int(shortest))
        except UnreadPattern as error:
            raise self._unmade(pattern, f"{error} is not read here") from error
        if not shortest <= len(found.places) <= longest:
            raise self._unmade(
                pattern, f"its text of {len(found.places)} characters is not of a length that is allowed"
            )
        return found

    def _unmade(self, pattern: str, why: str) -> InputError:
        hint = "give the column examples, or give the table's rows in a file"
        return self._problem(f"no sample is made of the pattern {pattern!r}: {why}", hint)

    def _exhausted(self, known: int, row: int) -> InputError:
        return self._problem(f"{known} values and no more: row {row + 1} has none of its own", "ask for fewer rows")

    def _problem(self, message: str, hint: str) -> InputError:
        column = self._column
        return InputError([InputProblem(self._file, column.line, column.pointer, f"{column.path}: {message}", hint)])


def _step(multiple: Any, *, whole: bool) -> Fraction | None:
    """What the values are multiples of; whole numbers are multiples of 3/2 where they are of 3."""
    if multiple is None or not (math.isfinite(multiple) and multiple > 0):
        return None
    step = Fraction(str(_number(multiple)))
    return Fraction(step.numerator) if whole else step


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _number(value: Any) -> float:
    """A limit as a number: whole where it is whole, as the values are that are counted from it."""
    return int(value) if math.isfinite(value) and value == int(value) else float(value)


def _allowed(column: Column, rules: Sequence[QualityRule]) -> Sequence[Any]:
    enumerated = column.options.get("enum")
    if isinstance(enumerated, (list, tuple)) and enumerated:
        return tuple(enumerated)
    for rule in rules:
        values = rule.arguments.get("validValues")
        if rule.column == column.path and rule.metric == "invalidValues" and isinstance(values, (list, tuple)):
            # What stands for nothing is no value of a key.
            empty = (None, "") if column.key_position is not None else (None,)
            return tuple(value for value in values if value not in empty)
    return ()
