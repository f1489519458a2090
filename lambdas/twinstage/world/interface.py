"""What a world offers to capture, replicate and replay: hosted zones, tables and functions.

Implementations: `world.aws` (boto3), `world.dumps` (API-form dumps, read-only), `world.memory` (exact Route 53 rules).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.item import Item
    from twinstage.model.record_set import RecordSet

CONDITION_FAILED = "ConditionalCheckFailedException"
CONDITION_FAILED_MESSAGE = "The conditional request failed"
"""How DynamoDB refuses a write whose condition does not hold.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""


@dataclass(frozen=True, order=True)
class HostedZone:
    """One hosted zone: canonical name, bare id (no `/hostedzone/`)."""

    name: str
    id: str
    private: bool


@dataclass(frozen=True)
class ZoneSettings:
    """What a hosted zone has beside its record sets. `vpcs` are `{"VPCId", "VPCRegion"}`, in the order of region and id."""

    comment: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    vpcs: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class HealthCheck:
    """One health check that record sets name: its id, and its HealthCheckConfig in the API's form."""

    id: str
    configuration: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """One published version of a function: its number, its own configuration and deployment package."""

    version: str
    configuration: Mapping[str, Any]
    code: bytes


@dataclass(frozen=True)
class Definition:
    """One function: its configuration, as a snapshot's manifest carries it, and its deployment package, a zip.

    `versions` are in the order of their numbers, `aliases` in that of their names: `{"Name", "FunctionVersion",
    "Description"?, "RoutingConfig"?}`.
    """

    configuration: Mapping[str, Any]
    code: bytes
    versions: tuple[Version, ...] = ()
    aliases: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Invocation:
    """What one invocation gave back. `error` is the `errorType` of a failed function; `payload` is the decoded response or error document."""

    payload: Any
    error: str | None = None
    message: str = ""


class Refused(Exception):
    """The service refused one request: its error code and message. A result to a replay, an error to a replication."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error, self.message = error, message


class AlreadyBegun(TwinstageError):
    """Another replay of the same shard began this event, or a later one. Whoever is told so executes nothing more."""

    def __init__(self, shard: str, position: int) -> None:
        message = f"another replay of {shard} began the event at {position} already"
        super().__init__("ALREADY_BEGUN", message, details={"shard": shard, "position": position})


class ReadableZones(Protocol):
    """Hosted zones, for reading."""

    def zones(self) -> Iterator[HostedZone]:
        """Every hosted zone, in the order of name and id."""

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """Every record set of a zone in canonical form, in the API's order."""

    def settings(self, zone_id: str) -> ZoneSettings:
        """A zone's comment, tags and VPCs."""

    def health_check(self, health_check_id: str) -> HealthCheck | None:
        """A health check; None where there is none of this id (record sets may name one that was deleted)."""


class Zones(ReadableZones, Protocol):
    """Hosted zones, for writing too."""

    def change(self, zone_id: str, changes: Sequence[Mapping[str, Any]], *, wait: bool = True) -> None:
        """Apply one change batch, in the API's form, and `wait` until it is in sync: changes before it are then too. Raises `Refused`."""


class ReadableTables(Protocol):
    """Tables, for reading."""

    def schema(self, table: str) -> dict[str, Any]:
        """Keys, attributes, indexes, billing, time to live, stream, encryption, recovery and tags, as a manifest carries them."""

    def scan(self, table: str) -> Iterator[Item]:
        """Every item, in JSON form, in no order, as a stream: nothing holds the whole table."""


class Tables(ReadableTables, Protocol):
    """Tables, for writing too."""

    def write(self, table: str, items: Iterable[Item]) -> int:
        """Put items in JSON form; idempotent. Gives their number."""

    def delete(self, table: str, keys: Iterable[Item]) -> int:
        """Delete the items with these primary keys; idempotent. Gives their number."""

    def is_empty(self, table: str) -> bool:
        """Whether a table holds nothing."""


class ItemChanges(Protocol):
    """Tables, for single changes as a log tells them."""

    def change(
        self, table: str, key: Item, new: Item | None, *, old: Item | None = None, conditional: bool = False
    ) -> None:
        """Put `new`, or delete where there is none. `conditional`: only if the item is `old` (None: only if it is not there). Raises `Refused`."""


class Functions(Protocol):
    """Lambda functions, for reading."""

    def definition(self, function: str) -> Definition:
        """Configuration, deployment package, versions and aliases of one function. Raises InputError for one that a snapshot cannot hold."""
