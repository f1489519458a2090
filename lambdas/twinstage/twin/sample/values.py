"""One value of a column, as its contract allows it. The value of a unique column follows from the row's number alone, so that no two rows have the same."""

from __future__ import annotations

import base64
import datetime as dt
import string
import uuid
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
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
        self._wheels = self._read(column.options.get("pattern"))
        self._inner = [Values(each, (), file) for each in column.columns]
        self._items = Values(column.items, (), file) if column.items is not None else None
        self.unique = column.unique or column.key_position is not None

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
                raise self._problem(
                    f"{known} values and no more: row {row + 1} has none of its own", "ask for fewer rows"
                )
            return self._allowed[row]
        if self._wheels is not None:
            return self._wheels.text(row)
        kind = self._column.logical_type
        if kind in ("integer", "number"):
            return self._low(0) + row
        if kind in ("timestamp", "date", "time"):
            return self._time(row * (86_400 if kind == "date" else 1))
        if kind == "bytes":
            return base64.b64encode(row.to_bytes(8, "big")).decode()
        shortest = int(self._column.options.get("minLength", 0))
        return f"{self._column.name}-{row + 1:06d}".ljust(shortest, "0")

    def _typed(self, random: Random) -> Any:
        kind = self._column.logical_type
        if kind in ("object", "map"):
            found = {inner.name: inner.of(0, random) for inner in self._inner}
            return {name: value for name, value in found.items() if value is not None}
        if kind == "array":
            count = max(1, int(self._column.options.get("minItems", 1)))
            return [self._items.of(number, random) for number in range(count)] if self._items else []
        if kind == "number":
            low = self._low(0)
            return round(random.uniform(low, self._high(low + _MOST)), 2)
        return self._scalar(kind, random)

    def _scalar(self, kind: str, random: Random) -> Any:
        if kind == "integer":
            return random.randint(self._low(0), self._high(self._low(0) + _MOST))
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
        shortest = int(self._column.options.get("minLength", _SHORTEST))
        longest = max(shortest, int(self._column.options.get("maxLength", max(shortest, _LONGEST_TEXT))))
        return "".join(random.choices(string.ascii_lowercase, k=random.randint(min(shortest, longest), longest)))

    def _time(self, after_s: int) -> str:
        when = SINCE + dt.timedelta(seconds=after_s)
        kind = self._column.logical_type
        if kind == "date":
            return when.date().isoformat()
        return when.time().isoformat() if kind == "time" else when.isoformat().replace("+00:00", "Z")

    def _low(self, otherwise: int) -> int:
        options = self._column.options
        if "exclusiveMinimum" in options:
            return int(options["exclusiveMinimum"]) + 1
        return int(options.get("minimum", otherwise))

    def _high(self, otherwise: int) -> int:
        options = self._column.options
        if "exclusiveMaximum" in options:
            return int(options["exclusiveMaximum"]) - 1
        return max(self._low(0), int(options.get("maximum", otherwise)))

    def _read(self, pattern: Any) -> Wheels | None:
        if not isinstance(pattern, str) or self._allowed or (self._column.examples and not self._column.unique):
            return None
        try:
            return wheels(pattern)
        except UnreadPattern as error:
            message = f"no sample is made of the pattern {pattern!r}: {error} is not read here"
            raise self._problem(message, "give the column examples, or give the table's rows in a file") from error

    def _problem(self, message: str, hint: str) -> InputError:
        column = self._column
        return InputError([InputProblem(self._file, column.line, column.pointer, f"{column.path}: {message}", hint)])


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
