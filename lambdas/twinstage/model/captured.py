"""The things of production that a snapshot holds, as its manifest carries them.

What is empty or the service's default is left out of a document, so that there is one form of each state. Whatever has the API's form here keeps the
API's names: https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html,
https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DEFAULT_ARCHITECTURE = "x86_64"
DEFAULT_STORAGE_MB = 512
"""What Lambda gives a function that asks for nothing else; a manifest leaves both out then.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""


@dataclass(frozen=True)
class Part:
    """One immutable object of the snapshot, stored as `objects/<sha256>`; size and digest are of its content, uncompressed.

    A part of a table also counts its items, and says in which bucket of the key space they are.
    """

    sha256: str
    size_bytes: int
    items: int | None = None
    bucket: int | None = None

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        of_table = {"items": self.items, "bucket": self.bucket}
        return {"sha256": self.sha256, "size_bytes": self.size_bytes} | _given(of_table, empty=(None,))


@dataclass(frozen=True)
class ZoneManifest:
    """A hosted zone: production's id and canonical name (trailing dot), its settings, and the part that holds its record sets.

    `vpcs` has the API's form, `VPCId` and `VPCRegion`, in the order of both.
    """

    id: str
    name: str
    private: bool
    record_sets: int
    part: Part
    comment: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    vpcs: Sequence[Mapping[str, str]] = ()

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return {
            "id": self.id,
            "name": self.name,
            "private": self.private,
            "record_sets": self.record_sets,
            "part": self.part.document(),
        } | self.settings()

    def settings(self) -> dict[str, Any]:
        """What a zone has beside its name and its record sets, where it has any: comment, tags, VPCs."""
        return _given({"comment": self.comment, "tags": dict(self.tags), "vpcs": [dict(vpc) for vpc in self.vpcs]})


@dataclass(frozen=True)
class HealthCheckManifest:
    """A health check that record sets of the snapshot refer to. `configuration` is the API's HealthCheckConfig."""

    id: str
    configuration: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return {"id": self.id, "configuration": dict(self.configuration)} | _given({"tags": dict(self.tags)})


@dataclass(frozen=True)
class TableManifest:
    """A DynamoDB table. `schema` has the API's form: CreateTable's fields, plus `TimeToLive`, `PointInTimeRecovery` and the like.

    The items lie in 2^part_bits buckets by the CRC-32 of their keys; each bucket that has items is a part, in the order of the buckets. `sample`,
    `{"one_in": N}`, says that only every Nth part of the key space was captured; `masked` names the attributes whose values are tokens.
    """

    name: str
    schema: Mapping[str, Any]
    items: int
    parts: tuple[Part, ...]
    part_bits: int = 0
    sample: Mapping[str, int] = field(default_factory=dict)
    masked: tuple[str, ...] = ()

    @property
    def key_schema(self) -> Sequence[Mapping[str, str]]:
        """The table's key, in the API's form: the partition key first."""
        found: Sequence[Mapping[str, str]] = self.schema["KeySchema"]
        return found

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return self.header() | {"parts": [part.document() for part in self.parts]}

    def header(self) -> dict[str, Any]:
        """Everything but the parts."""
        return {
            "name": self.name,
            "schema": dict(self.schema),
            "items": self.items,
            "part_bits": self.part_bits,
        } | _given({"sample": dict(self.sample), "masked": list(self.masked)})


@dataclass(frozen=True)
class FunctionManifest:
    """A Lambda function: its configuration in the API's form, as a snapshot keeps it, and the part that is its deployment zip.

    `versions` are `{"Version", "configuration", "code"}` with the part of each one's zip, `aliases` have the API's form; `withheld` names the environment
    variables whose values were left out of the snapshot.
    """

    name: str
    configuration: Mapping[str, Any]
    code: Part
    versions: Sequence[FunctionVersion] = ()
    aliases: Sequence[Mapping[str, Any]] = ()
    withheld: tuple[str, ...] = ()

    @property
    def runtime(self) -> str:
        """Lambda's name of the runtime, such as `python3.12`."""
        return str(self.configuration["Runtime"])

    @property
    def handler(self) -> str:
        """`module.function`."""
        return str(self.configuration["Handler"])

    @property
    def memory_mb(self) -> int:
        """Memory."""
        return int(self.configuration["MemorySize"])

    @property
    def timeout_s(self) -> int:
        """How long one invocation may take."""
        return int(self.configuration["Timeout"])

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables."""
        found: Mapping[str, str] = self.configuration["Environment"]
        return found

    @property
    def architecture(self) -> str:
        """The processor."""
        return str(self.configuration.get("Architectures", [DEFAULT_ARCHITECTURE])[0])

    @property
    def storage_mb(self) -> int:
        """The size of /tmp."""
        return int(self.configuration.get("EphemeralStorage", {}).get("Size", DEFAULT_STORAGE_MB))

    @property
    def vpc(self) -> Mapping[str, Sequence[str]]:
        """`SubnetIds` and `SecurityGroupIds`; empty where the function is in no VPC."""
        found: Mapping[str, Sequence[str]] = self.configuration.get("VpcConfig", {})
        return found

    def packages(self) -> Iterator[Part]:
        """The zip of the function itself, then of each published version."""
        yield self.code
        yield from (version.code for version in self.versions)

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return {
            "name": self.name,
            "configuration": dict(self.configuration),
            "code": self.code.document(),
        } | _given(
            {
                "versions": [version.document() for version in self.versions],
                "aliases": [dict(alias) for alias in self.aliases],
                "withheld": list(self.withheld),
            }
        )


@dataclass(frozen=True)
class FunctionVersion:
    """One published version of a function: its number, its configuration and its deployment zip."""

    version: str
    configuration: Mapping[str, Any]
    code: Part

    def document(self) -> dict[str, Any]:
        """As the manifest carries it."""
        return {
            "Version": self.version,
            "configuration": dict(self.configuration),
            "code": self.code.document(),
        }


def _given(members: Mapping[str, Any], empty: tuple[Any, ...] = ("", {}, [])) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in empty}
