"""What changed in quality rules and service levels. A promise that is tightened is more to deliver; one that is loosened is less to rely on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeVar

from twinstage.model.canonical import canonical_json
from twinstage.twin.versions.change import Change
from twinstage.twin.versions.passing import comparable, compared, only_few_pass, passing, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from twinstage.model.data_product import DataProduct, ProductTable, QualityRule, ServiceLevel
    from twinstage.twin.versions.change import Breaks
    from twinstage.twin.versions.passing import Demand

_LESS_IS_MORE: Final = frozenset(
    {
        *("latency", "freshness", "frequency", "backup", "responsetime", "recoverytime", "recoverypoint", "errorrate"),
        *("timetodetect", "timetonotify", "timetorepair", "generalavailability"),
    }
)
_MORE_IS_MORE: Final = frozenset(
    {"retention", "availability", "throughput", "completeness", "endofsupport", "endoflife"}
)
# Lists among a rule's arguments, and whether with more in them the rule counts more.
_COUNTS_MORE: Final = {"validValues": False, "properties": False, "missingValues": True}
_HARDER: Final = {"info": 0, "warning": 1, "error": 2}
_TIGHTENED: Final[Breaks] = "producers"
_LOOSENED: Final[Breaks] = "consumers"
_TOLD: Final[dict[Demand | None, tuple[str, Breaks]]] = {
    "more": ("tightened", _TIGHTENED),
    "less": ("loosened", _LOOSENED),
    "same": ("told-otherwise", ""),
    None: ("changed", "both"),
}

_Promise = TypeVar("_Promise", "QualityRule", "ServiceLevel")


def rule_changes(before: ProductTable, after: ProductTable) -> Iterator[Change]:
    """Rules of one table that is in both, matched by what they measure."""
    for old, new in _pairs(before.quality, after.quality, _said, _measures):
        if old is None and new is not None:
            yield _rule("added", before.name, new, None, _said(new), _TIGHTENED if _binds(new) else "")
        elif old is not None and new is None:
            yield _rule("removed", before.name, old, _said(old), None, _LOOSENED if _binds(old) else "")
        elif old is not None and new is not None and _said(old) != _said(new):
            kind, breaks = _TOLD[_rule_demands(old, new)]
            yield _rule(kind, before.name, new, _said(old), _said(new), breaks)


def level_changes(before: DataProduct, after: DataProduct) -> Iterator[Change]:
    """Service levels, matched by what they promise, of what, and why; then by what they promise, of what."""
    for old, new in _pairs(before.service_levels, after.service_levels, _value, _promised_why, _promised):
        if old is None and new is not None:
            yield _level("added", new, None, _value(new), _TIGHTENED)
        elif old is not None and new is None:
            yield _level("removed", old, _value(old), None, _LOOSENED)
        elif old is not None and new is not None and _value(old) != _value(new):
            kind, breaks = _TOLD[_level_demands(old, new)]
            yield _level(kind, new, _value(old), _value(new), breaks)


def _pairs(
    before: Sequence[_Promise],
    after: Sequence[_Promise],
    said: Callable[[_Promise], Any],
    *subjects: Callable[[_Promise], Any],
) -> Iterator[tuple[_Promise | None, _Promise | None]]:
    """Promises of the same subject, of the first of `subjects` before the next: first those that say the same, the others in their order. What is left over was removed, or added."""
    left, right = list(before), list(after)
    for alike in (lambda one: canonical_json([subjects[0](one), said(one)]), *subjects):
        waiting, unmatched = left, []
        for old in waiting:
            new = next((one for one in right if alike(one) == alike(old)), None)
            if new is None:
                unmatched.append(old)
            else:
                right.remove(new)
                yield old, new
        left = unmatched
    yield from ((old, None) for old in left)
    yield from ((None, new) for new in right)


def _measures(rule: QualityRule) -> tuple[str, ...]:
    return (rule.column, rule.kind, rule.metric or rule.query or rule.id)


def _promised(level: ServiceLevel) -> tuple[str, ...]:
    return (level.property, level.element)


def _promised_why(level: ServiceLevel) -> tuple[str, ...]:
    return (*_promised(level), level.driver)


def _binds(rule: QualityRule) -> bool:
    """Whether something must hold: of a rule of some engine's own, that is what the engine is told."""
    return bool(rule.bounds) or (rule.kind == "custom" and bool(rule.implementation))


def _rule_demands(before: QualityRule, after: QualityRule) -> Demand | None:
    if (before.unit, before.query, before.implementation) != (after.unit, after.query, after.implementation):
        return None
    old, new = passing(before.bounds), passing(after.bounds)
    bounds: Demand | None = "same" if before.bounds == after.bounds else compared(old, new)
    arguments: Demand | None = "same"
    if before.arguments != after.arguments:
        counted = _counted(before, after)
        # Counting more is harder only where no number is too small.
        arguments = counted if counted == "same" or (only_few_pass(old) and only_few_pass(new)) else None
    return together((bounds, arguments, _severity(before, after)))


def _counted(before: QualityRule, after: QualityRule) -> Demand | None:
    """Whether a rule counts more or less of the same rows by its new arguments."""
    return together(
        _list_counts(name, before.arguments.get(name), after.arguments.get(name))
        for name in sorted({*before.arguments, *after.arguments})
    )


def _list_counts(name: str, before: Any, after: Any) -> Demand | None:
    if before == after:
        return "same"
    if name not in _COUNTS_MORE or not isinstance(before, list) or not isinstance(after, list):
        return None
    old, new = ({canonical_json(one) for one in values} for values in (before, after))
    if old == new:
        return "same"
    if not (old < new or new < old):
        return None
    return "more" if (old < new) == _COUNTS_MORE[name] else "less"


def _severity(before: QualityRule, after: QualityRule) -> Demand:
    old, new = (_HARDER.get(rule.severity, 2) for rule in (before, after))
    return "same" if old == new else "more" if new > old else "less"


def _level_demands(before: ServiceLevel, after: ServiceLevel) -> Demand | None:
    """Whether a level promises more than it did; None where that cannot be told."""
    if (before.value, before.unit) == (after.value, after.unit):
        return "same"
    name = before.property.lower().replace("-", "").replace("_", "")
    old, new = _measure(before), _measure(after)
    if old is None or new is None or old[0] != new[0]:
        return None
    if old[1] == new[1]:
        return "same"
    if name in _LESS_IS_MORE:
        return "more" if new[1] < old[1] else "less"
    if name in _MORE_IS_MORE:
        return "more" if new[1] > old[1] else "less"
    return None


def _measure(level: ServiceLevel) -> tuple[str, Any] | None:
    """What of a level can be compared, and with what: its length of time, its share, its number of a unit, or a moment."""
    if level.seconds is not None:
        return "seconds", level.seconds
    if level.percent is not None:
        return "percent", level.percent
    if level.value == "unlimited":
        return "seconds", math.inf
    found = comparable(level.value)
    return None if found is None else (f"{found[0]} {level.unit.strip().lower()}", found[1])


def _value(level: ServiceLevel) -> dict[str, Any]:
    said = {"value": level.value, "unit": level.unit, "driver": level.driver}
    return {name: value for name, value in said.items() if value != ""}


def _said(rule: QualityRule) -> dict[str, Any]:
    bounds = [
        {"operator": b.operator, "value": list(b.value) if isinstance(b.value, tuple) else b.value} for b in rule.bounds
    ]
    said = {
        "kind": rule.kind,
        "metric": rule.metric,
        "bounds": bounds,
        "unit": rule.unit,
        "severity": rule.severity,
        "arguments": dict(rule.arguments),
        "query": rule.query,
        "implementation": rule.implementation,
        "schedule": rule.schedule,
    }
    return {name: value for name, value in said.items() if value not in ("", None, [], {})}


def _rule(kind: str, table: str, rule: QualityRule, before: Any, after: Any, breaks: Breaks) -> Change:
    place = f"{table}.{rule.column}" if rule.column else table
    return Change(
        "contract", f"rule-{kind}", f"{place}#{rule.metric or rule.id}", before, after, breaks, table, rule.column
    )


def _level(kind: str, level: ServiceLevel, before: Any, after: Any, breaks: Breaks) -> Change:
    place = f"{level.property}@{level.element}" if level.element else level.property
    table, _, column = level.element.partition(".")
    return Change("contract", f"level-{kind}", place, before, after, breaks, table, column)
