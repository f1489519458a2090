"""Snapshots in a store: content-addressed parts, and the manifest that names them.

Layout: `objects/<sha256>`, `snapshots/<hex of the id>.json` and beside it `snapshots/<hex of the id>.dsse.json`, its signature. A part's address is the
SHA-256 of its content; items are stored gzipped (DynamoDB's own export format: one `{"Item": {...}}` a line), and addressed by what they decompress to, since
zlib's output differs between versions. A manifest is stored as its canonical bytes, whose SHA-256 is its id: `sha256sum` checks both kinds of file.

Whoever is to rely on a snapshot opens it through `state.opening`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import orjson

from twinstage.model.canonical import UTF_8, canonical_json, sha256_hex
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.model.manifest import Manifest, Part, read_manifest
from twinstage.model.reading.json_document import MALFORMED, not_json, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.item import Item
    from twinstage.model.record_set import RecordSet
    from twinstage.world.store import Store

OBJECTS = "objects/"
SNAPSHOTS = "snapshots/"
MANIFEST, ENVELOPE = ".json", ".dsse.json"
# RFC 1952, the same for every part: no name, no time, no operating system; and one extra field, the SHA-256 of all that follows it, which readers of gzip
# skip. Deflate has many ways to write one content, and bits that nobody reads: by this field every bit of a file counts.
_SUM_BYTES = 32
_GZIP_HEADER = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff" + struct.pack("<H2sH", 4 + _SUM_BYTES, b"TS", _SUM_BYTES)
_BODY = len(_GZIP_HEADER) + _SUM_BYTES
# What deflate saves beyond its lowest level is not worth its time: a part is read as often as it is written.
_LEVEL = 1
# How many snapshots a message names.
_MOST_TOLD = 10


def put_bytes(store: Store, content: bytes) -> Part:
    """Store bytes as they are: a function's deployment package."""
    part = Part(sha256_hex(content), len(content))
    if not _intact(store, part):
        _put_whole(store, OBJECTS + part.sha256, content)
    return part


def put_record_sets(store: Store, record_sets: Sequence[RecordSet]) -> Part:
    """Store a zone's record sets, in canonical form and the API's order."""
    return put_bytes(store, canonical_json({"ResourceRecordSets": record_sets}))


def put_lines(store: Store, content: bytes, *, items: int, bucket: int) -> Part:
    """Store one bucket of a table: `content` is a canonical line for each of its `items`, in their order."""
    part = Part(sha256_hex(content), len(content), items, bucket)
    if not _intact(store, part):
        _put_whole(store, OBJECTS + part.sha256, _compressed(content))
    return part


def _put_whole(store: Store, key: str, data: bytes) -> None:
    """Put, and read back what was put: nothing that names a key is written before that. Raises LOST_PUT where other bytes come back, or none."""
    store.put(key, data)
    if not store.exists(key) or store.get(key) != data:
        message = f"{key} was put, and what comes back is not what was put"
        raise TwinstageError("LOST_PUT", message, hint="the store lost or changed it: try again, or take another store")


def _intact(store: Store, part: Part) -> bool:
    """Whether a part is stored already, and whole: one that was damaged since is mended by whoever stores it again."""
    if not store.exists(OBJECTS + part.sha256):
        return False
    try:
        get_bytes(store, part)
    except InputError:
        return False
    return True


def get_bytes(store: Store, part: Part) -> bytes:
    """The content of a part. Raises InputError naming the part where it is missing, cut off, or not what its address says."""
    key = OBJECTS + part.sha256
    if not store.exists(key):
        raise InputError([InputProblem(key, 0, "", "the part is missing", "capture the snapshot again")])
    stored = store.get(key)
    content = stored if part.items is None else _decompressed(stored, key, part.size_bytes)
    if sha256_hex(content) != part.sha256:
        raise _damaged(key, "its content is not what its address says")
    if part.items is not None and (held := content.count(b"\n")) != part.items:
        raise _damaged(key, f"it holds {held} items, the manifest says {part.items}")
    return content


def _compressed(content: bytes) -> bytes:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    body += struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return _GZIP_HEADER + hashlib.sha256(body).digest() + body


def _decompressed(stored: bytes, key: str, size_bytes: int) -> bytes:
    """What a part decompresses to, and no more than it should. A byte that is changed is found even where gzip would not look at it."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = inflate.decompress(stored, size_bytes + 1)
    except zlib.error as error:
        raise _damaged(key, f"not whole gzip data: {error}") from error
    head = _GZIP_HEADER + hashlib.sha256(stored[_BODY:]).digest()
    if stored[:_BODY] != head or not inflate.eof or inflate.unused_data:
        raise _damaged(key, "not the gzip data that was stored")
    return content


def get_record_sets(store: Store, part: Part) -> list[RecordSet]:
    """A zone's record sets."""
    found: list[RecordSet] = json.loads(get_bytes(store, part))["ResourceRecordSets"]
    return found


def get_lines(store: Store, part: Part) -> list[bytes]:
    """The lines of one part of a table, one an item, in order."""
    return get_bytes(store, part).splitlines()


def get_items(store: Store, part: Part) -> Iterator[Item]:
    """The items of one part, in order."""
    for line in get_lines(store, part):
        yield item_of(line)


def item_of(line: bytes) -> Item:
    """The item that one line of a part holds."""
    try:
        found: Item = orjson.loads(line)["Item"]
    except orjson.JSONDecodeError:
        # A lone surrogate, which JSON text may carry and orjson refuses.
        found = json.loads(line.decode("utf-8", "surrogatepass"))["Item"]
    return found


def put_manifest(store: Store, manifest: Manifest) -> str:
    """Store a manifest under its id, once: a snapshot never changes, and one that was damaged since is mended. Gives the key."""
    key, content = manifest_key(manifest.id), canonical_json(manifest.document())
    if not store.exists(key) or store.get(key) != content:
        _put_whole(store, key, content)
    return key


def get_manifest(store: Store, snapshot: str) -> Manifest:
    """The manifest with that id. Raises InputError where it is missing, or was changed in any way."""
    key = manifest_key(snapshot)
    if not store.exists(key):
        known = [f"sha256:{hex_}" for hex_ in itertools.islice(snapshot_ids(store), _MOST_TOLD + 1)]
        there = ", ".join([*known[:_MOST_TOLD], *(["..."] if len(known) > _MOST_TOLD else [])])
        raise InputError([InputProblem(key, 0, "", "no such snapshot", f"there are: {there or 'none'}")])
    stored = store.get(key)
    manifest = read_manifest(_parsed(stored, key), key)
    if f"sha256:{sha256_hex(stored)}" != snapshot:
        message = f"its bytes are those of sha256:{sha256_hex(stored)}"
        raise InputError(
            [InputProblem(key, 0, "", message, "the manifest was changed after it was captured: take another copy")]
        )
    if manifest.id != snapshot:
        # The same state written in other bytes would be a second name for another snapshot, whose signature it would borrow.
        message = f"not in canonical form: it says what {manifest.id} says"
        raise InputError([InputProblem(key, 0, "", message, f"use {manifest.id}, or capture the state again")])
    return manifest


def _parsed(stored: bytes, key: str) -> Any:
    try:
        # Weights of aliases are floats; that the bytes are the canonical ones is checked against the id.
        return record(stored.decode(*UTF_8))
    except MALFORMED as error:
        hint = "the manifest was changed after it was captured: take another copy"
        raise InputError([not_json(key, error, hint)]) from error


def snapshot_ids(store: Store) -> Iterator[str]:
    """The id, without `sha256:`, of every snapshot in a store, in the order of the ids. Nothing is read but names."""
    for key in store.list(SNAPSHOTS):
        if key.endswith(MANIFEST) and not key.endswith(ENVELOPE):
            yield key.removeprefix(SNAPSHOTS).removesuffix(MANIFEST)


def part_problems(store: Store, manifest: Manifest) -> list[InputProblem]:
    """What is wrong with the parts of a snapshot: each that is missing, cut off or changed, by name."""
    problems: list[InputProblem] = []
    for part in dict.fromkeys(parts_of(manifest)):
        try:
            get_bytes(store, part)
        except InputError as error:
            problems += error.problems
    return problems


def parts_of(manifest: Manifest) -> list[Part]:
    """Every part a manifest names."""
    return [
        *(zone.part for zone in manifest.zones),
        *(part for table in manifest.tables for part in table.parts),
        *(package for function in manifest.functions for package in function.packages()),
    ]


def copy_parts(source: Store, target: Store, manifest: Manifest) -> None:
    """Bring the parts of a snapshot into another store, where they are not there yet, and whole."""
    for part in dict.fromkeys(parts_of(manifest)):
        if not _intact(target, part):
            _put_whole(target, OBJECTS + part.sha256, source.get(OBJECTS + part.sha256))


def manifest_key(snapshot: str) -> str:
    """Where a manifest is stored."""
    return f"{SNAPSHOTS}{snapshot.removeprefix('sha256:')}{MANIFEST}"


def envelope_key(snapshot: str) -> str:
    """Where a manifest's signature is stored."""
    return f"{SNAPSHOTS}{snapshot.removeprefix('sha256:')}{ENVELOPE}"


def _damaged(key: str, message: str) -> InputError:
    return InputError(
        [InputProblem(key, 0, "", message, "the part was changed after it was captured: take another copy")]
    )
