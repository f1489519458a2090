"""`twinstage snapshot ...`: what a store holds, whether it is whole, what lies between two versions, and the way back to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.replicate import bring
from twinstage.cli.commands.snapshot_import import import_command
from twinstage.cli.commands.twin import home_option, run_option
from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.cli.snapshots import (
    counted,
    describe,
    found,
    located_in,
    opened,
    own_key,
    own_keyring,
    tell_content,
    unsigned_option,
)
from twinstage.cli.stores import place_option
from twinstage.model.errors import InputError
from twinstage.state.diff import snapshot_differences
from twinstage.state.history import chained, entries
from twinstage.state.signature import check_signature, sign
from twinstage.world.signers import PUBLIC

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.cli.stores import Place
    from twinstage.state.history import Entry

SHORT = 19  # "sha256:" and twelve digits


@click.group()
def snapshot() -> None:
    """Snapshots: import, list, show, verify, sign, diff, restore."""


snapshot.add_command(import_command)


@snapshot.command("list")
@place_option()
@json_option
def list_(place: Place, as_json: bool) -> int:
    """Every snapshot of a store, each after its parent. Exits 2 where one of them is damaged."""
    console, keyring = Console(as_json), own_keyring()
    listed: list[dict[str, Any]] = []
    damaged: list[Entry] = []
    for entry in chained(list(entries(place.store))):
        if entry.manifest is None:
            damaged.append(entry)
            console.say(f"{entry.id}  damaged: {entry.problems[0].message}")
            continue
        described = describe(entry.manifest) | {
            "signature": str(check_signature(place.store, entry.manifest, keyring).standing)
        }
        listed.append(described)
        console.say(_line(described))
    problems = [{"snapshot": entry.id, "problems": [p.__dict__ for p in entry.problems]} for entry in damaged]
    console.data({"schema": "twinstage:snapshot-list:1", "snapshots": listed, "damaged": problems})
    return InputError.exit_code if damaged else 0


@snapshot.command()
@click.argument("reference", metavar="SNAPSHOT")
@place_option()
@json_option
def show(reference: str, place: Place, as_json: bool) -> None:
    """What one snapshot holds: an id or a digest, which may be cut short, or the path of a manifest."""
    console, manifest = Console(as_json), found(place, reference)
    signature = check_signature(place.store, manifest, own_keyring())
    tell_content(console, manifest)
    console.say(f"  parent    {manifest.parent or 'none'}")
    console.say(f"  captured  {manifest.captured['at']} from {manifest.captured['account']} by {manifest.tool}")
    console.say(f"  signature {signature.standing} {' '.join(signature.keys)}".rstrip())
    console.data({"schema": "twinstage:snapshot-show:1", **describe(manifest), "signature": signature.document()})


@snapshot.command("verify")
@click.argument("reference", metavar="SNAPSHOT")
@unsigned_option
@place_option()
@json_option
def verify_(reference: str, unsigned: bool, place: Place, as_json: bool) -> None:
    """Check a snapshot's manifest, signature and every part."""
    console, done = Console(as_json), opened(place, reference, unsigned=unsigned)
    assert done.signature is not None  # noqa: S101 it was asked for
    by = f"signed by {', '.join(done.signature.keys)}" if done.signature.keys else "not signed"
    console.say(f"{done.manifest.id}: every part is what its address says; {by} ({done.signature.standing})")
    console.data(
        {
            "schema": "twinstage:snapshot-verify:1",
            "snapshot": done.manifest.id,
            "digest": done.manifest.digest,
            "verified": True,
            "signature": done.signature.document(),
        }
    )


@snapshot.command("sign")
@click.argument("reference", metavar="SNAPSHOT")
@place_option()
@json_option
def sign_(reference: str, place: Place, as_json: bool) -> None:
    """Sign a snapshot with this user's key, once everything of it was checked; other signatures stay."""
    console, key = Console(as_json), own_key()
    manifest = opened(place, reference, unsigned=True).manifest
    sign(place.store, manifest, key)
    public = key.home / PUBLIC
    console.say(f"{manifest.id}: signed by {key.key_id}; whoever is to trust that key needs {public}")
    console.data(
        {"schema": "twinstage:snapshot-sign:1", "snapshot": manifest.id, "key": key.key_id, "public_key": str(public)}
    )


@snapshot.command()
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@place_option()
@json_option
def diff(before: str, after: str, place: Place, as_json: bool) -> None:
    """What AFTER has added, removed or changed against BEFORE: ids or digests, which may be cut short, or paths of manifests."""
    console, differences = Console(as_json), list[dict[str, Any]]()
    number = 0
    with located_in(place):
        for difference in snapshot_differences(found(place, before), found(place, after), place.store):
            number += 1
            if as_json:
                differences.append(difference)
            else:
                console.say(_told(difference))
    if not number:
        console.say("equal")
    console.data({"schema": "twinstage:snapshot-diff:1", "equal": not number, "differences": differences})


@snapshot.command()
@click.argument("reference", metavar="SNAPSHOT")
@run_option
@home_option
@unsigned_option
@place_option()
@json_option
def restore(reference: str, run: str, home: Path | None, unsigned: bool, place: Place, as_json: bool) -> int:
    """Make the twin of a run hold exactly this version, whatever it holds now, then compare the two. Exits 3 where they differ."""
    manifest = opened(place, reference, unsigned=unsigned).manifest
    return bring("snapshot-restore", Console(as_json), place, manifest, run, home)


def _line(described: dict[str, Any]) -> str:
    parent = (described["parent"] or "none")[:SHORT]
    derived = described["captured"].get("derived", "")
    return (
        f"{described['snapshot']}  {described['captured']['at']}  state {described['digest'][:SHORT]}  parent {parent}  "
        f"{described['signature']}  {counted(described['counts'])}" + (f"  ({derived})" if derived else "")
    )


def _told(difference: dict[str, Any]) -> str:
    where = next((difference[name] for name in ("zone", "table", "function") if name in difference), "")
    fields = f"  ({', '.join(difference['fields'])})" if difference.get("fields") else ""
    return f"{difference['kind']:8}  {difference['type']:13}  {where}  {difference['key']}{fields}"
