"""What every stage function has: its environment, the run's part of the evidence store, and the twin it works on."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from twinstage.model.errors import TwinstageError
from twinstage.model.event import event_of
from twinstage.model.scenario import scenario_of
from twinstage.model.twin import twin_of
from twinstage.state.snapshot import get_manifest
from twinstage.world.aws.clients import client
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.jsons import get_json, get_lines
from twinstage.world.store import PrefixStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.event import Event
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.model.twin import Twin

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
class Stage:
    """One invocation's view of the run. Everything is read when it is first asked for."""

    settings: StageEnvironment

    @cached_property
    def store(self) -> S3Store:
        """The evidence store."""
        return S3Store(client("s3"), self.settings.bucket)

    @cached_property
    def results(self) -> PrefixStore:
        """This run's part of it."""
        return PrefixStore(self.store, f"runs/{self.settings.run}")

    @cached_property
    def input(self) -> dict[str, Any]:
        """What the run was started with: `{"snapshot", "events", "code", "seed", "tool", ...}`."""
        document: dict[str, Any] = get_json(self.results, "input/run.json")
        return document

    @cached_property
    def scenario(self) -> Scenario:
        """The compiled scenario."""
        return scenario_of(get_json(self.results, "input/scenario.json"))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events, in order."""
        return tuple(event_of(line) for line in get_lines(self.results, "input/events.jsonl"))

    @cached_property
    def manifest(self) -> Manifest:
        """The snapshot's manifest."""
        return get_manifest(self.store, self.input["snapshot"])

    @cached_property
    def twin(self) -> Twin:
        """Which resource stands for which."""
        return twin_of(get_json(self.results, "prepare/twin.json"))

    @cached_property
    def zones(self) -> Route53Zones:
        """The zones of the twin's VPC, and no others."""
        return Route53Zones(client("route53"), vpc=self.settings.vpc, region=self.settings.region)

    @cached_property
    def tables(self) -> DynamoTables:
        """The twin's tables."""
        return DynamoTables(client("dynamodb"))

    @cached_property
    def functions(self) -> LambdaFunctions:
        """The cloned functions. An invocation is never repeated by the SDK: a repeat would be a second event."""
        return LambdaFunctions(client("lambda", read_timeout_s=INVOKE_TIMEOUT_S, attempts=1))

    def log(self, state: str, **fields: Any) -> None:
        """One structured line in this function's log."""
        logger.info(state, extra={"run": self.settings.run, **fields})


def open_stage() -> Stage:
    """The stage of this invocation."""
    return Stage(environment(os.environ))


def now() -> str:
    """The wall clock, RFC 3339 in UTC, for what is not part of the verdict."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
