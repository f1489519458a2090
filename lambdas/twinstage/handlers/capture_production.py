"""The capture function of production's account: on a schedule, or on demand, a snapshot into production's own bucket."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger

from twinstage import __version__
from twinstage.handlers.stage import now
from twinstage.model.dns_name import canonical_name
from twinstage.state.capture import Production, Selection, capture
from twinstage.world.aws.clients import client
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.zones import Route53Zones

logger = Logger(service="twinstage")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"zones": [...], "tables": [...], "functions": [...]}` -> `{"snapshot", "counts"}`."""
    selection = Selection(
        tuple(canonical_name(name) for name in event.get("zones", ())),
        tuple(event.get("tables", ())),
        tuple(event.get("functions", ())),
    )
    source = Production(
        Route53Zones(client("route53")), DynamoTables(client("dynamodb")), LambdaFunctions(client("lambda"))
    )
    captured = {"at": now(), "account": context.invoked_function_arn.split(":")[4], "region": os.environ["AWS_REGION"]}
    store = S3Store(client("s3"), os.environ["SNAPSHOT_BUCKET"])
    manifest = capture(source, selection, store, captured=captured, tool=f"twinstage {__version__}")
    logger.info("Capture", extra={"snapshot": manifest.digest})
    counts = {"zones": len(manifest.zones), "tables": len(manifest.tables), "functions": len(manifest.functions)}
    return {"snapshot": manifest.digest, "counts": counts}
