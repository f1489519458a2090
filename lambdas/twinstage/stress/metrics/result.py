"""The result of a load: the one thing that whoever drives a load gives, and that the analysis reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from twinstage.model.canonical import canonical_json
from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.merging import merged_by_name
from twinstage.stress.metrics.resource_use import MICRO, merged_uses
from twinstage.stress.metrics.windows import merged_windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twinstage.stress.metrics.level import LevelResult
    from twinstage.stress.metrics.operation import CallUse, FunctionUse, OperationResult
    from twinstage.stress.metrics.resource_use import QuotaUse, ResourceUse
    from twinstage.stress.metrics.window import Window

World = Literal["twin", "memory"]
Model = Literal["open", "closed"]
T = TypeVar("T")


@dataclass(frozen=True)
class GeneratorHealth:
    """Whether the generators kept up. `calibrated_per_s`: what all of them together can send, as each found out before it began (None: not measured, on virtual time).

    `cpu_share`: of the busiest generator's processor, 0 to 1. `lateness`: microseconds from the intended start until a request was sent. `reasons`: why the
    result is invalid, each a sentence, in order; none where it is valid.
    """

    generators: int = 1
    calibrated_per_s: float | None = None
    cpu_share: float | None = None
    lateness: Histogram = field(default_factory=Histogram)
    reasons: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether the target, and not a generator, made what was measured."""
        return not self.reasons

    def merged(self, other: GeneratorHealth) -> GeneratorHealth:
        """Both: invalid where one of them is."""
        return GeneratorHealth(
            self.generators + other.generators,
            _both(self.calibrated_per_s, other.calibrated_per_s, lambda one, two: one + two),
            _both(self.cpu_share, other.cpu_share, max),
            Histogram.merged(self.lateness, other.lateness),
            tuple(sorted({*self.reasons, *other.reasons})),
        )


@dataclass(frozen=True)
class LoadResult:
    """What a load did to a target. Two of equal `target`, `world`, `model` and `profile` merge into that of all their requests, exactly: shards in any split, in any order.

    `duration_us`: until the last request ended, from the run's beginning. `windows`: all of one width, one after another from 0. `levels`: ascending. `operations`:
    requests by operation. `resources`: of the whole run. `calls`: what handlers called, by `service.Operation`. `function`: where the target is one.
    `quotas`: by the quota's id.
    """

    target: str
    world: World
    model: Model
    profile: Mapping[str, Any]
    duration_us: int = 0
    windows: tuple[Window, ...] = ()
    levels: tuple[LevelResult, ...] = ()
    operations: Mapping[str, OperationResult] = field(default_factory=dict)
    resources: Mapping[str, ResourceUse] = field(default_factory=dict)
    calls: Mapping[str, CallUse] = field(default_factory=dict)
    quotas: Mapping[str, QuotaUse] = field(default_factory=dict)
    function: FunctionUse | None = None
    generator: GeneratorHealth = field(default_factory=GeneratorHealth)

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.duration_us / MICRO

    @property
    def latency(self) -> Histogram:
        """Of all operations' requests, from the intended start."""
        return Histogram.merged(*(operation.latency for operation in self.operations.values()))

    @property
    def offered(self) -> int:
        """Requests that were meant to begin."""
        return sum(operation.intended for operation in self.operations.values())

    @property
    def ok(self) -> int:
        """Requests that were answered well."""
        return sum(operation.ok for operation in self.operations.values())

    @property
    def failed_share(self) -> float:
        """The share of the requests offered that were not answered well: failed, never answered, never sent."""
        return (self.offered - self.ok) / self.offered if self.offered else 0.0

    def merged(self, other: LoadResult) -> LoadResult:
        """Both. Raises TwinstageError where they are not of one load on one target."""
        if self._load != other._load:
            raise TwinstageError("LOADS_DIFFER", "results of different loads or targets do not merge")
        return LoadResult(
            self.target,
            self.world,
            self.model,
            self.profile,
            max(self.duration_us, other.duration_us),
            merged_windows(self.windows, other.windows),
            tuple(merged_by_name({e.index: e for e in self.levels}, {e.index: e for e in other.levels}).values()),
            merged_by_name(self.operations, other.operations),
            merged_uses(self.resources, other.resources),
            merged_by_name(self.calls, other.calls),
            merged_by_name(self.quotas, other.quotas),
            _both(self.function, other.function, lambda one, two: one.merged(two)),
            self.generator.merged(other.generator),
        )

    @property
    def _load(self) -> tuple[str, str, str, bytes]:
        return self.target, self.world, self.model, canonical_json(self.profile)


def merged(results: Iterable[LoadResult]) -> LoadResult:
    """Those of all generators, in any order; at least one. Raises TwinstageError where they are not of one load on one target."""
    return reduce(LoadResult.merged, results)


def _both(one: T | None, other: T | None, of_both: Callable[[T, T], T]) -> T | None:
    if one is None or other is None:
        return other if one is None else one
    return of_both(one, other)
