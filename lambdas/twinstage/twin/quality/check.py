"""Every promise of a contract about its rows, checked: each with a finding that says what was measured, or why nothing was. What type a value has and which table it refers to are
no promises here.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twinstage.twin.quality.columns import column_promises
from twinstage.twin.quality.measures import NotMeasured, measured, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twinstage.model.data_product import Bound, DataProduct, ProductTable, QualityRule, ServiceLevel

    Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class QualityFinding:
    """What came of one promise. `passed` None: it was not checked, and `message` says why. `severity` is error, warning or info."""

    check: str
    table: str
    column: str
    passed: bool | None
    message: str
    severity: str = "error"
    measured: float | None = None
    line: int = 0

    def document(self) -> dict[str, Any]:
        """As results carry it."""
        return {
            "check": self.check,
            "table": self.table,
            "column": self.column,
            "passed": self.passed,
            "severity": self.severity,
            "measured": self.measured,
            "message": self.message,
            "line": self.line,
        }


def check_product(
    product: DataProduct, rows: Mapping[str, Rows], now: datetime, slowest_s: float | None = None
) -> list[QualityFinding]:
    """Rules of every table, promises of its schema, and service levels, in the contract's order. `rows` are by the contract's names of tables; a table that is not there has none.

    `now` is when the rows were read; `slowest_s` how long the slowest execution of the pipeline took, where one ran.
    """
    found: list[QualityFinding] = []
    for table in product.tables:
        held = rows.get(table.name, ())
        found += [_rule(table, rule, held) for rule in table.quality]
        found += _schema(table, held)
    return [*found, *(_level(product, level, rows, now, slowest_s) for level in product.service_levels)]


def _rule(table: ProductTable, rule: QualityRule, rows: Rows) -> QualityFinding:
    def told(passed: bool | None, message: str, found: float | None = None) -> QualityFinding:
        return QualityFinding(rule.id, table.name, rule.column, passed, message, rule.severity, found, rule.line)

    if rule.kind != "library":
        return told(
            None, f"a rule in {'words' if rule.kind == 'text' else rule.kind}: it is not checked on a twin's rows"
        )
    if not rule.bounds:
        return told(None, "a rule without a bound: nothing says what must be")
    try:
        found = measured(rule, rows)
    except NotMeasured as error:
        return told(None, str(error))
    passed = all(_holds(bound, found) for bound in rule.bounds)
    unit = "%" if rule.unit == "percent" else ""
    wanted = " and ".join(f"{bound.operator} {bound.value}{unit}" for bound in rule.bounds)
    return told(passed, f"{rule.metric} is {found:g}{unit}, promised {wanted}", found)


def _holds(bound: Bound, found: float) -> bool:
    value: Any = bound.value
    if isinstance(value, tuple):
        low, high = value
        return not low <= found <= high
    return bool(_OPERATORS[bound.operator](found, value))


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def _schema(table: ProductTable, rows: Rows) -> Iterator[QualityFinding]:
    for promise in column_promises(table, rows):
        column, broken = promise.column, promise.broken
        check = f"{table.name}.{column.path}/{promise.says.partition(' ')[0]}"
        if broken is None:
            yield QualityFinding(check, table.name, column.path, None, promise.why, "error", None, column.line)
            continue
        what = "rows" if column in table.columns else "values"
        kept = f"{broken} of {promise.held} {what} break it" if broken else f"all {promise.held} {what}"
        message = f"{promise.says}: {kept}"
        yield QualityFinding(check, table.name, column.path, broken == 0, message, "error", broken, column.line)


def _level(
    product: DataProduct, level: ServiceLevel, rows: Mapping[str, Rows], now: datetime, slowest_s: float | None
) -> QualityFinding:
    """Freshness by the newest value of the element; latency by the slowest execution. The others are promises about a time that a twin does not live through."""
    name, _, column = level.element.partition(".")
    check = f"service-level/{level.property}"

    def told(passed: bool | None, message: str, found: float | None = None) -> QualityFinding:
        return QualityFinding(check, name, column, passed, message, "error", found, level.line)

    if level.seconds is None or level.property not in ("freshness", "latency"):
        return told(None, "a promise about production: a twin does not live so long")
    if level.property == "latency":
        if slowest_s is None:
            return told(None, "no execution ran")
        return told(
            slowest_s <= level.seconds,
            f"the slowest of the executions took {slowest_s:.3f} s, promised {level.seconds:g} s",
            slowest_s,
        )
    newest = _newest(rows.get(name, ()), column) if product.table(name) and column else None
    if newest is None:
        return told(None, f"no time stands in {level.element or 'an element that it does not name'}")
    age_s = (now - newest).total_seconds()
    return told(
        age_s <= level.seconds,
        f"the newest of {level.element} is {age_s:.0f} s old, promised {level.seconds:g} s",
        age_s,
    )


def _newest(rows: Rows, column: str) -> datetime | None:
    found = [at for value in values(column, rows) if (at := _time(value)) is not None]
    return max(found, default=None)


def _time(value: Any) -> datetime | None:
    """A time in ISO 8601; without a zone it is UTC. None for anything else."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
