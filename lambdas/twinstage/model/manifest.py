"""The snapshot manifest: what was captured, and where its content-addressed parts are.

The manifest is the contract between capture, the stacks that shape a twin, replication and fidelity. `schemas/snapshot.schema.json` is its truth; the
dataclasses here and in `captured` are what code works with.

A snapshot is to its state as a commit is to its tree. The **digest** names the state: the Merkle root of the content, the same whenever and by whatever
version of the tool that state is captured. The **id** names the snapshot: the SHA-256 of the manifest's own canonical bytes, in which its time, its tool and
its parent count too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, digest
from twinstage.model.captured import (
    DEFAULT_ARCHITECTURE,
    DEFAULT_STORAGE_MB,
    FunctionManifest,
    FunctionVersion,
    HealthCheckManifest,
    Part,
    TableManifest,
    ZoneManifest,
)
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.merkle import merkle_root
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "DEFAULT_ARCHITECTURE",
    "DEFAULT_STORAGE_MB",
    "FunctionManifest",
    "FunctionVersion",
    "HealthCheckManifest",
    "Manifest",
    "Part",
    "TableManifest",
    "ZoneManifest",
    "manifest_digest",
    "new_manifest",
    "read_manifest",
]

SCHEMA_ID = "twinstage:snapshot:2"
_COLLECTIONS = (("zones", "id"), ("health_checks", "id"), ("tables", "name"), ("functions", "name"))


@dataclass(frozen=True)
class Manifest:
    """A snapshot. Names are unique in each collection.

    `captured` is `{"at": RFC 3339 UTC, "account", "region", "sources"?, "derived"?}`: `sources` says when and how each thing was read, `derived` of what run
    this is the outcome, where it is no capture of production. `parent` is the id of the snapshot before it. `masking` is `{"rules", "key"}`, the digest of
    the rules and the fingerprint of the key by which values were made tokens; empty where none were.
    """

    digest: str
    captured: Mapping[str, Any]
    tool: str
    zones: tuple[ZoneManifest, ...]
    tables: tuple[TableManifest, ...]
    functions: tuple[FunctionManifest, ...]
    health_checks: tuple[HealthCheckManifest, ...] = ()
    masking: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None

    @cached_property
    def id(self) -> str:
        """`sha256:<hex>` of the canonical bytes of the whole document."""
        return digest(self.document())

    def content(self) -> dict[str, Any]:
        """What the digest covers."""
        return {
            "zones": [zone.document() for zone in self.zones],
            "health_checks": [check.document() for check in self.health_checks],
            "tables": [table.document() for table in self.tables],
            "functions": [function.document() for function in self.functions],
        } | ({"masking": dict(self.masking)} if self.masking else {})

    def document(self) -> dict[str, Any]:
        """The whole manifest; `read_manifest` is its inverse."""
        return {
            "schema": SCHEMA_ID,
            "digest": self.digest,
            "parent": self.parent,
            "captured": dict(self.captured),
            "tool": self.tool,
            "content": self.content(),
        }

    def counts(self) -> dict[str, int]:
        """How much there is of each."""
        return {
            "zones": len(self.zones),
            "record_sets": sum(zone.record_sets for zone in self.zones),
            "health_checks": len(self.health_checks),
            "tables": len(self.tables),
            "items": sum(table.items for table in self.tables),
            "functions": len(self.functions),
        }


def manifest_digest(content: Mapping[str, Any]) -> str:
    """`sha256:<hex>` of the Merkle root over a manifest's `content`: the digest of the state."""
    return f"sha256:{merkle_root(list(_leaves(content))).hex()}"


def _leaves(content: Mapping[str, Any]) -> Iterator[bytes]:
    """Zones, health checks, each table's header and its parts, functions, masking: each says what it is, and is canonical JSON."""
    for zone in content["zones"]:
        yield canonical_json({"zone": zone})
    for check in content["health_checks"]:
        yield canonical_json({"health_check": check})
    for table in content["tables"]:
        yield canonical_json({"table": {name: value for name, value in table.items() if name != "parts"}})
        for part in table["parts"]:
            yield canonical_json({"part": part, "of": table["name"]})
    for function in content["functions"]:
        yield canonical_json({"function": function})
    if "masking" in content:
        yield canonical_json({"masking": content["masking"]})


def new_manifest(
    captured: Mapping[str, Any],
    tool: str,
    zones: Iterable[ZoneManifest],
    tables: Iterable[TableManifest],
    functions: Iterable[FunctionManifest],
    *,
    health_checks: Iterable[HealthCheckManifest] = (),
    masking: Mapping[str, str] | None = None,
    parent: str | None = None,
) -> Manifest:
    """A manifest with its digest. Each collection is put in the order of its ids or names: equal state, equal digest."""
    draft = Manifest(
        digest="",
        captured=captured,
        tool=tool,
        zones=tuple(sorted(zones, key=lambda zone: zone.id)),
        tables=tuple(sorted(tables, key=lambda table: table.name)),
        functions=tuple(sorted(functions, key=lambda function: function.name)),
        health_checks=tuple(sorted(health_checks, key=lambda check: check.id)),
        masking=masking or {},
        parent=parent,
    )
    return replace(draft, digest=manifest_digest(draft.content()))


def read_manifest(document: Any, file: str = "manifest") -> Manifest:
    """The manifest that a JSON document holds. `file` names it in errors.

    Raises InputError with every problem: a manifest of another schema; else violations of the schema; else names used twice, tables whose parts do not add
    up, and a digest that is not the content's.
    """
    problems = (
        _version_problems(document, file) or _schema_problems(document, file) or list(_content_problems(document, file))
    )
    if problems:
        raise InputError(problems)
    content = document["content"]
    return Manifest(
        digest=document["digest"],
        captured=document["captured"],
        tool=document["tool"],
        zones=tuple(map(_zone, content["zones"])),
        tables=tuple(map(_table, content["tables"])),
        functions=tuple(map(_function, content["functions"])),
        health_checks=tuple(
            HealthCheckManifest(check["id"], check["configuration"], check.get("tags", {}))
            for check in content["health_checks"]
        ),
        masking=content.get("masking", {}),
        parent=document["parent"],
    )


def _zone(z: Mapping[str, Any]) -> ZoneManifest:
    settings = z.get("comment", ""), z.get("tags", {}), tuple(z.get("vpcs", ()))
    return ZoneManifest(z["id"], z["name"], z["private"], z["record_sets"], _part(z["part"]), *settings)


def _table(t: Mapping[str, Any]) -> TableManifest:
    parts, masked = tuple(map(_part, t["parts"])), tuple(t.get("masked", ()))
    return TableManifest(t["name"], t["schema"], t["items"], parts, t["part_bits"], t.get("sample", {}), masked)


def _function(f: Mapping[str, Any]) -> FunctionManifest:
    versions = tuple(FunctionVersion(v["Version"], v["configuration"], _part(v["code"])) for v in f.get("versions", ()))
    rest = tuple(f.get("aliases", ())), tuple(f.get("withheld", ()))
    return FunctionManifest(f["name"], f["configuration"], _part(f["code"]), versions, *rest)


def _part(document: Mapping[str, Any]) -> Part:
    return Part(document["sha256"], document["size_bytes"], document.get("items"), document.get("bucket"))


def _version_problems(document: Any, file: str) -> list[InputProblem]:
    """A manifest of another version of the schema says so in one sentence, and not in a hundred violations of this one's."""
    found = document.get("schema") if isinstance(document, dict) else None
    if found == SCHEMA_ID or not str(found).startswith("twinstage:snapshot:"):
        return []
    message = f"a manifest of schema {found}, made by {document.get('tool', 'an unknown tool')}: this version reads {SCHEMA_ID}"
    return [InputProblem(file, 0, "/schema", message, "capture the state again with this version")]


def _schema_problems(document: Any, file: str) -> list[InputProblem]:
    return [
        InputProblem(file, 0, place, message, "capture the snapshot again")
        for place, message in schema_violations("snapshot", document)
    ]


def _content_problems(document: Mapping[str, Any], file: str) -> Iterator[InputProblem]:
    content = document["content"]
    for collection, key in _COLLECTIONS:
        yield from _duplicates([entry[key] for entry in content[collection]], f"/content/{collection}", key, file)
    for index, table in enumerate(content["tables"]):
        yield from _part_problems(table, f"/content/tables/{index}", file)
    actual = manifest_digest(content)
    if document["digest"] != actual:
        message = f"the digest says {document['digest']}, the content's is {actual}"
        yield InputProblem(file, 0, "/digest", message, "the manifest was changed after it was captured")


def _part_problems(table: Mapping[str, Any], pointer: str, file: str) -> Iterator[InputProblem]:
    """Parts that are not one for each bucket, in order, or do not add up to the table."""
    buckets = [part["bucket"] for part in table["parts"]]
    if buckets != sorted(set(buckets)) or any(bucket >> table["part_bits"] for bucket in buckets):
        message = (
            f"the parts of {table['name']} are not one for each of its {1 << table['part_bits']} buckets, in order"
        )
        yield InputProblem(file, 0, f"{pointer}/parts", message, "capture the snapshot again")
    counted = sum(part["items"] for part in table["parts"])
    if counted != table["items"]:
        message = f"{table['name']} has {table['items']} items, its parts have {counted}"
        yield InputProblem(file, 0, f"{pointer}/items", message, "capture the snapshot again")


def _duplicates(names: Sequence[str], pointer: str, key: str, file: str) -> list[InputProblem]:
    return [
        InputProblem(file, 0, f"{pointer}/{index}/{key}", f"{name!r} appears twice", "names must be unique")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
