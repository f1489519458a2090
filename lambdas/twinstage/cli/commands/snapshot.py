"""`twinstage capture` and `twinstage snapshot ...`: state out of production, or out of dumps of its API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import click

from twinstage import __version__
from twinstage.cli.console import Console
from twinstage.cli.locate import in_store
from twinstage.cli.options import json_option, store_option
from twinstage.model.archive import zip_directory
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem
from twinstage.state.capture import Production, Selection, capture
from twinstage.state.diff import snapshot_differences
from twinstage.state.snapshot import SNAPSHOTS, get_manifest, verify
from twinstage.world.aws.clients import aws_errors, client
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.dumps import FunctionDumps, NoZones, TableDumps, ZoneDumps
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest

TOOL = f"twinstage {__version__}"


@click.command("capture")
@click.option("--zone", "zones", multiple=True, metavar="NAME", help="A hosted zone, by name.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="A DynamoDB table.")
@click.option("--function", "functions", multiple=True, metavar="NAME", help="A Lambda function.")
@click.option("--role-arn", help="Assume this role first: the capture stack's `twin-capture`.")
@click.option("--external-id", help="The external id that the role asks for.")
@store_option
@json_option
def capture_command(
    zones: tuple[str, ...],
    tables: tuple[str, ...],
    functions: tuple[str, ...],
    role_arn: str | None,
    external_id: str | None,
    store: Path,
    as_json: bool,
) -> None:
    """Capture zones, tables and functions into a snapshot. Reads only."""
    session = _session(role_arn, external_id)
    source = Production(
        Route53Zones(client("route53", session)),
        DynamoTables(client("dynamodb", session)),
        LambdaFunctions(client("lambda", session)),
    )
    selection = Selection(tuple(canonical_name(name) for name in zones), tables, functions)
    captured = {
        "at": _now(),
        "account": client("sts", session).get_caller_identity()["Account"],
        "region": session.region_name or "",
    }
    manifest = capture(source, selection, DirectoryStore(store), captured=captured, tool=TOOL)
    _show(Console(as_json), manifest, "capture")


def _session(role_arn: str | None, external_id: str | None) -> boto3.Session:
    """The caller's own session, or one of the role in the caller's region, under the session tag that the role's trust asks for."""
    own = boto3.Session()
    if role_arn is None:
        return own
    extra: dict[str, Any] = {"ExternalId": external_id} if external_id else {}
    with aws_errors("sts", "AssumeRole"):
        answer = client("sts", own).assume_role(
            RoleArn=role_arn,
            RoleSessionName="twinstage-capture",
            Tags=[{"Key": "twinstage:run", "Value": "capture"}],
            **extra,
        )["Credentials"]
    keys = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    return boto3.Session(*keys, region_name=own.region_name)


@click.group()
def snapshot() -> None:
    """Snapshots: import, list, show, verify, diff."""


@snapshot.command("import")
@click.option(
    "--zones",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with hosted-zones.json and one list-resource-record-sets answer a zone.",
)
@click.option(
    "--tables",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with one {Table, Items} document a table.",
)
@click.option(
    "--functions",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with <function>.json (get-function-configuration) and <function>/ or <function>.zip.",
)
@click.option(
    "--out",
    "store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".twinstage"),
    show_default=True,
    help="Folder to store the snapshot in.",
)
@json_option
def import_(zones: Path | None, tables: Path | None, functions: Path | None, store: Path, as_json: bool) -> None:
    """Make a snapshot of dumps in the API's own form. Equal state gives the digest that a capture gives."""
    if not (zones or tables or functions):
        raise InputError(
            [InputProblem("snapshot import", 0, "", "nothing to import", "give --zones, --tables or --functions")]
        )
    zone_dumps = ZoneDumps(zones) if zones else None
    table_dumps, function_dumps = TableDumps(tables), FunctionDumps(functions, zip_directory)
    selection = Selection(
        tuple(zone.name for zone in zone_dumps.zones()) if zone_dumps else (),
        tuple(table_dumps.tables),
        tuple(function_dumps.files),
    )
    captured = {"at": _now(), "account": "000000000000", "region": "us-east-1"}
    source = Production(zone_dumps or NoZones(), table_dumps, function_dumps)
    manifest = capture(source, selection, DirectoryStore(store), captured=captured, tool=TOOL)
    _show(Console(as_json), manifest, "snapshot-import")


@snapshot.command("list")
@store_option
@json_option
def list_(store: Path, as_json: bool) -> None:
    """Every snapshot of a store."""
    console, found = Console(as_json), list[dict[str, Any]]()
    place = DirectoryStore(store)
    for key in place.list(SNAPSHOTS):
        manifest = get_manifest(place, f"sha256:{key.removeprefix(SNAPSHOTS).removesuffix('.json')}")
        found.append({"snapshot": manifest.digest, "captured": dict(manifest.captured), "counts": _counts(manifest)})
    for entry in sorted(found, key=lambda e: str(e["captured"])):
        console.say(f"{entry['snapshot']}  {entry['captured']['at']}  {_counted(entry['counts'])}")
    console.data({"schema": "twinstage:snapshot-list:1", "snapshots": found})


@snapshot.command()
@click.argument("digest")
@store_option
@json_option
def show(digest: str, store: Path, as_json: bool) -> None:
    """What one snapshot holds. A digest may be cut short."""
    _show(Console(as_json), find_snapshot(store, digest), "snapshot-show")


@snapshot.command("verify")
@click.argument("digest")
@store_option
@json_option
def verify_(digest: str, store: Path, as_json: bool) -> None:
    """Check every part of a snapshot against its address."""
    manifest = find_snapshot(store, digest)
    try:
        verify(DirectoryStore(store), manifest)
    except InputError as error:
        raise in_store(error, store) from error
    console = Console(as_json)
    console.say(f"{manifest.digest}: every part is what its address says")
    console.data({"schema": "twinstage:snapshot-verify:1", "snapshot": manifest.digest, "verified": True})


@snapshot.command()
@click.argument("before")
@click.argument("after")
@store_option
@json_option
def diff(before: str, after: str, store: Path, as_json: bool) -> None:
    """What AFTER has added, removed or changed against BEFORE."""
    console, place = Console(as_json), DirectoryStore(store)
    found = snapshot_differences(find_snapshot(store, before), find_snapshot(store, after), place)
    for difference in found:
        where = next(difference[place] for place in ("zone", "table", "function") if place in difference)
        console.say(f"{difference['kind']:8}  {where}  {difference['key']}")
    if not found:
        console.say("equal")
    console.data({"schema": "twinstage:snapshot-diff:1", "equal": not found, "differences": found})


def find_snapshot(store: Path, digest: str) -> Manifest:
    """The snapshot that a digest, a beginning of one, or the path of a manifest means. Its problems carry files and lines of the store."""
    try:
        return _find_snapshot(store, digest)
    except InputError as error:
        raise in_store(error, store) from error


def _find_snapshot(store: Path, digest: str) -> Manifest:
    place, file = DirectoryStore(store), Path(digest)
    if file.is_file():
        digest = file.stem
    wanted = digest.removeprefix("sha256:")
    found = [key for key in place.list(SNAPSHOTS) if key.removeprefix(SNAPSHOTS).startswith(wanted)]
    if len(found) != 1:
        raise InputError(
            [
                InputProblem(
                    str(store),
                    0,
                    "",
                    f"{len(found)} snapshots begin with {digest!r}",
                    "`twinstage snapshot list` shows them",
                )
            ]
        )
    return get_manifest(place, f"sha256:{found[0].removeprefix(SNAPSHOTS).removesuffix('.json')}")


def _show(console: Console, manifest: Manifest, schema: str) -> None:
    counts = _counts(manifest)
    console.say(f"{manifest.digest}  {_counted(counts)}")
    for zone in manifest.zones:
        console.say(f"  zone      {zone.name}  {zone.record_sets} record sets")
    for table in manifest.tables:
        console.say(f"  table     {table.name}  {table.items} items")
    for function in manifest.functions:
        console.say(f"  function  {function.name}  {function.runtime}")
    console.data(
        {"schema": f"twinstage:{schema}:1", "snapshot": manifest.digest, "digest": manifest.digest, "counts": counts}
    )


def _counts(manifest: Manifest) -> dict[str, int]:
    return {
        "zones": len(manifest.zones),
        "record_sets": sum(zone.record_sets for zone in manifest.zones),
        "tables": len(manifest.tables),
        "items": sum(table.items for table in manifest.tables),
        "functions": len(manifest.functions),
    }


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
