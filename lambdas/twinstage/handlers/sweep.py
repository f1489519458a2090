"""The sweeper's function, on a schedule: removes what is left of twins in its account."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from twinstage.model.errors import LeftoverError, TwinstageError
from twinstage.model.reading.names import run_id
from twinstage.state.run_ledger import RunLedger
from twinstage.state.sweeping import Sweeper
from twinstage.world.aws.account import AwsAccount
from twinstage.world.aws.clients import client
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = Logger(service="twinstage")


def bucket(variables: Mapping[str, str]) -> str:
    """The evidence store, which holds the ledger of runs. Raises TwinstageError where the environment names none."""
    name = variables.get("EVIDENCE_BUCKET", "")
    if not name:
        raise TwinstageError("BAD_ENVIRONMENT", "missing from the environment: EVIDENCE_BUCKET")
    return name


def handler(event: Any, _context: Any) -> dict[str, Any]:
    """Whatever the schedule sends -> what was swept; `{"run": ID}` -> that twin torn down, whatever its age.

    Raises LeftoverError where something could not be removed: the function's errors are what an alarm looks at.
    """
    name = bucket(os.environ)
    ledger = RunLedger(S3Store(client("s3"), name))
    sweeper = Sweeper(AwsAccount(client), Route53Zones(client("route53")), ledger, time.time)
    run = event.get("run") if isinstance(event, dict) else None
    swept = sweeper.sweep() if run is None else sweeper.tear_down(run_id(run))
    document = swept.document()
    logger.info("Sweep", extra=document)
    if swept.failures:
        raise LeftoverError("LEFTOVERS", f"{len(swept.failures)} things could not be removed", details=document)
    return document
