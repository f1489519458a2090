"""A promotion rehearsed: in the production account of the embedded AWS, after the run, as `twinstage promote` does it in an account.

The functions get an alias at the code that they had; then the recorded day is sent through it, once before anything is promoted and again at every look, so
that there is something to watch. What is counted is what really ran.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final

from twinstage.local.production import ROLE
from twinstage.rehearse.approval.desk import Desk
from twinstage.rehearse.promotion.journal import Journal
from twinstage.rehearse.promotion.parties import Parties
from twinstage.rehearse.promotion.promoter import Promoter
from twinstage.rehearse.promotion.rules import Choices
from twinstage.rehearse.promotion.verified import packages, verified
from twinstage.world.aws.live_production import live_production
from twinstage.world.interface import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.local.engine import Engine
    from twinstage.model.event import Event
    from twinstage.rehearse.promotion.promoter import Outcome
    from twinstage.world.aws.live_production import LiveProduction
    from twinstage.world.signers import Keyring
    from twinstage.world.store import Store

CHOICES: Final = Choices(watch_s=0.0, patience_s=300.0, late_s=0.0)
"""Metrics of the embedded AWS are there at once, and whoever waits there is who invokes."""
AT_A_LOOK: Final = 10
"""Events that are sent between two looks at the metrics."""
# What production's functions may do there is not captured: their code is what is promoted, and not their rights.
_RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "route53:*", "lambda:InvokeFunction"], "Resource": "*"}],
}


@dataclass(frozen=True)
class Traffic:
    """The recorded day, sent to production: what a promoted function is invoked with goes through the alias, all else as it was recorded. Events that nobody could send again are left out."""

    functions: Any
    production: LiveProduction
    promoted: frozenset[str]
    alias: str

    def send(self, event: Event) -> None:
        """One event. What comes of it is in the metrics, and in production."""
        payload = event.payload
        if event.type == "lambda_invoke":
            name = payload["function"]
            named = {"Qualifier": self.alias} if name in self.promoted else {}
            body = json.dumps(payload["event"]).encode()
            self.functions.invoke(FunctionName=name, Payload=body, **named)["Payload"].read()
        elif event.type == "dns_update" and "zone_id" in payload:
            # Some were refused on the day too.
            with contextlib.suppress(Refused):
                self.production.zones.change(payload["zone_id"], payload["changes"])


def promote_locally(
    engine: Engine,
    results: Store,
    snapshots: Store,
    keyring: Keyring,
    events: Sequence[Event],
    say: Callable[[str], None],
) -> Outcome:
    """Promote an attested run in the engine's production, which is as it was captured. Raises SafetyError where it is refused, as `twinstage promote` does."""
    order = verified(results, snapshots, keyring)
    account = engine.accounts.production
    names = [function.name for function in order.functions]
    _serve_by_alias(engine, names)

    def client(service: str) -> Any:
        return engine.client(account, service)

    def pause(_seconds: float) -> None:
        for event in islice(day, AT_A_LOOK):
            traffic.send(event)

    live = live_production(client, _now, pause)
    traffic = Traffic(client("lambda"), live, frozenset(names), CHOICES.alias)
    day = cycle(events)
    for event in events:
        traffic.send(event)
    say(f"production serves by the alias {CHOICES.alias}; {len(events)} recorded events were sent to it")
    journal = Journal(results, _text, secrets.token_hex(8))
    desk = Desk(results, _text)
    parties = Parties(live.functions, live.watching, live.zones, journal, _now, pause, say, desk.promoted)
    return Promoter(order, packages(results, order), CHOICES, parties, "rehearse --promote").promote()


def _serve_by_alias(engine: Engine, names: Sequence[str]) -> None:
    """Publish what every function is, and have an alias point at it, which production's callers would name."""
    account = engine.accounts.production
    engine.client(account, "iam").put_role_policy(
        RoleName=ROLE, PolicyName="serves", PolicyDocument=json.dumps(_RIGHTS)
    )
    functions = engine.client(account, "lambda")
    for name in names:
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.create_alias(FunctionName=name, Name=CHOICES.alias, FunctionVersion=version)


def _now() -> datetime:
    return datetime.now(UTC)


def _text() -> str:
    return _now().strftime("%Y-%m-%dT%H:%M:%SZ")
