"""A contract's change, rehearsed: its promises asked of rows that stand and of rows that were written, and whoever reads what goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.model.data_product import Column, DataProduct, ProductTable
from twinstage.rehearse.change.plan import plan_of
from twinstage.rehearse.pipeline.contract_change import (
    ContractChange,
    Going,
    going,
    keyed,
    reader_findings,
    row_findings,
    written,
)

if TYPE_CHECKING:
    from twinstage.model.finding import Finding

KEY = Column("id", "id", "string", required=True, key_position=1)
NOTE = Column("note", "note", "string")
ADDRESS = Column(
    "address",
    "address",
    "object",
    columns=(Column("town", "address.town", "string"), Column("zip", "address.zip", "string")),
)


def product(*columns: Column, name: str = "orders") -> DataProduct:
    table = ProductTable(name, name, columns=(KEY, *columns))
    return DataProduct("p", "p", "1.0.0", "active", "", "odcs", "3.1.0", tables=(table,))


def change(after: DataProduct, rows: list[dict[str, Any]], **fields: Any) -> ContractChange:
    held, unkeyed = keyed(after, {"orders": rows})
    plan = plan_of("p", against="sha256:0", made_of={}, changes=())
    return ContractChange("old", "sha256:0", product(), after, plan, held, unkeyed, fields.pop("readers", ()), **fields)


def failed(findings: list[Finding]) -> list[str]:
    return [each.check for each in findings if each.passed is False and each.counts]


def test_a_column_made_required_is_asked_of_rows_that_stand_and_of_rows_that_were_written() -> None:
    strict = change(product(replace(NOTE, required=True)), [{"id": "a"}, {"id": "b", "note": "x"}])
    same = [{"id": "a"}, {"id": "b", "note": "x"}]
    assert failed(list(row_findings(strict, {"orders": same}))) == ["standing-orders.note/required"]
    both = [*same, {"id": "c"}]
    assert failed(list(row_findings(strict, {"orders": both}))) == [
        "standing-orders.note/required",
        "written-orders.note/required",
    ]


def test_a_row_that_is_another_one_afterwards_was_written_and_one_that_is_the_same_was_not() -> None:
    standing: dict[str, list[dict[str, Any]]] = {
        "orders": [{"id": "a", "n": 1}, {"id": "b", "n": 2.50}],
        "others": [{"id": "z"}],
    }
    held, _ = keyed(product(Column("n", "n", "number")), standing)
    after: dict[str, list[dict[str, Any]]] = {
        "orders": [{"id": "a", "n": 1}, {"id": "b", "n": 3}, {"id": "c"}],
        "others": [{"id": "z"}],
    }
    assert written({**held, "others": standing["others"]}, after) == {"orders": [{"id": "b", "n": 3}, {"id": "c"}]}
    back, _ = keyed(product(Column("n", "n", "number")), held)
    assert written(held, back) == {}, "a row is the same whichever way its numbers were written"


def test_rows_without_a_key_of_their_own_are_told_and_left_out() -> None:
    rows: list[dict[str, Any]] = [{"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": None}, {"n": 3}]
    found, lost = keyed(product(), {"orders": rows})
    assert found == {"orders": [{"id": "a", "n": 1}]}
    assert lost == {"orders": 3}
    assert failed(list(row_findings(change(product(), rows), {"orders": found["orders"]}))) == ["standing-orders/key"]

    number = replace(product(), tables=(ProductTable("orders", columns=(replace(KEY, logical_type="integer"),)),))
    assert keyed(number, {"orders": [{"id": "seven"}, {"id": 7}]}) == ({"orders": [{"id": 7}]}, {"orders": 1})


def test_a_table_in_which_nothing_was_written_is_not_asked() -> None:
    rows = [{"id": "a"}]
    checks = [each.check for each in row_findings(change(product(), rows), {"orders": rows})]
    assert checks
    assert all(check.startswith("standing-") for check in checks)


def test_what_goes_is_told_with_whoever_reads_it_and_what_is_nested_with_what_holds_it() -> None:
    asked: list[tuple[str, str]] = []

    def downstream(table: str, column: str) -> tuple[str, ...] | None:
        asked.append((table, column))
        return {"note": ("pipeline:ledger",), "address.zip": ()}.get(column)

    before = product(NOTE, ADDRESS)
    town_only = replace(ADDRESS, columns=ADDRESS.columns[:1])
    assert [(each.name, each.read_by) for each in going(before, product(town_only), downstream)] == [
        ("orders.note", ("pipeline:ledger",)),
        ("orders.address.zip", ()),
    ]
    assert [each.name for each in going(before, product(NOTE), downstream)] == ["orders.address"]
    assert [each.name for each in going(before, product(name="others"), downstream)] == ["orders"]


def test_what_somebody_reads_may_go_only_with_a_reason() -> None:
    readers = (
        Going("orders", "note", ("pipeline:ledger",)),
        Going("orders", "old", ()),
        Going("orders", "new", None),
    )
    findings = list(reader_findings(change(product(), [], readers=readers)))
    assert [(each.check, each.passed, each.counts) for each in findings] == [
        ("consumers-orders.note", False, True),
        ("consumers-orders.old", True, True),
        ("consumers-orders.new", None, False),
    ]
    assert "pipeline:ledger" in findings[0].message
    told = list(reader_findings(change(product(), [], readers=readers, may_break="they were told")))
    assert failed(told) == []
    assert "they were told" in told[0].message
