"""What a scenario asks of its stress: the `stress` section, every default filled in.

A target is one thing of the twin that requests are sent to. A request is one JSON document of the target's own form: a function's event, the parameters of a table's
operation (as a client takes them, without the table's name), the changes of one batch for a zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.load_profile import Load, load_of
from twinstage.model.service_level import ServiceLevel, Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

World = Literal["memory", "twin"]
TargetKind = Literal["function", "table", "zone", "machine", "url"]

MEMORY: Final = "memory"
TWIN: Final = "twin"
KINDS: Final[tuple[TargetKind, ...]] = ("function", "table", "zone")
LOAD: Final = "load"
CONFIRMING: Final = "confirming"
"""The two phases of an arm: the load itself, and the run that confirms what was predicted from it."""
KNEE_LOSS: Final = 0.2
LONGEST_S: Final = 780.0
"""How long a load by the wall clock may last: a generator is a Lambda function, which has 900 s to calibrate itself, to wait for the others, to drive and to wait for the last answers."""
MOST_REQUESTS: Final = 300_000
"""How many requests a load on virtual time may have, of an open load as planned, and of a closed one at most: a handler that takes 2 ms of a processor is through them within the 900 s of a Lambda function."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """What is stressed, by production's name: a function, a table by one of its operations, or a zone by batches of record changes. No scenario names a `machine` or a `url`: the command line does."""

    kind: TargetKind
    name: str
    operation: str | None = None

    @property
    def text(self) -> str:
        """As people and results name it: `function enactor`, `table plans PutItem`, `zone example.`."""
        return " ".join(part for part in (self.kind, self.name, self.operation) if part)

    def document(self) -> Document:
        """Its form in a scenario."""
        return {self.kind: self.name, **({"operation": self.operation} if self.operation else {})}


@dataclass(frozen=True)
class StressConfig:
    """The whole section. A load of the recorded day has no offsets yet: they are the events'. `requests` are inlined, None: the recorded events' own.
    `given`: record changes and writes of items that stand before the load begins, of the world `memory` only.

    `service_times` maps `handler_s`, `cold_start_s`, a service (`route53`) or an operation of it (`dynamodb.PutItem`) to a duration's document, of the world `memory` only.
    `concurrency`: the function's reserved concurrency, None: as the account has it. `quotas` maps a quota's id to what this account has of it.
    `target_per_s`: the rate that capacity is planned for. `knee_loss_at_most`: the share of the baseline's knee that the candidate may lose, 0..1.
    """

    target: Target
    load: Load
    world: World = MEMORY
    requests: tuple[Document, ...] | None = None
    given: tuple[Document, ...] = ()
    service_times: Mapping[str, Any] = field(default_factory=dict)
    concurrency: int | None = None
    generators: int = 1
    service_level: ServiceLevel = field(default_factory=ServiceLevel)
    quotas: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    target_per_s: float | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    knee_loss_at_most: float = KNEE_LOSS

    @property
    def reached(self) -> str:
        """What of a twin the generators call: `function`, `zone`, or an operation on items; empty where no load reaches the twin."""
        return "" if self.world == MEMORY else self.target.operation or self.target.kind


def stress_of(document: Mapping[str, Any], seed: int = 0) -> StressConfig:
    """The section of a valid scenario, its file of requests inlined; `seed`: the scenario's, which a Poisson process is drawn from."""
    requests, thresholds = document.get("requests"), document.get("thresholds", {})
    return StressConfig(
        target=target_of(document["target"]),
        load=load_of({"seed": seed, **document["load"]}),
        world=document.get("world", MEMORY),
        requests=None if requests is None else tuple(requests),
        given=tuple(document.get("given", ())),
        service_times=dict(document.get("service_times", {})),
        concurrency=document.get("concurrency"),
        generators=document.get("generators", 1),
        service_level=ServiceLevel(**document.get("service_level", {})),
        quotas={id_: dict(changed) for id_, changed in document.get("quotas", {}).items()},
        target_per_s=document.get("capacity", {}).get("target_per_s"),
        thresholds=_thresholds(thresholds),
        knee_loss_at_most=thresholds.get("knee_loss", {}).get("at_most", KNEE_LOSS),
    )


def target_of(document: Mapping[str, Any]) -> Target:
    """`{"function"}`, `{"table", "operation"}` or `{"zone"}` as a target."""
    kind = next(kind for kind in KINDS if kind in document)
    return Target(kind, document[kind], document.get("operation"))


def _thresholds(document: Mapping[str, Any]) -> Thresholds:
    def limit(name: str, member: str) -> float | None:
        found: float | None = document.get(name, {}).get(member)
        return found

    return Thresholds(
        knee_per_s_at_least=limit("knee_per_s", "at_least"),
        p99_ms_at_most=limit("p99_ms", "at_most"),
        at_per_s=limit("p99_ms", "at_per_s"),
        failed_at_most=limit("failed", "at_most"),
        headroom_at_least=limit("headroom", "at_least"),
    )
