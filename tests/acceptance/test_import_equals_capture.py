"""A dump and a capture over the API of the same state have the same digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.road import captured, imported, memory_account, put_in_production
from tests.acceptance.test_item_edges import ITEMS
from tests.acceptance.test_item_edges import dumped as dumped_table
from tests.acceptance.test_zone_edges import EDGES, ZONE
from tests.acceptance.test_zone_edges import dumped as dumped_zone
from tests.world.dump_files import shared, write
from tests.world.memory_clock import Clock
from twinstage.world.memory.aws import MemoryAws

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.world.store import DirectoryStore


def same(store: DirectoryStore, *, zones: Path | None = None, tables: Path | None = None) -> None:
    aws = MemoryAws(clock=Clock())
    with memory_account(aws) as account:
        names = put_in_production(aws, account, zones=zones, tables=tables)
        assert captured(account, names, store).digest == imported(store, zones=zones, tables=tables).digest


@pytest.mark.parametrize("folder", ["18f-dns", "18f-dns-history/start-zones", "is-a-dev"])
def test_of_every_real_zone(store: DirectoryStore, folder: str) -> None:
    same(store, zones=shared("dns", *folder.split("/")))


def test_of_every_workbench_model(store: DirectoryStore) -> None:
    same(store, tables=shared("dynamodb", "nosql-workbench"))


@pytest.mark.parametrize("edge", EDGES)
def test_of_the_edges_of_route53(store: DirectoryStore, tmp_path: Path, edge: str) -> None:
    folder = dumped_zone(tmp_path / "zones", EDGES[edge], Comment="a zone")
    told = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    tags = {"ResourceTagSet": {"ResourceType": "hostedzone", "ResourceId": ZONE, "Tags": told}}
    same(store, zones=write(folder, {"tags.json": tags}))


@pytest.mark.parametrize("edge", ITEMS)
def test_of_the_edges_of_dynamodb(store: DirectoryStore, tmp_path: Path, edge: str) -> None:
    same(store, tables=dumped_table(tmp_path / "tables", ITEMS[edge]))
