"""What lies between two tables is found part by part, and equal parts are never read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.state.production_parts import SCHEMA, item
from twinstage.model.item import canonical_item, item_key
from twinstage.model.manifest import TableManifest
from twinstage.state import table_parts
from twinstage.state.snapshot import OBJECTS
from twinstage.state.table_changes import TwinTable, changes_between, changes_to
from twinstage.state.table_parts import write_table
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from twinstage.model.item import Item

KEY: Any = SCHEMA["KeySchema"]
VALUES = st.sampled_from(["1", "2"])
TABLES = st.dictionaries(st.integers(0, 30), VALUES, max_size=30)


def items_of(values: dict[int, str]) -> list[Item]:
    return [item("plan", str(number), value={"N": value}) for number, value in values.items()]


def captured(store: DirectoryStore, items: Iterable[Item], schema: dict[str, Any] | None = None) -> TableManifest:
    shape = schema or SCHEMA
    found = write_table(store, items, shape["KeySchema"])
    return TableManifest("plans", shape, found.items, found.parts, found.part_bits)


def by_key(items: Iterable[Item]) -> dict[str, Item]:
    return {item_key(each, KEY).decode(): canonical_item(each) for each in items}


def small_parts(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(table_parts, "ITEMS_A_PART", number)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=TABLES, after=TABLES, sizes=st.tuples(st.sampled_from([1, 3, 64]), st.sampled_from([1, 3, 64])))
def test_changes_lead_from_one_table_to_the_other_however_they_are_parted(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    before: dict[int, str],
    after: dict[int, str],
    sizes: tuple[int, int],
) -> None:
    store, versions = DirectoryStore(tmp_path / "store"), []
    for values, size in zip((before, after), sizes, strict=True):
        with monkeypatch.context() as patch:
            small_parts(patch, size)
            versions.append(captured(store, items_of(values)))
    old, new = by_key(items_of(before)), by_key(items_of(after))
    found = {change.key: (change.before, change.after) for change in changes_between(store, *versions)}
    assert found == {
        key: (old.get(key), new.get(key)) for key in old.keys() | new.keys() if old.get(key) != new.get(key)
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=TABLES, held=TABLES, size=st.sampled_from([1, 3, 64]))
def test_puts_and_deletes_lead_a_twins_table_to_the_snapshot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: dict[int, str], held: dict[int, str], size: int
) -> None:
    store = DirectoryStore(tmp_path / "store")
    with monkeypatch.context() as patch:
        small_parts(patch, size)
        table = captured(store, items_of(wanted))
    twin, target = by_key(items_of(held)), by_key(items_of(wanted))
    touched = 0
    for changes in changes_to(store, table, iter(items_of(held))):
        assert changes.part is None or changes.part in range(len(table.parts))
        for key in changes.deletes:
            assert set(key) == {"pk", "sk"}
            del twin[item_key(key, KEY).decode()]
        twin.update(by_key(changes.puts))
        touched += len(changes.puts) + len(changes.deletes)
    assert twin == target
    assert touched == sum(by_key(items_of(held)).get(key) != value for key, value in target.items()) + len(
        by_key(items_of(held)).keys() - target.keys()
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=TABLES, held=TABLES, size=st.sampled_from([1, 3, 64]))
def test_a_twins_parts_equal_the_snapshots_exactly_where_its_items_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: dict[int, str], held: dict[int, str], size: int
) -> None:
    store = DirectoryStore(tmp_path / "store")
    with monkeypatch.context() as patch:
        small_parts(patch, size)
        table = captured(store, items_of(wanted))
    with TwinTable(store, table, items_of(held)) as twin:
        assert (twin.parts().parts == table.parts) == (wanted == held)
        assert (list(twin.changes()) == []) == (wanted == held)


@pytest.mark.parametrize("held", [0, 3, 5])
def test_a_twin_that_holds_many_times_what_was_captured_is_led_back(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    table = captured(store, items_of(dict.fromkeys(range(held), "1")))
    assert table.part_bits == 0
    many = items_of(dict.fromkeys(range(200), "1"))
    whole = write_table(store, many, KEY)
    small_parts(monkeypatch, 4)
    with TwinTable(store, table, many) as twin:
        assert twin.parts() == whole
        found = list(twin.reconciliation())
    assert {changes.part for changes in found} <= {None, 0}
    assert len(found) > 20
    assert sorted(int(key["sk"]["N"]) for changes in found for key in changes.deletes) == list(range(held, 200))
    assert not any(changes.puts for changes in found)


def test_equal_parts_are_not_read(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch, 10)
    items = items_of(dict.fromkeys(range(100), "1"))
    before = captured(store, items)
    after = captured(store, [*items[:50], item("plan", "50", value={"N": "2"}), *items[51:]])
    for part in set(before.parts) & set(after.parts):
        store.delete(OBJECTS + part.sha256)
    (change,) = changes_between(store, before, after)
    assert (change.key, change.before, change.after) == (
        '[{"S":"plan"},{"N":"50"}]',
        {"pk": {"S": "plan"}, "sk": {"N": "50"}, "value": {"N": "1"}},
        {"pk": {"S": "plan"}, "sk": {"N": "50"}, "value": {"N": "2"}},
    )


def test_tables_of_other_keys_have_no_item_in_common(store: DirectoryStore) -> None:
    items = items_of({1: "1", 2: "1"})
    other = {**SCHEMA, "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}]}
    found = list(changes_between(store, captured(store, items), captured(store, items, other)))
    assert sorted((change.key, change.before is None) for change in found) == [
        ('[{"N":"1"}]', True),
        ('[{"N":"2"}]', True),
        ('[{"S":"plan"},{"N":"1"}]', False),
        ('[{"S":"plan"},{"N":"2"}]', False),
    ]


def test_a_scan_is_over_before_the_first_change_is_told(store: DirectoryStore) -> None:
    """Or a table would be written to while it is read."""
    table, left = captured(store, []), items_of(dict.fromkeys(range(5), "1"))
    changes = changes_to(store, table, (left.pop() for _ in range(5)))
    next(changes)
    assert left == []


def test_a_scan_that_fails_leaves_no_file_open(store: DirectoryStore) -> None:
    def broken() -> Iterable[Item]:
        yield item("plan", "1")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        TwinTable(store, captured(store, []), broken())
