"""Loads on targets whose bottleneck is known because it was built in: requests go through a queue of so many servers, or against a limit that refuses; exact to the microsecond."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from twinstage.model.load_profile import Breakpoint, OpenLoad
from twinstage.stress.arrivals import starts
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.level import LevelResult
from twinstage.stress.metrics.operation import OperationResult
from twinstage.stress.metrics.resource_use import ResourceUse
from twinstage.stress.metrics.result import GeneratorHealth, LoadResult
from twinstage.stress.metrics.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

US = 1_000_000


@dataclass(frozen=True)
class Served:
    """One request: when it was meant to begin, was begun on and ended, in seconds; whether it was answered well."""

    intended: float
    begun: float
    ended: float
    ok: bool = True
    refused: int = 0


@dataclass(frozen=True)
class Target:
    """What a request does. `serve`: the requests of one level, from their intended starts. `resources`: how its use shows, of a level's requests and its end in seconds."""

    serve: Callable[[Sequence[float], Random], list[Served]]
    resources: Callable[[Sequence[Served], float], Mapping[str, ResourceUse]] = field(default=lambda served, end: {})


def busy_within(served: Sequence[Served], end: float) -> int:
    return round(sum(max(min(one.ended, end) - one.begun, 0.0) for one in served) * US)


def waited(served: Sequence[Served]) -> int:
    return round(sum(one.begun - one.intended for one in served) * US)


def queue(arrivals: Sequence[float], servers: int, service: Callable[[], float], base: float = 0.0) -> list[Served]:
    """First come, first served; `base`: seconds that every request takes besides, nobody waiting for anybody."""
    free = [0.0] * servers
    found = []
    for at in arrivals:
        begin = max(heapq.heappop(free), at)
        end = begin + service()
        heapq.heappush(free, end)
        found.append(Served(at, begin, end + base))
    return found


def level(
    index: int, begin: float, end: float, rate: float, target: Target, arrivals: Sequence[float], random: Random
) -> LevelResult:
    served = target.serve(arrivals, random)
    latency, service = Histogram(), Histogram()
    latency.add_all([round((one.ended - one.intended) * US) for one in served])
    service.add_all([round((one.ended - one.begun) * US) for one in served])
    length = end - begin
    within = [one for one in served if one.ended <= length]
    ok = sum(one.ok for one in served)
    return LevelResult(
        index,
        round(begin * US),
        round(end * US),
        rate,
        offered=len(served),
        sent=len(served),
        answered=len(served),
        ok=ok,
        failed=len(served) - ok,
        throttled=len(served) - ok,
        completed=len(within),
        completed_ok=sum(one.ok for one in within),
        in_flight_us=round(sum(min(one.ended, length) - one.intended for one in served) * US),
        latency=latency,
        service=service,
        resources=target.resources(served, length),
    )


def load(
    target: Target, shape: Any, *, arrivals: Any = "poisson", seed: int = 1, world: Any = "memory", **members: Any
) -> LoadResult:
    """The result of that load: each level on a target that has just begun."""
    profile = OpenLoad(shape, arrivals, seed)
    intended = list(starts(profile))
    levels = []
    for index, stretch in enumerate(profile.levels):
        own = [(at - stretch.begin_ns) / 1e9 for at in intended if stretch.begin_ns <= at < stretch.end_ns]
        bounds = stretch.begin_ns / 1e9, stretch.end_ns / 1e9
        levels.append(level(index, *bounds, stretch.from_per_s, target, own, Random(f"{seed}/{index}")))  # noqa: S311  a reproducible draw
    totals = {
        name: sum(getattr(one, name) for one in levels)
        for name in ("offered", "sent", "answered", "ok", "failed", "throttled")
    }
    operation = OperationResult(
        intended=totals.pop("offered"), **totals, latency=Histogram.merged(*(one.latency for one in levels))
    )
    return LoadResult(
        "function f",
        world,
        "open",
        profile.document(),
        duration_us=profile.duration_ns // 1000,
        levels=tuple(levels),
        operations={"f": operation},
        **members,
    )


def station(
    servers: int,
    mean: float,
    *,
    kind: str = "service",
    name: str = "service:http.example",
    base: float = 0.0,
    exponential: bool = True,
    limit: str | None = None,
) -> Target:
    """Requests that need one of so many servers for a time."""

    def serve(arrivals: Sequence[float], random: Random) -> list[Served]:
        return queue(arrivals, servers, (lambda: random.expovariate(1 / mean)) if exponential else (lambda: mean), base)

    def resources(served: Sequence[Served], end: float) -> dict[str, ResourceUse]:
        used = busy_within([Served(one.intended, one.begun, one.ended - base) for one in served], end)
        return {
            name: ResourceUse(
                kind, used, float(servers), waited(served), len(served), {}, limit, name.partition(":")[2]
            )
        }

    return Target(serve, resources)


def limited(
    rate_per_s: float,
    *,
    kind: str,
    name: str,
    limit: str | None,
    code: str,
    units: float = 1.0,
    again_s: float = 0.1,
    tries: int = 8,
    told: bool = True,
) -> Target:
    """Requests that take units of a rate and are refused with `code` where there are none, try again after a back-off that doubles, and fail after so many tries.

    `told`: whether the capacity and the waits of what refuses are told.
    """

    def serve(arrivals: Sequence[float], random: Random) -> list[Served]:
        events = [(at, number, 0, at) for number, at in enumerate(arrivals)]
        heapq.heapify(events)
        tokens, last, done = rate_per_s, 0.0, {}
        while events:
            now, number, tried, at = heapq.heappop(events)
            tokens, last = min(tokens + (now - last) * rate_per_s, rate_per_s), now
            if tokens >= units:
                tokens -= units
                done[number] = Served(at, now, now + 0.02, True, tried)
            elif tried + 1 == tries:
                done[number] = Served(at, now, now, False, tried + 1)
            else:
                heapq.heappush(events, (now + again_s * 2**tried * random.uniform(0.5, 1), number, tried + 1, at))
        return [done[number] for number in sorted(done)]

    def resources(served: Sequence[Served], end: float) -> dict[str, ResourceUse]:
        within = sum(one.ok and one.begun <= end for one in served)
        refused = sum(one.refused for one in served)
        use = ResourceUse(
            kind,
            round(within * units * US),
            rate_per_s if told else None,
            waited(served) if told else 0,
            within,
            {code: refused} if refused else {},
            limit,
            "k",
        )
        return {name: use}

    return Target(serve, resources)


def losing(places: int, mean: float) -> Target:
    """Requests that are refused where every place is taken, as synchronous invocations of a function are; service times vary by half."""

    def serve(arrivals: Sequence[float], random: Random) -> list[Served]:
        busy: list[float] = []
        found = []
        for at in arrivals:
            while busy and busy[0] <= at:
                heapq.heappop(busy)
            if len(busy) == places:
                found.append(Served(at, at, at, False, 1))
                continue
            end = at + mean * random.uniform(0.5, 1.5)
            heapq.heappush(busy, end)
            found.append(Served(at, at, end))
        return found

    def resources(served: Sequence[Served], end: float) -> dict[str, ResourceUse]:
        refused = sum(one.refused for one in served)
        codes = {"TooManyRequestsException": refused} if refused else {}
        taken = len(served) - refused
        use = ResourceUse(
            "concurrency", busy_within(served, end), float(places), 0, taken, codes, "lambda.function_concurrency", "f"
        )
        return {"concurrency:f": use}

    return Target(serve, resources)


def idle(
    name: str,
    kind: str,
    *,
    share: float,
    capacity: float | None,
    seconds: float = 0.0,
    limit: str | None = None,
) -> Target:
    """What is used besides, and nobody waits for: the share `share` of its capacity, and `seconds` a request."""

    def resources(served: Sequence[Served], end: float) -> dict[str, ResourceUse]:
        used = share * (capacity or 0.0) * end + seconds * len(served)
        return {name: ResourceUse(kind, round(used * US), capacity, calls=len(served), limit=limit)}

    return Target(lambda arrivals, random: [], resources)


def environments(places: int) -> Target:
    """The environments of a function that requests occupy for as long as they take, whatever they wait for."""

    def resources(served: Sequence[Served], end: float) -> dict[str, ResourceUse]:
        held = min(sum(min(one.ended, end) - one.intended for one in served), places * end)
        use = ResourceUse(
            "concurrency", round(held * US), float(places), calls=len(served), limit="lambda.function_concurrency"
        )
        return {"concurrency:f": use}

    return Target(lambda arrivals, random: [], resources)


def both(target: Target, beside: Target) -> Target:
    """The requests of `target`, and what they use of both."""
    return Target(target.serve, lambda served, end: {**target.resources(served, end), **beside.resources(served, end)})


def windows_of(values: Sequence[tuple[int, int, int]], latency_us: Sequence[int] = ()) -> tuple[Window, ...]:
    """One-second windows of (offered, answered, failed) each, whose requests all took so long."""
    found = []
    for index, (offered, answered, failed) in enumerate(values):
        latency = Histogram(digits=2)
        latency.add(latency_us[index] if latency_us else 20_000, max(offered, 1))
        found.append(Window(index * US, US, offered, offered, answered, answered - failed, failed, latency=latency))
    return tuple(found)


def breakpoint_load(low: float, high: float, level_s: float = 30.0, factor: float = 1.3) -> Breakpoint:
    return Breakpoint(low, high, level_s, factor)


def invalid(*reasons: str) -> GeneratorHealth:
    return GeneratorHealth(1, 1000.0, 0.99, Histogram(), reasons)
