"""The snapshot manifest: what was captured, and where its content-addressed parts are.

The manifest is the contract between capture, the stacks that shape a twin, replication and fidelity.
`schemas/snapshot.schema.json` is its truth; the dataclasses here are what code works with. The digest covers `content`
only: capturing the same state again gives the same digest, whenever and by whatever version of the tool.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA_ID = "twinstage:snapshot:1"
DEFAULT_ARCHITECTURE = "x86_64"
DEFAULT_STORAGE_MB = 512
"""What Lambda gives a function that asks for nothing else; a manifest leaves both out then.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""


@dataclass(frozen=True)
class Part:
    """One immutable object of the snapshot, stored as `objects/<sha256>`. `items` counts DynamoDB items, else None."""

    sha256: str
    size_bytes: int
    items: int | None = None

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        counted = {} if self.items is None else {"items": self.items}
        return {"sha256": self.sha256, "size_bytes": self.size_bytes, **counted}


@dataclass(frozen=True)
class ZoneManifest:
    """A hosted zone: production's id and canonical name (trailing dot), and the part that holds its record sets."""

    id: str
    name: str
    private: bool
    record_sets: int
    part: Part

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return {
            "id": self.id,
            "name": self.name,
            "private": self.private,
            "record_sets": self.record_sets,
            "part": self.part.document(),
        }


@dataclass(frozen=True)
class TableManifest:
    """A DynamoDB table. `schema` has the API's form: CreateTable's fields, plus `TimeToLive`, `PointInTimeRecovery`."""

    name: str
    schema: Mapping[str, Any]
    items: int
    parts: tuple[Part, ...]

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return {
            "name": self.name,
            "schema": dict(self.schema),
            "items": self.items,
            "parts": [part.document() for part in self.parts],
        }


@dataclass(frozen=True)
class FunctionManifest:
    """A Lambda function: its configuration as production had it, and the part that is its deployment zip.

    `vpc` has the API's form, `SubnetIds` and `SecurityGroupIds`; it is empty where the function is in no VPC.
    """

    name: str
    runtime: str
    handler: str
    memory_mb: int
    timeout_s: int
    code: Part
    environment: Mapping[str, str] = field(default_factory=dict)
    architecture: str = DEFAULT_ARCHITECTURE
    storage_mb: int = DEFAULT_STORAGE_MB
    vpc: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return {
            "name": self.name,
            "configuration": {
                "Runtime": self.runtime,
                "Handler": self.handler,
                "MemorySize": self.memory_mb,
                "Timeout": self.timeout_s,
                "Environment": dict(self.environment),
                **self._beyond_defaults(),
            },
            "code": self.code.document(),
        }

    def _beyond_defaults(self) -> dict[str, Any]:
        """What is written only where it differs from Lambda's default, so that there is one form of each function."""
        return {
            **({"Architectures": [self.architecture]} if self.architecture != DEFAULT_ARCHITECTURE else {}),
            **({"EphemeralStorage": {"Size": self.storage_mb}} if self.storage_mb != DEFAULT_STORAGE_MB else {}),
            **({"VpcConfig": {kind: list(ids) for kind, ids in self.vpc.items()}} if self.vpc else {}),
        }


@dataclass(frozen=True)
class Manifest:
    """A snapshot. `captured` is `{"at": RFC 3339 UTC, "account", "region"}`; names are unique in each collection."""

    digest: str
    captured: Mapping[str, str]
    tool: str
    zones: tuple[ZoneManifest, ...]
    tables: tuple[TableManifest, ...]
    functions: tuple[FunctionManifest, ...]

    def content(self) -> dict[str, Any]:
        """What the digest covers."""
        return {
            "zones": [zone.document() for zone in self.zones],
            "tables": [table.document() for table in self.tables],
            "functions": [function.document() for function in self.functions],
        }

    def document(self) -> dict[str, Any]:
        """The whole manifest; `read_manifest` is its inverse."""
        return {
            "schema": SCHEMA_ID,
            "digest": self.digest,
            "captured": dict(self.captured),
            "tool": self.tool,
            "content": self.content(),
        }


def manifest_digest(content: Mapping[str, Any]) -> str:
    """`sha256:<hex>` of the canonical bytes of a manifest's `content`."""
    return digest(content)


def new_manifest(
    captured: Mapping[str, str],
    tool: str,
    zones: Iterable[ZoneManifest],
    tables: Iterable[TableManifest],
    functions: Iterable[FunctionManifest],
) -> Manifest:
    """A manifest with its digest. Each collection is put in the order of its ids or names: equal state, equal bytes."""
    draft = Manifest(
        digest="",
        captured=captured,
        tool=tool,
        zones=tuple(sorted(zones, key=lambda zone: zone.id)),
        tables=tuple(sorted(tables, key=lambda table: table.name)),
        functions=tuple(sorted(functions, key=lambda function: function.name)),
    )
    return Manifest(
        manifest_digest(draft.content()), draft.captured, draft.tool, draft.zones, draft.tables, draft.functions
    )


def read_manifest(document: Mapping[str, Any], file: str = "manifest") -> Manifest:
    """The manifest that a JSON document holds. `file` names it in errors.

    Raises InputError with every problem: schema violations; else names used twice and a digest that is not the
    content's.
    """
    problems = _schema_problems(document, file) or _content_problems(document, file)
    if problems:
        raise InputError(problems)
    content = document["content"]
    return Manifest(
        digest=document["digest"],
        captured=document["captured"],
        tool=document["tool"],
        zones=tuple(
            ZoneManifest(z["id"], z["name"], z["private"], z["record_sets"], _part(z["part"])) for z in content["zones"]
        ),
        tables=tuple(
            TableManifest(t["name"], t["schema"], t["items"], tuple(_part(p) for p in t["parts"]))
            for t in content["tables"]
        ),
        functions=tuple(
            function_manifest(f["name"], f["configuration"], _part(f["code"])) for f in content["functions"]
        ),
    )


def _part(document: Mapping[str, Any]) -> Part:
    return Part(document["sha256"], document["size_bytes"], document.get("items"))


def function_manifest(name: str, configuration: Mapping[str, Any], code: Part) -> FunctionManifest:
    """The function with this configuration, in the manifest's form, and this deployment zip."""
    return FunctionManifest(
        name=name,
        runtime=configuration["Runtime"],
        handler=configuration["Handler"],
        memory_mb=configuration["MemorySize"],
        timeout_s=configuration["Timeout"],
        environment=configuration["Environment"],
        architecture=configuration.get("Architectures", [DEFAULT_ARCHITECTURE])[0],
        storage_mb=configuration.get("EphemeralStorage", {}).get("Size", DEFAULT_STORAGE_MB),
        vpc=configuration.get("VpcConfig", {}),
        code=code,
    )


def _schema_problems(document: Mapping[str, Any], file: str) -> list[InputProblem]:
    return [
        InputProblem(file, 0, place, message, "capture the snapshot again")
        for place, message in schema_violations("snapshot", document)
    ]


def _content_problems(document: Mapping[str, Any], file: str) -> list[InputProblem]:
    content = document["content"]
    problems: list[InputProblem] = []
    for collection, key in (("zones", "id"), ("tables", "name"), ("functions", "name")):
        problems += _duplicates([entry[key] for entry in content[collection]], f"/content/{collection}", key, file)
    actual = manifest_digest(content)
    if document["digest"] != actual:
        message = f"the digest says {document['digest']}, the content's is {actual}"
        problems.append(InputProblem(file, 0, "/digest", message, "the manifest was changed after it was captured"))
    return problems


def _duplicates(names: Sequence[str], pointer: str, key: str, file: str) -> list[InputProblem]:
    return [
        InputProblem(file, 0, f"{pointer}/{index}/{key}", f"{name!r} appears twice", "names must be unique")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
