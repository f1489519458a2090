"""Every real zone and table goes dump -> snapshot -> an empty twin -> capture, and has the same digest: in memory, and on the embedded AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.road import imported
from tests.world.dump_files import shared, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.road import Arrived
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore

    Arrives = Callable[[Manifest], Arrived]


@pytest.mark.parametrize(
    ("folder", "zones", "record_sets"),
    [("18f-dns", 24, 523), ("18f-dns-history/start-zones", 35, 373), ("is-a-dev", 1, 2918)],
)
def test_every_zone_of_a_real_account(
    arrives: Arrives, store: DirectoryStore, folder: str, zones: int, record_sets: int
) -> None:
    manifest = imported(store, zones=shared("dns", *folder.split("/")))
    assert (len(manifest.zones), sum(zone.record_sets for zone in manifest.zones)) == (zones, record_sets)

    arrives(manifest)


def test_every_recorded_record_list(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    files = sorted(shared("dns", "custodian-recordings").glob("*ListResourceRecordSets*"))
    for index, file in enumerate(files):
        arrives(imported(store, zones=write(tmp_path / str(index), {file.name: file.read_bytes()})))
    assert len(files) == 5


def test_a_zone_file_but_for_what_route53_does_not_have(arrives: Arrives, store: DirectoryStore) -> None:
    manifest = imported(store, zones=shared("dns", "octodns-unit-tests"), skip=True)
    assert manifest.zones[0].record_sets == 20

    arrives(manifest)


def test_every_workbench_model(arrives: Arrives, store: DirectoryStore) -> None:
    manifest = imported(store, tables=shared("dynamodb", "nosql-workbench"))
    assert (len(manifest.tables), sum(table.items for table in manifest.tables)) == (7, 40)

    came = arrives(manifest)

    assert {name: done.puts for name, done in came.written.tables.items()} == {t.name: t.items for t in manifest.tables}


def test_the_batch_write_requests(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    keys = [("PK", "HASH"), ("SK", "RANGE")]
    described = {
        "TableName": "global-serverless",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    }
    requests = shared("dynamodb", "sample-data-global-serverless.json").read_bytes()

    came = arrives(imported(store, tables=write(tmp_path / "in", {"r.json": requests, "t.json": {"Table": described}})))

    assert came.written.items == 13


def test_every_recorded_table_with_items_of_its_keys(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    """But for one of a table under deletion, of which DescribeTable told no keys any more."""
    deleted = "test_force_delete_dynamodb_tables.DescribeTable_2.json"
    files = [f for f in sorted(shared("dynamodb", "custodian-recordings").glob("*DescribeTable*")) if f.name != deleted]
    for index, file in enumerate(files):
        table = json.loads(file.read_bytes())["Table"] | {"ItemCount": 3}
        answers: dict[str, Any] = {
            "t.json": {"Table": table},
            f"{table['TableName']}.items.json": {"Items": _items(table)},
        }
        assert arrives(imported(store, tables=write(tmp_path / str(index), answers))).written.items == 3
    assert len(files) == 22


def _items(table: dict[str, Any]) -> list[dict[str, Any]]:
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in table["AttributeDefinitions"]}
    keys = [key["AttributeName"] for key in table["KeySchema"]]
    values = {"S": ["a", "b", "c"], "N": ["1", "2", "3"], "B": ["AA==", "AQ==", "Ag=="]}
    return [{name: {types[name]: values[types[name]][i]} for name in keys} for i in range(3)]
