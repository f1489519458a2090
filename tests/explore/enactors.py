"""The world of the enactor race: its start, its containers and what must hold there. Runs in a contained child process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import Case, ContainerSpec, Message, Perturbations
from twinstage.explore.recovery import Recovery
from twinstage.world.contained import Function
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.route53 import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.route53 import Zone

HANDLERS = Path(__file__).parent / "handlers"
NOON = 1_760_832_000.0
SERVED = 10
LATEST = 90


@dataclass(frozen=True)
class Race:
    """One case of the reference. `plans`: for each enactor the generations it is handed over, None for the newest published.

    `planner`: how many plans a planner publishes meanwhile. `expiries`: how often 300 seconds pass, longer than any lock.
    """

    plans: tuple[tuple[int | None, ...], ...]
    endpoints: int = 1
    variant: str = ""
    retention: int = 2
    planner: int = 0
    expiries: int = 0
    start: AwsState = field(init=False, repr=False)
    targets: tuple[dict[str, str], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        world = MemoryAws(clock=lambda: NOON)
        targets = tuple(self._endpoint(world, f"e{number}.example.") for number in range(self.endpoints))
        _plans(world)
        object.__setattr__(self, "start", world.state)
        object.__setattr__(self, "targets", targets)

    def case(self) -> Case:
        enactors = [
            ContainerSpec(name, tuple(self._enact(name, plan, float(at)) for plan in plans))
            for at, (name, plans) in enumerate(zip("ABCDEFG", self.plans, strict=False))
        ]
        published = [plan_of(SERVED + number) for number in range(1, self.planner + 1)]
        planner = tuple(Message("planner", {"plan": plan}, NOON) for plan in published)
        containers = ([ContainerSpec("P", planner)] if planner else []) + enactors
        perturbations = Perturbations(expiries=self.expiries)
        return Case("race", self.start, self._functions(), tuple(containers), None, perturbations, max_states=1_000_000)

    def recovery(self) -> Recovery:
        """I5: once the locks are gone, one more plan and one fresh enactor alone converge."""
        fresh = Message("enactor", {"endpoints": self.targets, "plan": plan_of(LATEST), "enactor": "R"}, NOON)
        messages = (Message("janitor", {"endpoints": self.targets}, NOON), fresh)
        return Recovery("I5", messages, NOON + 3_600, self._converged)

    def _converged(self, world: AwsState) -> bool:
        return all(generation(zone) == LATEST and _resolves(zone, "api") for zone in zones(world))

    def _enact(self, name: str, plan: int | None, after_s: float) -> Message:
        event: dict[str, Any] = {"endpoints": self.targets, "enactor": name}
        return Message("enactor", event if plan is None else {**event, "plan": plan_of(plan)}, NOON + after_s)

    def _functions(self) -> Mapping[str, Function]:
        environment = {"PLANS": "plans", "VARIANT": self.variant, "RETENTION": str(self.retention)}
        return {
            name: Function(name, HANDLERS, f"{name}.lambda_handler", environment, timeout_s=900)
            for name in ("enactor", "planner", "janitor")
        }

    def _endpoint(self, world: MemoryAws, zone: str) -> dict[str, str]:
        made = world.answer("route53", "CreateHostedZone", {"Name": zone, "CallerReference": zone})
        zone_id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
        target = {"zone": zone, "zone_id": zone_id}
        changes = [{"Action": "CREATE", "ResourceRecordSet": one} for one in self._records(target)]
        parameters = {"HostedZoneId": zone_id, "ChangeBatch": {"Changes": changes}}
        world.answer("route53", "ChangeResourceRecordSets", parameters)
        return target

    def _records(self, endpoint: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        zone = endpoint["zone"]
        for number in range(SERVED - self.retention, SERVED + 1):
            top = f"g{number:04d}.{zone}"
            for one in plan_of(number)["balancers"]:
                leaf = f"{one['id']}.{top}"
                yield {"Name": leaf, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": one["address"]}]}
                weighted = {"SetIdentifier": one["id"], "Weight": one["weight"]}
                yield {**_alias(endpoint, f"weighted.{top}", leaf), **weighted}
            yield _alias(endpoint, top, f"weighted.{top}")
        yield _alias(endpoint, f"api.{zone}", f"g{SERVED:04d}.{zone}")
        yield _alias(endpoint, f"rollback.{zone}", f"g{SERVED - 1:04d}.{zone}")
        # What a page of one record set names as the next is observed too: this one stays, so that nothing else is.
        yield {"Name": f"api.{zone}", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": '"enactor"'}]}
        if "cas" in self.variant.split():
            yield {"Name": f"_gen.{zone}", "Type": "TXT", "TTL": 5, "ResourceRecords": [{"Value": f'"{SERVED}"'}]}


def plan_of(number: int) -> dict[str, Any]:
    """The plan of a generation."""
    balancers = [{"id": f"lb{n}", "address": f"10.{number}.0.{n}", "weight": 10 * n} for n in (1, 2)]
    return {"generation": number, "balancers": balancers}


def _alias(endpoint: Mapping[str, str], name: str, target: str) -> dict[str, Any]:
    where = {"HostedZoneId": endpoint["zone_id"], "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": where}


def _plans(world: MemoryAws) -> None:
    keys = [("plan_scope", "S", "HASH"), ("generation", "N", "RANGE")]
    world.answer(
        "dynamodb",
        "CreateTable",
        {
            "TableName": "plans",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": type_} for name, type_, _ in keys],
            "KeySchema": [{"AttributeName": name, "KeyType": role} for name, _, role in keys],
        },
    )
    item = {
        "plan_scope": {"S": "regional"},
        "generation": {"N": str(SERVED)},
        "plan": {"S": json.dumps(plan_of(SERVED))},
    }
    world.answer("dynamodb", "PutItem", {"TableName": "plans", "Item": item})


# ------------------------------------------------------------------ what must hold


class Invariants:
    """I1, I3 and I4 of the reference; I5 is a recovery. Worked out once for each value of a zone."""

    def __init__(self) -> None:
        self._facts: dict[int, tuple[Any, frozenset[str], int]] = {}

    def broken(self, world: AwsState) -> frozenset[str]:
        return frozenset().union(*(self._fact(zone)[1] for zone in zones(world)))

    def broken_by(self, before: AwsState, after: AwsState) -> frozenset[str]:
        pairs = zip(zones(before), zones(after), strict=True)
        goes_back = any(self._fact(one)[2] > self._fact(two)[2] for one, two in pairs)
        return frozenset({"I3"}) if goes_back else frozenset()

    def unmet(self, world: AwsState) -> frozenset[str]:
        return frozenset()

    def ended(self, function: str, message: Any, outcome: Mapping[str, Any]) -> frozenset[str]:
        return frozenset()

    def _fact(self, zone: Zone) -> tuple[Any, frozenset[str], int]:
        fact = self._facts.get(id(zone))
        if fact is None:
            ids = {name for name, label in (("I1", "api"), ("I4", "rollback")) if not _resolves(zone, label)}
            fact = self._facts[id(zone)] = (zone, frozenset(ids), generation(zone))
        return fact


def zones(world: AwsState) -> list[Zone]:
    return [world.route53.zones[zone_id].zone for zone_id in sorted(world.route53.zones)]


def generation(zone: Zone) -> int:
    """The generation that a zone serves."""
    (api,) = [zone.records[key] for key in zone.names[f"api.{zone.name}"] if key[1] == "A"]
    return int(api["AliasTarget"]["DNSName"].split(".")[0][1:])


def _resolves(zone: Zone, label: str) -> bool:
    return resolve([zone], f"{label}.{zone.name}").status == "answered"
