"""A scenario, as every stage of a rehearsal reads it: compiled by the command line, validated against `scenario.schema.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name

if TYPE_CHECKING:
    from collections.abc import Mapping

CRITERIA = ("consistency", "performance", "safety")
TABLE, BELOW = "table:", "*."  # what an entry of `may_differ` that is no plain name begins with
PERFORMANCE_DEFAULTS = {"max_calls_ratio": 2.0, "max_latency_ratio": 3.0, "latency_floor_ms": 250.0}


@dataclass(frozen=True)
class Invariant:
    """One invariant. `names` are canonical; `generation` is text around `{generation}` in the name of an alias or CNAME target.

    `at_least` is the generation that every name must have reached when the replay ends (kind `reaches`).
    """

    id: str
    title: str
    kind: str
    names: tuple[str, ...]
    counts: bool = True
    generation: str | None = None
    at_least: int | None = None


@dataclass(frozen=True)
class Scenario:
    """What to capture, what changes, what must hold. `criteria` maps each criterion asked for to its limits.

    `may_differ` declares where the candidate may end otherwise than the baseline: record names, `*.suffix` for the names below a suffix
    (names canonical), `table:<name>` for a table.
    """

    name: str
    title: str
    capture: Mapping[str, tuple[str, ...]]
    changed: tuple[str, ...]
    may_differ: tuple[str, ...]
    keep_environment: tuple[str, ...]
    invariants: tuple[Invariant, ...]
    criteria: Mapping[str, Mapping[str, float]]
    seed: int
    document: Mapping[str, Any] = field(repr=False)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms to rehearse: without a change there is only the baseline."""
        return ("baseline", "candidate") if self.changed else ("baseline",)

    @property
    def subject(self) -> str:
        """The arm that the verdict is about."""
        return self.arms[-1]


def scenario_of(document: Mapping[str, Any]) -> Scenario:
    """The scenario of a valid document, defaults filled in. Without `criteria` all are asked for; an empty `criteria` asks for none."""
    capture = document["capture"]
    criteria = document.get("criteria", {name: {} for name in CRITERIA})
    limits = {name: dict(criteria[name] or {}) for name in CRITERIA if name in criteria}
    if "performance" in limits:
        limits["performance"] = PERFORMANCE_DEFAULTS | limits["performance"]
    change = document.get("change", {})
    return Scenario(
        name=document["name"],
        title=document.get("title", document["name"]),
        capture={
            "zones": tuple(canonical_name(name) for name in capture.get("zones", ())),
            "tables": tuple(capture.get("tables", ())),
            "functions": tuple(capture.get("functions", ())),
        },
        changed=tuple(sorted(change.get("functions", {}))),
        may_differ=tuple(_declared(entry) for entry in change.get("end_state", {}).get("may_differ", ())),
        keep_environment=tuple(document.get("environment", {}).get("keep", ())),
        invariants=tuple(_invariant(entry) for entry in document.get("invariants", ())),
        criteria=limits,
        seed=document.get("seed", 0),
        document=document,
    )


def _invariant(entry: Mapping[str, Any]) -> Invariant:
    return Invariant(
        id=entry["id"],
        title=entry.get("title", entry["id"]),
        kind=entry["kind"],
        names=tuple(canonical_name(name) for name in entry["names"]),
        counts=entry.get("counts", True),
        generation=entry.get("generation"),
        at_least=entry.get("at_least"),
    )


def _declared(entry: str) -> str:
    if entry.startswith(TABLE):
        return entry
    return BELOW + canonical_name(entry.removeprefix(BELOW)) if entry.startswith(BELOW) else canonical_name(entry)
