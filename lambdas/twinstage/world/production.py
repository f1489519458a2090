"""What a promotion needs of production: functions with versions and an alias, changed only where they are what was seen, and how often a version was invoked and failed.

Implementations: `world.aws.live_functions`, `world.aws.alias_metrics`. Record sets are changed through `world.aws.zones`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LATEST = "$LATEST"


class ChangedMeanwhile(TwinstageError):
    """A change was refused because its subject is no longer what was seen: somebody else changed it."""

    def __init__(self, message: str) -> None:
        super().__init__("CHANGED_MEANWHILE", message)


@dataclass(frozen=True)
class LiveVersion:
    """A function as one version has it. `code` is `sha256:<hex>` of its package, `configuration` is in a snapshot's form, `revision` changes with every change of it."""

    version: str
    code: str
    configuration: Mapping[str, Any]
    revision: str


@dataclass(frozen=True)
class LiveAlias:
    """An alias: the version it points at, and those that get a share of its invocations (0 to 1)."""

    version: str
    weights: Mapping[str, float]
    revision: str


@dataclass(frozen=True)
class Counts:
    """How often something was invoked, and how often it failed."""

    invocations: int = 0
    errors: int = 0


class LiveFunctions(Protocol):
    """Production's functions. Every change raises ChangedMeanwhile where its subject is not of the revision that is given."""

    def version(self, function: str, version: str = LATEST) -> LiveVersion | None:
        """A version as it is; None where there is none. Waits until a change under way is done."""

    def package(self, function: str, version: str) -> bytes:
        """The deployment package of a version."""

    def alias(self, function: str, name: str) -> LiveAlias | None:
        """An alias as it is; None where there is none."""

    def configure(self, function: str, configuration: Mapping[str, Any], revision: str) -> None:
        """Give `$LATEST` another handler, environment, timeout or memory, in the API's form."""

    def replace_code(self, function: str, package: bytes, revision: str) -> None:
        """Give `$LATEST` another package."""

    def publish(self, function: str, code: str, description: str) -> str:
        """The number of a version that is what `$LATEST` is, and has this code. Publishing again what has not changed gives the same one."""

    def route(self, function: str, alias: str, version: str, weights: Mapping[str, float], revision: str) -> None:
        """Point an alias at a version, and a share of its invocations at others."""


class Watching(Protocol):
    """How functions do."""

    def behind_alias(self, function: str, alias: str, version: str, since: datetime) -> Counts:
        """What came of the invocations of an alias that a version got, from the minute of `since` on."""

    def unqualified(self, function: str, since: datetime) -> Counts:
        """What came of the invocations that named neither a version nor an alias."""
