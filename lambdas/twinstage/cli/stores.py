"""Where snapshots are kept: a folder, or a prefix of an S3 bucket, with the same layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from twinstage.world.aws.clients import client
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.world.store import Store

S3 = "s3://"
DEFAULT = ".twinstage"
Command = TypeVar("Command", bound="Callable[..., Any] | click.Command")


@dataclass(frozen=True)
class Place:
    """One store, and how problems call it."""

    store: Store
    root: str


class StoreType(click.ParamType[Place]):
    """`DIRECTORY` or `s3://BUCKET[/PREFIX]`."""

    name = "store"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """The store that a text names. Nothing is asked of S3 here."""
        if isinstance(value, Place):
            return value
        if not str(value).startswith(S3):
            path = Path(value)
            if path.is_file():
                self.fail(f"{value} is a file", param, ctx)
            return Place(DirectoryStore(path), str(path))
        bucket, _, prefix = str(value).removeprefix(S3).partition("/")
        if not bucket:
            self.fail(f"{value!r} names no bucket: s3://BUCKET/PREFIX", param, ctx)
        whole = S3Store(client("s3"), bucket)
        return Place(PrefixStore(whole, prefix) if prefix.strip("/") else whole, str(value).rstrip("/"))


def place_option(*names: str) -> Callable[[Command], Command]:
    """`--store` or another name of it, for commands that need nothing of a store but snapshots."""
    return click.option(
        *(names or ("--store", "place")),
        type=StoreType(),
        default=DEFAULT,
        show_default=True,
        metavar="STORE",
        help="Folder that holds snapshots, or s3://BUCKET/PREFIX.",
    )
