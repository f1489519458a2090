"""What the metrics of the contract standard's library count in the rows of a table.

Source: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/data-quality/#metrics
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from twinstage.model.data_product import QualityRule

LONGEST_PATTERN = 256
# Beyond these a pattern of another's could take minutes over one value.
_NESTED = re.compile(r"\)[*+{]|\\[1-9]|\(\?")
_REPEATED = re.compile(r"(?<!\\)[*+]|\{\d*,")
_MOST_REPEATED = 3


class NotMeasured(Exception):
    """A rule that cannot be measured here, and why."""


def measured(rule: QualityRule, rows: Sequence[Mapping[str, Any]]) -> float:
    """What a rule of the library measures, in its unit. Raises NotMeasured."""
    measure = _METRICS.get(rule.metric)
    if measure is None:
        raise NotMeasured(f"nobody here knows the metric {rule.metric!r}" if rule.metric else "it names no metric")
    found = measure(rule, rows)
    if rule.unit != "percent":
        return found
    return 100 * found / len(rows) if rows else 0.0


def values(path: str, rows: Iterable[Mapping[str, Any]]) -> list[Any]:
    """The values of a column, by its path (`address.street`, `lines[].sku`): None where a row has none; each element of an array by itself."""
    found: list[Any] = list(rows)
    for step in path.split("."):
        name, _, rest = step.partition("[")
        found = [each.get(name) if isinstance(each, dict) else None for each in found]
        for _ in range(rest.count("]")):
            found = [element for each in found for element in (each if isinstance(each, list) else [])]
    return found


def _row_count(_rule: QualityRule, rows: Sequence[Mapping[str, Any]]) -> int:
    return len(rows)


def _nulls(rule: QualityRule, rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(value is None for value in values(_column(rule), rows))


def _missing(rule: QualityRule, rows: Sequence[Mapping[str, Any]]) -> int:
    """Nulls, and what the rule lists as standing for nothing."""
    empty = _list(rule, "missingValues") or [None, ""]
    return sum(value is None or value in empty for value in values(_column(rule), rows))


def _invalid(rule: QualityRule, rows: Sequence[Mapping[str, Any]]) -> int:
    """Values that are neither among the valid ones nor match the pattern; a null is not invalid but missing."""
    valid, pattern = _list(rule, "validValues"), rule.arguments.get("pattern")
    if not valid and pattern is None:
        raise NotMeasured("it says neither which values are valid nor by which pattern")
    matches = matcher(pattern) if pattern is not None else lambda _: True
    present = [value for value in values(_column(rule), rows) if value is not None]
    return sum(bool(valid and value not in valid) or not matches(str(value)) for value in present)


def _duplicates(rule: QualityRule, rows: Sequence[Mapping[str, Any]]) -> int:
    """Rows whose value, or combination of values, another row has before them."""
    columns = _list(rule, "properties") or ([rule.column] if rule.column else [])
    if not columns:
        raise NotMeasured("it names no column")
    combined = [[values(str(column), [row])[:1] for column in columns] for row in rows]
    counted = Counter(json.dumps(each, default=str, sort_keys=True) for each in combined)
    return sum(times - 1 for times in counted.values())


def matcher(pattern: Any) -> Callable[[str], bool]:
    """Whether a text has a part of this pattern. Raises NotMeasured for a pattern that is none, or that could take minutes over one text; what it gives, for a text that is too long."""
    if not isinstance(pattern, str) or len(pattern) > LONGEST_PATTERN or _beyond(pattern):
        raise NotMeasured(f"the pattern {str(pattern)[:40]!r} is beyond what is asked of a row here")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise NotMeasured(f"{pattern!r} is no pattern: {error}") from error

    def matches(text: str) -> bool:
        if len(text) > LONGEST_PATTERN:
            raise NotMeasured(f"a text of more than {LONGEST_PATTERN} characters is not looked at")
        return compiled.search(text) is not None

    return matches


def _beyond(pattern: str) -> bool:
    """Whether it could take minutes over one value: each repetition may try every length of a text."""
    return _NESTED.search(pattern) is not None or len(_REPEATED.findall(pattern)) > _MOST_REPEATED


def _column(rule: QualityRule) -> str:
    if not rule.column:
        raise NotMeasured("it names no column")
    return rule.column


def _list(rule: QualityRule, name: str) -> list[Any]:
    found = rule.arguments.get(name)
    return list(found) if isinstance(found, (list, tuple)) else []


_METRICS: Mapping[str, Callable[[QualityRule, Sequence[Mapping[str, Any]]], int]] = {
    "rowCount": _row_count,
    "nullValues": _nulls,
    "missingValues": _missing,
    "invalidValues": _invalid,
    "duplicateValues": _duplicates,
}
