"""Large tables: their parts are laid out where DynamoDB imports them from, each once."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.state.production_parts import CAPTURED
from tests.state.table_samples import captured, some_items
from twinstage.model.manifest import Manifest, new_manifest
from twinstage.model.native_import import import_keys, import_prefix, imported_tables
from twinstage.state.native_import import lay_out_imports

if TYPE_CHECKING:
    from twinstage.world.store import DirectoryStore


@pytest.fixture
def manifest(store: DirectoryStore) -> Manifest:
    tables = [captured(store, some_items(40), name="large"), captured(store, some_items(3), name="small")]
    return new_manifest(CAPTURED, "tests", [], tables, [])


def test_the_parts_of_a_large_table_lie_below_one_prefix_in_the_format_of_an_import(
    store: DirectoryStore, manifest: Manifest
) -> None:
    large = manifest.tables[0]
    assert lay_out_imports(store, manifest, 40) == {"large": len(large.parts)}
    keys = list(store.list("imports/"))
    assert keys == sorted(import_keys(large).values())
    assert all(key.startswith(import_prefix(large)) for key in keys)
    lines = [line for key in keys for line in gzip.decompress(store.get(key)).splitlines()]
    assert len(lines) == 40
    assert all(json.loads(line).keys() == {"Item"} for line in lines)


def test_what_is_laid_out_is_not_laid_out_again(store: DirectoryStore, manifest: Manifest) -> None:
    lay_out_imports(store, manifest, 40)
    [first, *_] = store.list("imports/")
    store.put(first, b"as it was")
    lay_out_imports(store, manifest, 40)
    assert store.get(first) == b"as it was"


def test_no_table_is_imported_where_none_is_large_or_nobody_asks(store: DirectoryStore, manifest: Manifest) -> None:
    assert lay_out_imports(store, manifest, 41) == lay_out_imports(store, manifest, None) == {}
    assert list(store.list("imports/")) == []


def test_equal_items_are_imported_from_one_place_and_others_from_another(store: DirectoryStore) -> None:
    one, same, other = (captured(store, some_items(9, seed=s), name=n) for s, n in ((0, "a"), (0, "b"), (1, "c")))
    assert import_prefix(one) == import_prefix(same) != import_prefix(other)


def test_an_empty_table_is_never_imported(store: DirectoryStore) -> None:
    manifest = new_manifest(CAPTURED, "tests", [], [captured(store, [])], [])
    assert list(imported_tables(manifest, 0)) == []
