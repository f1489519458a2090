"""The capture function of production's account: on a schedule, or on demand, a snapshot into production's own bucket."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from twinstage import __version__
from twinstage.handlers.snapshot_key import capture_signer
from twinstage.handlers.stage import now
from twinstage.model.errors import InputError, TwinstageError
from twinstage.model.validation import schema_problems
from twinstage.state.capture import SAMPLE_ONE_IN, CaptureOptions, Production, Selection, capture, zone_reference
from twinstage.state.masking import Masking
from twinstage.state.masking_rules import masking_rules
from twinstage.state.secrets import withheld_by_function
from twinstage.world.aws.clients import client
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.read_budget import ReadBudget
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.aws.secret_values import secret_bytes
from twinstage.world.aws.table_export import TableExports
from twinstage.world.aws.table_reader import DEFAULT_SEGMENTS, DEFAULT_UNITS_PER_S, ScanPace, TableReader
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = Logger(service="twinstage")


@dataclass(frozen=True)
class CaptureEnvironment:
    """The variables that the stack and Lambda give this function, beside the one of the key that signs."""

    bucket: str
    region: str


def environment(variables: Mapping[str, str]) -> CaptureEnvironment:
    """The environment of this function. Raises TwinstageError naming every variable that is missing."""
    names = {"bucket": "SNAPSHOT_BUCKET", "region": "AWS_REGION"}
    if missing := [name for name in names.values() if not variables.get(name)]:
        raise TwinstageError("BAD_ENVIRONMENT", f"missing from the environment: {', '.join(missing)}")
    return CaptureEnvironment(**{field: variables[name] for field, name in names.items()})


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An event of the schema `capture` -> `{"snapshot", "digest", "counts"}`. Raises InputError with everything wrong with the event."""
    if problems := schema_problems("capture", event, "event"):
        raise InputError(problems)
    settings = environment(os.environ)
    source = Production(
        Route53Zones(client("route53")),
        _tables(event, settings, context.aws_request_id),
        LambdaFunctions(client("lambda")),
        items_by="export" if _exports(event) else "scan",
    )
    selection = Selection(
        tuple(map(zone_reference, event.get("zones", ()))),
        tuple(event.get("tables", ())),
        tuple(event.get("functions", ())),
    )
    manifest = capture(
        source,
        selection,
        S3Store(client("s3"), settings.bucket),
        captured={
            "at": now(),
            "account": context.invoked_function_arn.split(":")[4],
            "region": settings.region,
        },
        tool=f"twinstage {__version__}",
        options=_options(event),
        clock=now,
        signer=capture_signer(os.environ),
    )
    logger.info("Capture", extra={"snapshot": manifest.id, "digest": manifest.digest})
    return {"snapshot": manifest.id, "digest": manifest.digest, "counts": manifest.counts()}


def _exports(event: Mapping[str, Any]) -> bool:
    return event.get("items") == "export"


def _tables(event: Mapping[str, Any], settings: CaptureEnvironment, invocation: str) -> TableReader:
    """`invocation` is the request's id, which Lambda's own retries of an event keep.

    https://repost.aws/knowledge-center/lambda-function-duplicate-invocations
    """
    if _exports(event):
        return TableExports(client("dynamodb"), client("s3"), settings.bucket, attempt=invocation)
    budget = ReadBudget(float(event.get("read_budget", DEFAULT_UNITS_PER_S)))
    return TableReader(client("dynamodb"), pace=ScanPace(event.get("segments", DEFAULT_SEGMENTS), budget))


def _options(event: Mapping[str, Any]) -> CaptureOptions:
    masking = None
    if "masking" in event:
        rules = masking_rules(event["masking"], "event")
        masking = Masking(rules, secret_bytes(client("secretsmanager"), event["mask_key"]))
    one_in = event.get("one_in", SAMPLE_ONE_IN if event.get("items") == "sample" else 1)
    return CaptureOptions(one_in, masking, withheld_by_function(event.get("withhold", ())))
