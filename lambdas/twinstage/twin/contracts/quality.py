"""Quality rules of the Open Data Contract Standard 3 and of the Data Contract Specification from 1.0 on, which are written alike.

Source: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/data-quality/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import Bound, QualityRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.data_product import Operator, RuleKind
    from twinstage.twin.contracts.section import Section

_OPERATORS: Final[dict[str, Operator]] = {
    "mustBe": "=",
    "mustNotBe": "!=",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeGreaterThanOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
    "mustBeLessThanOrEqualTo": "<=",
}
_ORDERED: Final = frozenset({">", ">=", "<", "<="})
_KINDS: Final[dict[str, RuleKind]] = {"library": "library", "sql": "sql", "custom": "custom", "text": "text"}
# The names that rules had before 3.1, and whether they were a check by themselves: without an operator, none may be.
_FORMER: Final = {
    "duplicateCount": ("duplicateValues", False),
    "duplicatePercent": ("duplicateValues", False),
    "uniqueCheck": ("duplicateValues", True),
    "unique": ("duplicateValues", True),
    "nullCheck": ("nullValues", True),
    "nullCount": ("nullValues", False),
    "validValues": ("invalidValues", True),
    "countCheck": ("rowCount", False),
}
_NONE: Final = (Bound("=", 0),)
_PAIR: Final = 2


def quality_rules(section: Section, table: str, column: str = "") -> tuple[QualityRule, ...]:
    """The rules under `quality`, in their order. A rule without a name is called by its place: `orders.total/quality/0`."""
    whose = f"{table}.{column}" if column else table
    return tuple(
        rule
        for n, one in enumerate(section.sections("quality"))
        if (rule := _rule(one, f"{whose}/quality/{n}", column)) is not None
    )


def _rule(section: Section, place: str, column: str) -> QualityRule | None:
    section.skip("authoritativeDefinitions", "businessImpact", "customProperties", "method", "scheduler", "tags")
    said = section.text("type") or ("sql" if section.has("query") and not section.has("metric") else "library")
    kind = _KINDS.get(said)
    if kind is None:
        section.told.problem(
            section.at("type"), f"{said!r} is no type of a quality rule", "library, sql, custom or text"
        )
        return None
    metric, bounds, unit = _measure(section, kind)
    query, implementation = section.text("query"), section.raw("implementation")
    if kind == "sql" and not query:
        section.told.warning(section.place, "a rule in SQL without a query: it is told, and not checked", "give it")
    arguments = section.raw("arguments") or {}
    for former in ("validValues", "validValuesColumn"):
        if section.has(former):
            arguments = {**_object(arguments), former: section.raw(former)}
    rule = QualityRule(
        id=section.text("id", "name") or place,
        kind=kind,
        column=section.text("column") or column,
        metric=metric,
        bounds=bounds,
        unit="percent" if unit.lower() in ("percent", "%", "percentage") else "rows",
        arguments=_object(arguments),
        query=query,
        dialect=section.text("dialect"),
        engine=section.text("engine"),
        implementation=implementation,
        dimension=section.text("dimension"),
        severity=section.text("severity") or "error",
        schedule=section.text("schedule"),
        description=section.text("description"),
        line=section.line,
        pointer=section.place,
    )
    section.skip("name")
    section.close()
    return rule


def _measure(section: Section, kind: RuleKind) -> tuple[str, tuple[Bound, ...], str]:
    """Metric, bounds and unit of a rule."""
    said, unit = section.text("metric", "rule"), section.text("unit")
    section.skip("rule")
    metric, by_itself = _FORMER.get(said, (said, False))
    bounds = tuple(_bounds(section))
    if not bounds and by_itself:
        bounds = _NONE
    if kind == "library" and not said:
        section.told.warning(section.place, "a rule of the library without a metric: it is told, and not checked")
    elif kind in ("library", "sql") and not bounds:
        section.told.warning(section.place, "a rule without a bound: it is told, and not checked", "give `mustBe…`")
    if said == "duplicatePercent":
        unit = "percent"
    return metric, bounds, unit


def _bounds(section: Section) -> Iterator[Bound]:
    for name, operator in _OPERATORS.items():
        if name not in section.members:
            continue
        value = section.raw(name)
        if isinstance(value, list | dict) or (operator in _ORDERED and not _number(value)):
            section.told.problem(section.at(name), f"{name} must be a number", "give one number")
        else:
            yield Bound(operator, value)
    yield from _range(section, "mustBeBetween")
    yield from _range(section, "mustNotBeBetween")


def _range(section: Section, name: str) -> Iterator[Bound]:
    """A range includes its ends."""
    value = section.raw(name)
    if value is None:
        return
    if not isinstance(value, list) or len(value) != _PAIR or not all(map(_number, value)) or value[0] > value[1]:
        section.told.problem(section.at(name), f"{name} must be two numbers, the smaller first", "[0, 100]")
    elif name == "mustBeBetween":
        yield Bound(">=", value[0])
        yield Bound("<=", value[1])
    else:
        yield Bound("outside", (value[0], value[1]))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
