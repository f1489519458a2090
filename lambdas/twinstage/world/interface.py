"""What a world offers to capture, replicate and replay: hosted zones, tables and functions.

Implementations: `world.aws` (boto3), `world.dumps` (API-form dumps, read-only), `world.memory` (exact Route 53 rules).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.item import Item
    from twinstage.model.record_set import RecordSet


@dataclass(frozen=True, order=True)
class HostedZone:
    """One hosted zone: canonical name, bare id (no `/hostedzone/`)."""

    name: str
    id: str
    private: bool


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


class ReadableZones(Protocol):
    """Hosted zones, for reading."""

    def zones(self) -> Iterator[HostedZone]:
        """Every hosted zone, in the order of name and id."""

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """Every record set of a zone in canonical form, in the API's order."""


class Zones(ReadableZones, Protocol):
    """Hosted zones, for writing too."""

    def change(self, zone_id: str, changes: Sequence[Mapping[str, Any]]) -> None:
        """Apply one change batch, in the API's form, and wait until it is in sync. Raises `Refused`."""


class ReadableTables(Protocol):
    """Tables, for reading."""

    def schema(self, table: str) -> dict[str, Any]:
        """Keys, attributes, indexes, billing, TTL, stream and recovery settings, as a snapshot's manifest carries them."""

    def scan(self, table: str) -> Iterator[Item]:
        """Every item, in JSON form, in no order."""


class Tables(ReadableTables, Protocol):
    """Tables, for writing too."""

    def write(self, table: str, items: Iterable[Item]) -> int:
        """Put items in JSON form; idempotent. Gives their number."""


class Functions(Protocol):
    """Lambda functions, for reading."""

    def configuration(self, function: str) -> dict[str, Any]:
        """Runtime, Handler, MemorySize (MB), Timeout (s) and Environment, as a snapshot's manifest carries them."""

    def code(self, function: str) -> bytes:
        """The function's deployment package, a zip."""
