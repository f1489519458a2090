"""Production on the embedded AWS, as an order expects it, and whoever promotes there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.faults.approvals import BEGAN
from tests.promotion.orders import APEX, HELD, ZONE, Ordered
from twinstage.local import route53
from twinstage.model.record_set import canonical_record_set
from twinstage.rehearse.approval.desk import Desk
from twinstage.rehearse.promotion.journal import Journal
from twinstage.rehearse.promotion.parties import Parties
from twinstage.rehearse.promotion.promoter import Promoter
from twinstage.rehearse.promotion.rules import Choices
from twinstage.rehearse.promotion.verified import packages, verified
from twinstage.world.aws.live_production import live_production

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import EngineSlot
    from twinstage.local.engine import Engine
    from twinstage.world.store import Store

SHIFT = Choices(steps=(50, 100), watch_s=0.0, patience_s=600.0, late_s=0.0)
"""Looks at the metrics until the new version was invoked, however rarely the weights choose it."""
UNWATCHED = replace(SHIFT, least=0)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NUMBERS = count()


@pytest.fixture(scope="session")
def engine(engine_slot: EngineSlot) -> Iterator[Engine]:
    with engine_slot.take() as running:
        yield running


@dataclass
class Production:
    """One function behind the alias `live`, one zone. `sent` invocations of the alias come between two looks at the metrics; `meanwhile` is what somebody else does once a text is said."""

    engine: Engine
    ordered: Ordered
    sent: int = 4
    said: list[str] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        account = self.engine.accounts.production
        role = f"role-{uuid4().hex[:8]}"
        made = self.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
        if self.ordered.function:
            self.client("lambda").create_function(
                FunctionName=self.ordered.function,
                Role=made["Role"]["Arn"],
                Runtime="python3.11",
                Handler="app.handler",
                Timeout=10,
                MemorySize=128,
                Environment={"Variables": {"KEPT": "yes", **dict.fromkeys(self.ordered.withheld, "old")}},
                Code={"ZipFile": self.ordered.old},
            )
            self.client("lambda").publish_version(FunctionName=self.ordered.function)
            self.client("lambda").create_alias(FunctionName=self.ordered.function, Name="live", FunctionVersion="1")
        route53.import_zone(
            account, zone_id=self.ordered.zone_id, name=ZONE, private=False, record_sets=[*APEX, *HELD], comment="",
            tags={}, vpcs=[],
        )  # fmt: skip

    def client(self, service: str) -> Any:
        return self.engine.client(self.engine.accounts.production, service)

    def invoke(self, times: int, **named: Any) -> None:
        for _ in range(times):
            self.client("lambda").invoke(FunctionName=self.ordered.function, **named)["Payload"].read()

    def hear(self, text: str) -> None:
        self.said.append(text)
        for part, act in list(self.meanwhile.items()):
            if part in text:
                act()

    @property
    def state(self) -> dict[str, Any]:
        """What promoting may change, but for the versions that stay: alias, `$LATEST`, records."""
        records = self.client("route53").list_resource_record_sets(HostedZoneId=self.ordered.zone_id)
        found: dict[str, Any] = {
            each["Name"]: each["ResourceRecords"][0]["Value"]
            for each in map(canonical_record_set, records["ResourceRecordSets"])
            if each["Type"] == "A"
        }
        if self.ordered.function:
            alias = self.client("lambda").get_alias(FunctionName=self.ordered.function, Name="live")
            latest = self.client("lambda").get_function_configuration(FunctionName=self.ordered.function)
            weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            found["alias"] = (alias["FunctionVersion"], weights)
            found["code"], found["environment"] = latest["CodeSha256"], latest["Environment"]["Variables"]
        return found

    def promoter(
        self, choices: Choices = SHIFT, *, client: Callable[[str], Any] | None = None, results: Store | None = None
    ) -> Promoter:
        """Whoever promotes, anew each time: as another process would."""
        place = results or self.ordered.results
        order = verified(place, self.ordered.snapshots, self.ordered.keyring)

        def clock() -> datetime:
            return datetime.now(UTC)

        def text() -> str:
            return clock().strftime("%Y-%m-%dT%H:%M:%SZ")

        def pause(_seconds: float) -> None:
            self.invoke(self.sent if self.ordered.function else 0, Qualifier="live")

        live = live_production(client or self.client, clock, pause)
        journal, desk = Journal(place, text, f"writer-{next(NUMBERS)}"), Desk(place, text)
        parties = Parties(live.functions, live.watching, live.zones, journal, clock, pause, self.hear, desk.promoted)
        return Promoter(order, packages(place, order), choices, parties, "dave")


@pytest.fixture
def production(engine: Engine, tmp_path: Path) -> Callable[..., Production]:
    """Production beside a run that was ordered just now, made of what an `Ordered` is made of."""

    def make(at: str = "", sent: int = 4, **of: Any) -> Production:
        number = next(NUMBERS)
        named = {"function": f"publish-{number}", "zone_id": f"Z0PROMOTED{number:09d}", **of}
        ordered = Ordered(tmp_path / f"run-{number}", **named)
        # The office's clock stands at its beginning: its hand is moved to now.
        ordered.office.passed_s = (datetime.now(UTC) - BEGAN).total_seconds()
        return Production(engine, ordered.end_now(at), sent)

    return make
