"""A data contract's change, rehearsed: the promises of the new version asked of rows that stand already and of rows that the pipeline writes under it, and who reads what goes.

Rows that stand were made under the old contract. A row that is the same afterwards was not written; every other one was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import digest
from twinstage.model.finding import Finding
from twinstage.model.table_key import key_problems
from twinstage.twin.quality.check import check_product
from twinstage.twin.sample.items import items, joint_attributes, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.data_product import DataProduct, ProductTable
    from twinstage.rehearse.change.plan import Plan
    from twinstage.twin.versions.differences import Downstream

    Row = Mapping[str, Any]
    Rows = Mapping[str, Sequence[Row]]

STANDING: Final = "standing"
WRITTEN: Final = "written"
CONSUMERS: Final = "consumers"
_WHOSE: Final = {STANDING: "rows that stand already", WRITTEN: "rows that the pipeline wrote"}
_MOST_TOLD: Final = 5
# No row is asked how old it is: service levels are promises of the pipeline as it runs.
_AT: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ContractChange:
    """From one contract to another. `standing` are rows by the new contract's tables, `unkeyed` says of which tables how many have no key, or another row's, under the new one.

    `plan` is the static part, which tells the changed functions too; `may_break` why whoever submits lets something break, `allow` the guards that are let through; `readers` tells each
    column or table that goes with the ids of whatever lineage says is downstream of it.
    """

    against_file: str
    against_digest: str
    before: DataProduct
    after: DataProduct
    plan: Plan
    standing: Rows
    unkeyed: Mapping[str, int]
    readers: tuple[Going, ...]
    allow: tuple[str, ...] = ()
    may_break: str = ""


@dataclass(frozen=True)
class Going:
    """A table, or a column of one (empty: the table), that the new contract does not have. `read_by` is None where no graph knows it: unknown is not nobody."""

    table: str
    column: str
    read_by: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.table}.{self.column}" if self.column else self.table


def going(before: DataProduct, after: DataProduct, downstream: Downstream) -> Iterator[Going]:
    """What the new contract does not have any more, in the old one's order, with those downstream of it. What is nested in what goes is told with it."""
    for table in before.tables:
        kept = after.table(table.name)
        if kept is None:
            yield Going(table.name, "", downstream(table.name, ""))
            continue
        left = {column.path for column in kept.every_column()}
        gone = [column.path for column in table.every_column() if column.path not in left]
        for path in gone:
            if not any(path.startswith((f"{outer}.", f"{outer}[]")) for outer in gone):
                yield Going(table.name, path, downstream(table.name, path))


def keyed(after: DataProduct, rows: Rows) -> tuple[dict[str, list[dict[str, Any]]], dict[str, int]]:
    """(rows as a twin's tables give them back, table -> how many have no key of their own under the contract). Of several rows with one key the first counts.

    Rows of a table without a key are as they were: such a table is refused where it is deployed.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    lost: dict[str, int] = {}
    for table in after.tables:
        held = rows.get(table.name, ())
        if any(True for _ in key_problems(table, "")):
            found[table.name] = [dict(row) for row in held]
            continue
        by_key: dict[str, dict[str, Any]] = {}
        for row in held:
            if (stored := _stored(table, row)) is not None:
                by_key.setdefault(digest([str(row[column.name]) for column in table.key]), stored)
        found[table.name] = list(by_key.values())
        if len(by_key) < len(held):
            lost[table.name] = len(held) - len(by_key)
    return found, lost


def _stored(table: ProductTable, row: Row) -> dict[str, Any] | None:
    """A row as it comes back from the table that it was put into; None where it cannot be put there."""
    if any(row.get(column.name) in (None, "") for column in table.key):
        return None
    try:
        return row_of(next(items(table, [row], "")), joint_attributes(table, ""))
    except ArithmeticError:
        # A text where the key is a number.
        return None


def written(standing: Rows, after: Rows) -> dict[str, list[Row]]:
    """Table -> the rows that were not there, or were others; tables in which there are any."""
    found: dict[str, list[Row]] = {}
    for name, rows in after.items():
        before = {_content(row) for row in standing.get(name, ())}
        if fresh := [row for row in rows if _content(row) not in before]:
            found[name] = fresh
    return found


def row_findings(change: ContractChange, after: Rows) -> Iterator[Finding]:
    """Each promise of the new contract, asked of the rows that stand and then of those that were written; a table of which there are none is not asked."""
    for name, number in sorted(change.unkeyed.items()):
        message = f"{number} of the {_WHOSE[STANDING]} have no key of their own under the new contract"
        yield Finding(f"{STANDING}-{name}/key", "consistency", passed=False, message=message)
    held: dict[str, Rows] = {STANDING: change.standing, WRITTEN: written(change.standing, after)}
    for whose, rows in held.items():
        for table in change.after.tables:
            if rows.get(table.name):
                yield from _promises(whose, change.after, table, rows)


def reader_findings(change: ContractChange) -> Iterator[Finding]:
    """What goes and is read by somebody; what goes and nobody knows who reads it is told, and counts for nothing."""
    for each in change.readers:
        check = f"{CONSUMERS}-{each.name}"
        if each.read_by is None:
            message = f"{each.name} goes: no lineage says who reads it"
            yield Finding(check, "safety", passed=None, message=message, counts=False)
        elif each.read_by:
            message = f"{each.name} goes, and is read by {_named(each.read_by)}"
            if change.may_break:
                message += f"; let through: {change.may_break}"
            evidence = {"read_by": list(each.read_by)}
            yield Finding(check, "safety", passed=bool(change.may_break), message=message, evidence=evidence)
        else:
            yield Finding(check, "safety", passed=True, message=f"{each.name} goes, and nobody reads it")


def _promises(whose: str, product: DataProduct, table: ProductTable, rows: Rows) -> Iterator[Finding]:
    for found in check_product(replace(product, tables=(table,), service_levels=()), rows, _AT):
        counts = found.passed is not None and found.severity == "error"
        message = f"of the {_WHOSE[whose]} in {table.name}: {found.message}"
        evidence = {"line": found.line, "rows": len(rows[table.name])}
        check = f"{whose}-{found.check}"
        yield Finding(check, "consistency", found.passed, message, counts=counts, evidence=evidence)


def _content(row: Row) -> str:
    return digest({name: str(value) for name, value in row.items() if value is not None})


def _named(several: Sequence[str]) -> str:
    more = len(several) - _MOST_TOLD
    return ", ".join(several[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")
