"""How commands come to the registry of twins, and what time and which token a change has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from twinstage.cli.stores import StoreType
from twinstage.twin.registry import Moment, TwinRegistry
from twinstage.world.versions import StoredVersions

if TYPE_CHECKING:
    from twinstage.twin.configuration import Configuration


def registry_of(settings: Configuration) -> TwinRegistry:
    """The registry in the store, or in a DynamoDB table where one is named; what versions have digests of is in the store. Nothing is asked of AWS here."""
    store = StoreType().convert(settings["store"], None, None).store
    if not settings["registry"]:
        return TwinRegistry(StoredVersions(store), store)
    from twinstage.world.aws.clients import client
    from twinstage.world.aws.versions import DynamoVersions

    return TwinRegistry(DynamoVersions(client("dynamodb"), settings["registry"]), store)


def now() -> Moment:
    """This moment, and a token nobody else has."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Moment(at, uuid4().hex)
