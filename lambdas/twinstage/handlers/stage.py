"""What every stage function has: its environment, the run's part of the evidence store, and the twin it works on."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from twinstage.handlers.results import Results
from twinstage.model.errors import TwinstageError
from twinstage.world.aws.clients import client
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.aws.tables import dynamo_tables
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.store import PrefixStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.aws.tables import DynamoTables

logger = Logger(service="twinstage")
# The longest one synchronous invocation of a clone may take: Lambda's own limit, and a margin for the answer.
INVOKE_TIMEOUT_S = 910


@dataclass(frozen=True)
class StageEnvironment:
    """The variables that the stack gives every stage function."""

    bucket: str
    run: str
    vpc: str
    region: str
    ledger: str


def environment(variables: Mapping[str, str]) -> StageEnvironment:
    """The environment of this function. Raises TwinstageError naming every variable that is missing."""
    names = {
        "bucket": "EVIDENCE_BUCKET",
        "run": "TWIN_RUN",
        "vpc": "VPC_ID",
        "region": "AWS_REGION",
        "ledger": "LEDGER_TABLE",
    }
    missing = [name for name in names.values() if not variables.get(name)]
    if missing:
        raise TwinstageError("BAD_ENVIRONMENT", f"missing from the environment: {', '.join(missing)}")
    return StageEnvironment(**{field: variables[name] for field, name in names.items()})


@dataclass
class Stage(Results):
    """One invocation's view of the run, and of the twin it works on. Everything is made when it is first asked for."""

    settings: StageEnvironment

    @cached_property
    def zones(self) -> Route53Zones:
        """The zones of the twin's VPC, and no others."""
        return Route53Zones(client("route53"), vpc=self.settings.vpc, region=self.settings.region)

    @cached_property
    def tables(self) -> DynamoTables:
        """The twin's tables."""
        return dynamo_tables()

    @cached_property
    def functions(self) -> LambdaFunctions:
        """The cloned functions. An invocation is never repeated by the SDK: a repeat would be a second event."""
        return LambdaFunctions(client("lambda", read_timeout_s=INVOKE_TIMEOUT_S, attempts=1))

    def log(self, state: str, **fields: Any) -> None:
        """One structured line in this function's log."""
        logger.info(state, extra={"run": self.settings.run, **fields})


def open_stage() -> Stage:
    """The stage of this invocation."""
    settings = environment(os.environ)
    store = S3Store(client("s3"), settings.bucket)
    return Stage(PrefixStore(store, f"runs/{settings.run}"), store, settings)


def now() -> str:
    """The wall clock, RFC 3339 in UTC, for what is not part of the verdict."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
