"""What is wrong with a network, all of it at once, each with its place."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.simulate.network.model import Extent, Network, Product, Quota, Retry, Source, Stage

_ROUNDING = 1e-9
# Of virtual time, in seconds: what whole nanoseconds in 62 bits hold.
LONGEST_S = 2.0**62 / 1e9


def check(network: Network, extent: Extent, *, file: str = "network") -> None:
    """Raise an `InputError` with every problem, each at its JSON pointer."""
    found = [*_names(network), *_extent(extent)]
    for index, source in enumerate(network.sources):
        found += _below(f"/sources/{index}", _source(source, network))
    if not all(source.keys for source in network.sources):
        partitioned = (index for index, stage in enumerate(network.stages) if stage.partitions)
        found += [
            (f"/stages/{index}/partitions", "partitions are by key, and some source has no keys")
            for index in partitioned
        ]
    for index, stage in enumerate(network.stages):
        found += _below(f"/stages/{index}", _stage(stage, network))
    for index, product in enumerate(network.products):
        found += _below(f"/products/{index}", _product(product))
    if not found:
        found += _ways_out(network)
    if found:
        raise InputError([InputProblem(file, 0, pointer, message) for pointer, message in found])


def _ways_out(network: Network) -> Iterator[tuple[str, str]]:
    """A record that can reach no product would go round for ever."""
    leads = {product.name for product in network.products}
    while more := {stage.name for stage in network.stages if leads & {route.to for route in stage.routes}} - leads:
        leads |= more
    for index, stage in enumerate(network.stages):
        if stage.name not in leads:
            yield f"/stages/{index}/routes", "no way leads from here to a product: records would go round for ever"


def _below(place: str, found: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for pointer, message in found:
        yield place + pointer, message


def _targets(network: Network) -> list[str]:
    """What a route may lead to, by name."""
    return [one.name for one in network.stages] + [one.name for one in network.products]


def _names(network: Network) -> Iterator[tuple[str, str]]:
    if not network.sources:
        yield "/sources", "nothing comes from nowhere: there is no source"
    names = Counter([one.name for one in network.sources] + _targets(network))
    for name, times in names.items():
        if times > 1:
            yield "", f"{times} sources, stages or products are named {name!r}"


def _extent(extent: Extent) -> Iterator[tuple[str, str]]:
    if extent.records is None and extent.duration_s is None:
        yield "/extent", "neither a number of records nor a duration ends it"
    if extent.records is not None and extent.records < 1:
        yield "/extent/records", f"{extent.records} records are none"
    if extent.duration_s is not None and not extent.warm_up_s < extent.duration_s < LONGEST_S:
        yield (
            "/extent/duration_s",
            f"{extent.duration_s} s is not longer than the warm-up, or longer than {LONGEST_S:.0f} s",
        )
    if not 0 <= extent.warm_up_s < LONGEST_S:
        yield "/extent/warm_up_s", f"{extent.warm_up_s} s cannot be"


def _source(source: Source, network: Network) -> Iterator[tuple[str, str]]:
    if source.to not in {stage.name for stage in network.stages}:
        yield "/to", f"there is no stage {source.to!r}"
    if source.between.mean_s <= 0:
        yield "/between", "records that come 0 s apart never let time pass"
    if source.keys and (source.keys.number < 1 or not 0 <= source.keys.skew < math.inf):
        yield "/keys", f"{source.keys.number} keys of skew {source.keys.skew} cannot be"
    if not source.classes or min(source.classes) < 0 or not 0 < math.fsum(source.classes) < math.inf:
        yield "/classes", f"weights {source.classes} cannot be"


def _stage(stage: Stage, network: Network) -> Iterator[tuple[str, str]]:
    if stage.servers < 1:
        yield "/servers", f"{stage.servers} servers serve nobody"
    if stage.places is not None and stage.places < 1:
        yield "/places", f"{stage.places} places hold nothing: who is served has a place too"
    if stage.batch.size < 1 or not 0 <= stage.batch.window_s < LONGEST_S:
        yield "/batch", f"a size of {stage.batch.size} and a window of {stage.batch.window_s} s cannot be"
    for pointer, value in [("/timeout_s", stage.timeout_s), ("/patience_s", stage.patience_s)]:
        if value is not None and not 0 < value < LONGEST_S:
            yield pointer, f"{value} s cannot be"
    if not 0 <= stage.per_record_s < LONGEST_S:
        yield "/per_record_s", f"{stage.per_record_s} s cannot be"
    if stage.partitions and stage.order == "priority":
        yield "/order", "a partition keeps its order: it has no priorities"
    if stage.partitions and min(stage.partitions.number, stage.partitions.at_once) < 1:
        yield "/partitions", f"{stage.partitions.number} partitions, {stage.partitions.at_once} at once cannot be"
    yield from _routes(stage, network)
    yield from _retry(stage.retry)
    if stage.quota:
        yield from _quota(stage.quota, stage.batch.size)


def _routes(stage: Stage, network: Network) -> Iterator[tuple[str, str]]:
    known = set(_targets(network))
    for index, route in enumerate(stage.routes):
        if route.to not in known:
            yield f"/routes/{index}/to", f"there is no stage or product {route.to!r}"
        if not 0 < route.probability <= 1:
            yield f"/routes/{index}/probability", f"{route.probability} is no probability above 0"
    total = math.fsum(route.probability for route in stage.routes)
    if abs(total - 1) > _ROUNDING:
        yield "/routes", f"probabilities add up to {total}: every record goes somewhere"


def _retry(retry: Retry) -> Iterator[tuple[str, str]]:
    if retry.attempts < 1:
        yield "/retry/attempts", f"{retry.attempts} attempts are none"
    if not 0 <= retry.failure <= 1:
        yield "/retry/failure", f"{retry.failure} is no probability"
    waits: Sequence[float] = (retry.interval_s, retry.longest_s)
    if not all(0 <= wait < LONGEST_S for wait in waits) or not 1 <= retry.rate < math.inf:
        yield (
            "/retry",
            f"an interval of {retry.interval_s} s, a rate of {retry.rate}, {retry.longest_s} s at most cannot be",
        )


def _quota(quota: Quota, batch: int) -> Iterator[tuple[str, str]]:
    if not 0 < quota.per_second <= 1e9:  # noqa: PLR2004  (one a nanosecond, the clock's own grain)
        yield "/quota/per_second", f"{quota.per_second} a second cannot be"
    if quota.burst < batch:
        yield "/quota/burst", f"a burst of {quota.burst} never lets a batch of {batch} begin"


def _product(product: Product) -> Iterator[tuple[str, str]]:
    if product.fresh_within_s is not None and not 0 < product.fresh_within_s < LONGEST_S:
        yield "/fresh_within_s", f"{product.fresh_within_s} s cannot be"
    for name, share in [("on_time", product.on_time), ("complete", product.complete), ("fresh", product.fresh)]:
        if share is not None and not 0 <= share <= 1:
            yield f"/{name}", f"{share} is no share"
        if share is not None and name != "complete" and product.fresh_within_s is None:
            yield f"/{name}", "there is no fresh_within_s that it would be a share of"
