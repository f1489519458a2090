"""How commands come to a snapshot: what a reference means, whose signature counts, and where its problems are."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage import __version__
from twinstage.cli.locate import in_store
from twinstage.model.errors import InputError
from twinstage.state.history import resolve
from twinstage.state.opening import Trust, open_snapshot
from twinstage.state.snapshot import MANIFEST, get_manifest
from twinstage.world.signers import LocalKey, TrustedKeys, home_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.cli.console import Console
    from twinstage.cli.stores import Place
    from twinstage.model.manifest import Manifest
    from twinstage.state.opening import Opened

TOOL = f"twinstage {__version__}"
REFERENCE = "an id or digest, the beginning of one, `latest`, or a manifest's path"
unsigned_option = click.option(
    "--unsigned", is_flag=True, help="Take a snapshot that is not signed, or by a key that is not trusted."
)
sign_option = click.option(
    "--sign/--no-sign", default=True, show_default=True, help="Sign the snapshot with this user's key."
)


def opened(place: Place, reference: str, *, unsigned: bool) -> Opened:
    """The snapshot that something is to be made of: manifest, signature and every part checked, everything wrong told at once."""
    with located_in(place):
        return open_snapshot(place.store, _resolved(place, reference), Trust(own_keyring(), unsigned))


def found(place: Place, reference: str) -> Manifest:
    """The manifest of a snapshot that is only looked at."""
    with located_in(place):
        return get_manifest(place.store, _resolved(place, reference))


def describe(manifest: Manifest) -> dict[str, Any]:
    """A snapshot as every `--json` shows it."""
    return {
        "snapshot": manifest.id,
        "digest": manifest.digest,
        "parent": manifest.parent,
        "captured": dict(manifest.captured),
        "tool": manifest.tool,
        "counts": manifest.counts(),
    }


def tell_content(console: Console, manifest: Manifest) -> None:
    """A snapshot as people see it: its id, its state, and each thing in it."""
    console.say(f"{manifest.id}  {counted(manifest.counts())}")
    console.say(f"  state     {manifest.digest}")
    for zone in manifest.zones:
        console.say(f"  zone      {zone.name}  {zone.record_sets} record sets")
    for check in manifest.health_checks:
        console.say(f"  health check  {check.id}  {check.configuration['Type']}")
    for table in manifest.tables:
        console.say(f"  table     {table.name}  {table.items} items in {len(table.parts)} parts")
    for function in manifest.functions:
        console.say(f"  function  {function.name}  {function.runtime}")


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())


def own_keyring() -> TrustedKeys:
    """The keys that this user trusts."""
    return TrustedKeys(home_directory(os.environ))


def own_key() -> LocalKey:
    """This user's own key; it is made when it first signs."""
    return LocalKey(home_directory(os.environ))


@contextmanager
def located_in(place: Place) -> Iterator[None]:
    """Problems of a store's keys come with the whole path."""
    try:
        yield
    except InputError as error:
        raise in_store(error, place.root) from error


def _resolved(place: Place, reference: str) -> str:
    """A path names the snapshot by its file's name."""
    file = Path(reference)
    named = file.suffix == MANIFEST and file.is_file()
    return resolve(place.store, file.stem if named else reference)
