"""`twinstage capture`: state out of production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from twinstage.world.aws.table_export import TableExports
from twinstage.world.aws.table_reader import DEFAULT_SEGMENTS, DEFAULT_UNITS_PER_S, ScanPace, TableReader
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.cli.stores import Place

EXPORT, SCAN, SAMPLE = "export", "scan", "sample"


@click.command("capture")
@click.option("--zone", "zones", multiple=True, metavar="NAME", help="A hosted zone, by name or id.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="A DynamoDB table.")
@click.option("--function", "functions", multiple=True, metavar="NAME", help="A Lambda function.")
@click.option("--role-arn", help="Assume this role first: the capture stack's `twin-capture`.")
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
    help="Read capacity units a second that all scans together may use.",
)
@click.option(
    "--segments",
    type=click.IntRange(1, 64),
    default=DEFAULT_SEGMENTS,
    show_default=True,
    help="Segments a table is scanned in at once.",
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
    unsigned: bool,
    place: Place,
    as_json: bool,
) -> None:
    """Capture zones, tables and functions into a snapshot. Reads only."""
    if (export_bucket is not None) != (items == EXPORT):
        message = "--items export and --export-bucket go together"
        raise InputError([InputProblem("capture", 0, "", message, "give both, or neither")])
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
        captured={"at": now(), "account": account, "region": session.region_name or ""},
        tool=TOOL,
        options=options,
        clock=now,
        signer=None if unsigned else own_key(),
    )
    tell_snapshot(console, place, manifest, "capture", options)


def _tables(session: boto3.Session, pace: ScanPace, export_bucket: str | None) -> TableReader:
    dynamodb = client("dynamodb", session)
    if export_bucket is not None:
        return TableExports(dynamodb, client("s3", session), export_bucket)
    return TableReader(dynamodb, pace=pace)


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
