"""The diagnosis: what gave way, from which arrival rate on, which quota would bind first, and how much of that one confirming run bore out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import Estimate, estimate_of, rounded
from twinstage.stress.analysis.knee import Method
from twinstage.stress.analysis.limits import Limit
from twinstage.stress.analysis.needs import Needs, needs_of
from twinstage.stress.analysis.suspects import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = "twinstage:stress_diagnosis:1"


@dataclass(frozen=True)
class Bottleneck:
    """What gave way. `kind`: lock, partition, quota, concurrency, cpu, service; generator where the load itself was the limit; unknown where nothing that was
    measured inside was saturated."""

    resource: str
    kind: str
    detail: str
    limit: str | None
    sentence: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Row:
    """One level: what was offered and answered, a second; latencies in seconds; whether it held, and why not."""

    offered_per_s: float
    throughput_per_s: float
    ok_per_s: float
    in_flight: float
    mean_s: float
    p50_s: float
    p99_s: float
    failed_share: float
    holds: bool
    why: str


@dataclass(frozen=True)
class ChangePoint:
    """From `at_s` on a series has another mean. `level`: the rate of the level that begins there; None where the load does not explain it."""

    series: str
    at_s: float
    before: float
    after: float
    level_per_s: float | None


@dataclass(frozen=True)
class Confirmation:
    """What the confirming run said. `held`: the knee lies where it was predicted; None where the run was invalid or told nothing. `at_per_s`: the prediction."""

    held: bool | None
    at_per_s: float
    sentence: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Diagnosis:
    """All that the analysis of a load says. `valid` is False where the generator was the limit: then nothing else is said of the target.

    `knee`: arrivals a second; None where everything held, where nothing did for another reason than load, and of a closed load. `held_per_s`: the highest rate that held, 0 where none did;
    `broke_per_s` the lowest that did not. `confirm`: the load of the run that would confirm the knee, as a profile's document. `curve`: (offered a second, answered
    a second, p99 in seconds or None) of the fitted models where there are some, else of the levels. `usl` and `queue`: the fits, as documents.
    `headroom`: of the resource that is left least of, at its busiest level; None where no capacity is known.
    """

    valid: bool
    reasons: tuple[str, ...]
    sentence: str
    bottleneck: Bottleneck | None
    knee: Estimate | None
    held_per_s: float
    broke_per_s: float | None
    headroom: float | None
    methods: tuple[Method, ...]
    usl: Mapping[str, Any] | None
    queue: Mapping[str, Any] | None
    changes: tuple[ChangePoint, ...]
    limits: tuple[Limit, ...]
    rows: tuple[Row, ...]
    curve: tuple[tuple[float, float, float | None], ...]
    needs: Needs
    confirm: Mapping[str, Any] | None = None
    confirmation: Confirmation | None = None

    def document(self) -> dict[str, Any]:
        """Its JSON, as `stress_diagnosis.schema.json` has it: numbers to six digits."""
        return {
            "schema": SCHEMA,
            "valid": self.valid,
            "reasons": list(self.reasons),
            "sentence": self.sentence,
            "bottleneck": None if self.bottleneck is None else _bottleneck(self.bottleneck),
            "knee": None if self.knee is None else self.knee.document("per_s"),
            "held_per_s": rounded(self.held_per_s),
            "broke_per_s": None if self.broke_per_s is None else rounded(self.broke_per_s),
            "headroom": None if self.headroom is None else rounded(self.headroom),
            "methods": [method.document() for method in self.methods],
            "usl": self.usl,
            "queue": self.queue,
            "changes": [_flat(change) for change in self.changes],
            "limits": [limit.document() for limit in self.limits],
            "levels": [_flat(row) for row in self.rows],
            "curve": [[None if value is None else rounded(value) for value in point] for point in self.curve],
            "needs": self.needs.document(),
            "confirm": self.confirm,
            "confirmation": None if self.confirmation is None else _confirmation(self.confirmation),
        }


def diagnosis_of(document: Mapping[str, Any]) -> Diagnosis:
    """The inverse of `Diagnosis.document`, but for the rounding; of a document that its schema takes."""
    found, confirmation = document["bottleneck"], document["confirmation"]
    knee = document["knee"]
    return Diagnosis(
        valid=document["valid"],
        reasons=tuple(document["reasons"]),
        sentence=document["sentence"],
        bottleneck=None
        if found is None
        else Bottleneck(**{**found, "evidence": tuple(Evidence(**one) for one in found["evidence"])}),
        knee=None if knee is None else estimate_of(knee, "per_s"),
        held_per_s=document["held_per_s"],
        broke_per_s=document["broke_per_s"],
        headroom=document["headroom"],
        methods=tuple(_method_of(method) for method in document["methods"]),
        usl=document["usl"],
        queue=document["queue"],
        changes=tuple(ChangePoint(**change) for change in document["changes"]),
        limits=tuple(Limit(**limit) for limit in document["limits"]),
        rows=tuple(Row(**row) for row in document["levels"]),
        curve=tuple((point[0], point[1], point[2]) for point in document["curve"]),
        needs=needs_of(document["needs"]),
        confirm=document["confirm"],
        confirmation=None
        if confirmation is None
        else Confirmation(**{**confirmation, "rows": tuple(Row(**row) for row in confirmation["rows"])}),
    )


def _bottleneck(found: Bottleneck) -> dict[str, Any]:
    return {**vars(found), "evidence": [{**vars(one), "figures": dict(one.figures)} for one in found.evidence]}


def _confirmation(found: Confirmation) -> dict[str, Any]:
    return {**_flat(found), "rows": [_flat(row) for row in found.rows]}


def _flat(value: Row | ChangePoint | Confirmation) -> dict[str, Any]:
    return {name: rounded(one) if isinstance(one, float) else one for name, one in vars(value).items()}


def _method_of(document: Mapping[str, Any]) -> Method:
    estimate = document["estimate"]
    return Method(**{**document, "estimate": None if estimate is None else estimate_of(estimate, "per_s")})
