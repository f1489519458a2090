"""Snapshots in a store: content-addressed parts, and the manifest that names them.

Layout: `objects/<sha256>` and `snapshots/<hex of the digest>.json`. A part's address is the SHA-256 of its content; items are stored gzipped
(DynamoDB's own export format: one `{"Item": {...}}` a line), and addressed by what they decompress to, since zlib's output differs between versions.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.manifest import Manifest, Part, read_manifest
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from twinstage.model.item import Item
    from twinstage.model.record_set import RecordSet
    from twinstage.world.store import Store

OBJECTS = "objects/"
SNAPSHOTS = "snapshots/"


def put_bytes(store: Store, content: bytes) -> Part:
    """Store bytes as they are: a function's deployment package."""
    return _put(store, content, content)


def put_record_sets(store: Store, record_sets: Sequence[RecordSet]) -> Part:
    """Store a zone's record sets, in canonical form and the API's order."""
    content = canonical_json({"ResourceRecordSets": record_sets})
    return _put(store, content, content)


def put_items(store: Store, items: Iterable[Item]) -> Part:
    """Store items in canonical form, in the order given."""
    lines = [canonical_json({"Item": item}) for item in items]
    content = b"".join(line + b"\n" for line in lines)
    return _put(store, content, gzip.compress(content, mtime=0), items=len(lines))


def _put(store: Store, content: bytes, stored: bytes, items: int | None = None) -> Part:
    address = sha256_hex(content)
    if not store.exists(OBJECTS + address):
        store.put(OBJECTS + address, stored)
    return Part(address, len(content), items)


def get_bytes(store: Store, part: Part) -> bytes:
    """The content of a part. Raises InputError naming the part where it is missing, cut off, or not what its address says."""
    key = OBJECTS + part.sha256
    if not store.exists(key):
        raise InputError([InputProblem(key, 0, "", "the part is missing", "capture the snapshot again")])
    stored = store.get(key)
    content = stored
    if part.items is not None:
        try:
            content = gzip.decompress(stored)
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged(key, f"not whole gzip data: {error}") from error
    if sha256_hex(content) != part.sha256:
        raise _damaged(key, "its content is not what its address says")
    return content


def get_record_sets(store: Store, part: Part) -> list[RecordSet]:
    """A zone's record sets."""
    found: list[RecordSet] = json.loads(get_bytes(store, part))["ResourceRecordSets"]
    return found


def get_items(store: Store, part: Part) -> Iterator[Item]:
    """The items of one part, in order."""
    for line in get_bytes(store, part).splitlines():
        yield json.loads(line)["Item"]


def put_manifest(store: Store, manifest: Manifest) -> str:
    """Store a manifest under its digest. Gives the key."""
    key = manifest_key(manifest.digest)
    put_json(store, key, manifest.document())
    return key


def get_manifest(store: Store, digest: str) -> Manifest:
    """The manifest with that digest. Raises InputError where it is missing, or was changed."""
    key = manifest_key(digest)
    if not store.exists(key):
        known = [f"sha256:{k.removeprefix(SNAPSHOTS).removesuffix('.json')}" for k in store.list(SNAPSHOTS)]
        raise InputError([InputProblem(key, 0, "", "no such snapshot", f"there are: {', '.join(known) or 'none'}")])
    manifest = read_manifest(_manifest_document(store, key), key)
    if manifest.digest != digest:
        raise InputError(
            [InputProblem(key, 0, "/digest", f"holds {manifest.digest}", "a manifest is stored under its own digest")]
        )
    return manifest


def _manifest_document(store: Store, key: str) -> Any:
    try:
        return get_json(store, key)
    except ValueError as error:
        raise InputError([InputProblem(key, getattr(error, "lineno", 0), "", f"not JSON: {error}")]) from error


def verify(store: Store, manifest: Manifest) -> None:
    """Check every part of a snapshot before anything is written from it. Raises InputError with every damaged part."""
    problems: list[InputProblem] = []
    for part in parts_of(manifest):
        try:
            get_bytes(store, part)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def parts_of(manifest: Manifest) -> list[Part]:
    """Every part a manifest names."""
    return [
        *(zone.part for zone in manifest.zones),
        *(part for table in manifest.tables for part in table.parts),
        *(function.code for function in manifest.functions),
    ]


def manifest_key(digest: str) -> str:
    """Where a manifest is stored."""
    return f"{SNAPSHOTS}{digest.removeprefix('sha256:')}.json"


def _damaged(key: str, message: str) -> InputError:
    return InputError(
        [InputProblem(key, 0, "", message, "the part was changed after it was captured: take another copy")]
    )
