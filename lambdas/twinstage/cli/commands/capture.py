"""`twinstage capture`: state out of production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import click

from twinstage.cli.capture_options import capture_options, content_options, now, tell_snapshot
from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.cli.snapshots import TOOL, own_key, sign_option
from twinstage.cli.stores import place_option
from twinstage.model.errors import InputError, InputProblem
from twinstage.state.capture import SAMPLE_ONE_IN, Production, Selection, capture, zone_reference
from twinstage.world.aws.clients import aws_errors, client
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.read_budget import ReadBudget
from twinstage.world.aws.role_session import role_session
from twinstage.world.aws.table_export import TableExports
from twinstage.world.aws.table_reader import DEFAULT_SEGMENTS, DEFAULT_UNITS_PER_S, ScanPace, TableReader
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.cli.stores import Place

EXPORT, SCAN, SAMPLE = "export", "scan", "sample"


@click.command("capture")
@click.option("--zone", "zones", multiple=True, metavar="NAME", help="A hosted zone, by name or id; repeatable.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="A DynamoDB table, by name; repeatable.")
@click.option("--function", "functions", multiple=True, metavar="NAME", help="A Lambda function, by name; repeatable.")
@click.option("--role-arn", help="Assume this role first, such as the capture stack's `twin-capture`.")
@click.option("--external-id", help="The external id that the role asks for.")
@click.option(
    "--items",
    type=click.Choice([EXPORT, SCAN, SAMPLE]),
    default=SCAN,
    show_default=True,
    help=f"How items are read: a point-in-time export to S3, a scan within the read budget, or a scan that keeps one partition in {SAMPLE_ONE_IN} (--one-in).",
)
@click.option(
    "--read-budget",
    type=click.FloatRange(min=1),
    default=DEFAULT_UNITS_PER_S,
    show_default=True,
    metavar="UNITS",
    help="Read capacity units a second that scans may use of one table; tables are read one after the other.",
)
@click.option(
    "--segments",
    type=click.IntRange(1, 64),
    default=DEFAULT_SEGMENTS,
    show_default=True,
    help="Segments in which a table is scanned at once; for scans only.",
)
@click.option("--export-bucket", metavar="BUCKET", help="The bucket that --items export writes to.")
@content_options
@sign_option
@place_option()
@json_option
def capture_command(
    zones: tuple[str, ...],
    tables: tuple[str, ...],
    functions: tuple[str, ...],
    role_arn: str | None,
    external_id: str | None,
    items: str,
    read_budget: float,
    segments: int,
    export_bucket: str | None,
    one_in: int | None,
    mask: Path | None,
    mask_key: Path | None,
    withhold: tuple[str, ...],
    sign: bool,
    place: Place,
    as_json: bool,
) -> None:
    """Capture zones, tables and functions into a snapshot.

    Production is only read; --items export writes to the bucket that is given, and nowhere else. Every value of an environment that looks like
    a secret stops the capture by its name.
    """
    if problems := list(_option_problems(zones + tables + functions, role_arn, external_id, items, export_bucket)):
        raise InputError(problems)
    sampled = one_in or (SAMPLE_ONE_IN if items == SAMPLE else None)
    options, console = capture_options(sampled, mask, mask_key, withhold), Console(as_json)
    session = _session(role_arn, external_id)
    pace = ScanPace(segments, ReadBudget(read_budget))
    source = Production(
        Route53Zones(client("route53", session)),
        _tables(session, pace, export_bucket),
        LambdaFunctions(client("lambda", session)),
        items_by=EXPORT if items == EXPORT else SCAN,
    )
    with aws_errors("sts", "GetCallerIdentity"):
        account = client("sts", session).get_caller_identity()["Account"]
    manifest = capture(
        source,
        Selection(tuple(map(zone_reference, zones)), tables, functions),
        place.store,
        captured={"at": now(), "account": account, "region": session.region_name},
        tool=TOOL,
        options=options,
        clock=now,
        signer=own_key() if sign else None,
    )
    tell_snapshot(console, place, manifest, "capture", options)


def _tables(session: boto3.Session, pace: ScanPace, export_bucket: str | None) -> TableReader:
    dynamodb = client("dynamodb", session)
    if export_bucket is not None:
        return TableExports(dynamodb, client("s3", session), export_bucket)
    return TableReader(dynamodb, pace=pace)


def _option_problems(
    selected: tuple[str, ...], role_arn: str | None, external_id: str | None, items: str, export_bucket: str | None
) -> Iterator[InputProblem]:
    """Options that cannot be meant together, each with what to do about it."""
    if not selected:
        hint = "name what to capture by --zone, --table and --function; each may be repeated"
        yield InputProblem("capture", 0, "", "nothing is selected", hint)
    if (export_bucket is not None) != (items == EXPORT):
        message = "--items export and --export-bucket go together"
        yield InputProblem("capture", 0, "", message, "give both, or neither")
    if external_id and role_arn is None:
        yield InputProblem("capture", 0, "", "--external-id without a role", "give --role-arn too, or leave it out")


def _session(role_arn: str | None, external_id: str | None) -> boto3.Session:
    """The caller's own session, or one of the role in the caller's region."""
    own = boto3.Session()
    if own.region_name is None:
        hint = "set AWS_REGION, or `region` in the profile that AWS_PROFILE names"
        raise InputError([InputProblem("capture", 0, "", "no region is configured", hint)])
    if role_arn is None:
        return own
    return role_session(own, role_arn, name="twinstage-capture", run="capture", external_id=external_id)
