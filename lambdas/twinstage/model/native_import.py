"""Which tables DynamoDB imports from S3 as it makes them, and where their parts lie for that.

A snapshot's parts have the format of DynamoDB's own exports, so they are imported as they are. An import reads a whole prefix: the parts of one table stand
below one of their own, named by what they hold.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Requesting.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.canonical import canonical_json, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.manifest import Manifest, TableManifest

IMPORTS = "imports/"
# Of the objects that one import reads: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
MOST_OBJECTS = 50_000


def imported_tables(manifest: Manifest, from_items: int | None) -> Iterator[TableManifest]:
    """The tables of at least `from_items` items, none where that is None. A table with local indexes cannot be made by an import."""
    for table in manifest.tables:
        large = from_items is not None and table.items >= max(1, from_items)
        if large and len(table.parts) <= MOST_OBJECTS and not table.schema.get("LocalSecondaryIndexes"):
            yield table


def import_prefix(table: TableManifest) -> str:
    """Where the parts of a table lie for its import; equal items, equal place."""
    return f"{IMPORTS}{sha256_hex(canonical_json([part.sha256 for part in table.parts]))}/"


def import_keys(table: TableManifest) -> dict[str, str]:
    """Digest of a part -> its key below the prefix."""
    prefix = import_prefix(table)
    return {part.sha256: f"{prefix}{index:06d}.json.gz" for index, part in enumerate(table.parts)}
