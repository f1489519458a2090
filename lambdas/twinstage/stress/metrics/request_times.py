"""Where in time requests and uses of resources fall: into which windows and levels, and how much of each. All times are whole microseconds from the load's beginning."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.stress.metrics.level_tally import Levels
    from twinstage.stress.metrics.resource_tally import ResourceTally
    from twinstage.stress.metrics.timeline import Timeline


class Ended(NamedTuple):
    """A request that came to an end: meant to begin, sent, ended; its latency; how long it was worked on, where told; how it ended."""

    intended: int
    sent: int
    end: int
    latency: int
    service: int | None
    answered: bool
    failed: bool
    throttled: bool


class RequestTimes:
    """The windows and levels of a run, filled together. `duration_us`: the last moment of which anything was told."""

    def __init__(self, timeline: Timeline, levels: Levels) -> None:
        self.timeline, self.levels = timeline, levels
        self.duration_us = 0

    def unsent(self, intended: int) -> None:
        """A request that was never sent."""
        self._reach(intended)
        self.timeline.at(intended).offered += 1
        level = self.levels.at(intended)
        if level is not None:
            level.offered += 1

    def ended(self, requests: Sequence[Ended]) -> None:
        """Requests that came to an end."""
        self._reach(max(each.end for each in requests))
        self._into_windows(requests)
        if self.levels.tallies:
            self._into_levels(requests)
            self._within_levels(requests)

    def held(self, resource: str, begin: int, end: int) -> None:
        """A resource was busy from begin to end."""
        self._reach(end)
        for window, shared in self.timeline.over(begin, end):
            window.used_micro[resource] += shared
        for level, shared in self.levels.over(begin, end):
            level.resources.used_micro[resource] += shared

    def spent(self, resource: str, at: int, micro: int) -> None:
        """Millionths of its unit were used of a resource."""
        self._reach(at)
        self.timeline.at(at).used_micro[resource] += micro
        for tally in self.resources_at(at):
            tally.used_micro[resource] += micro

    def waited(self, resource: str, begin: int, end: int) -> None:
        """A request waited for a resource from begin to end."""
        self._reach(end)
        for level, shared in self.levels.over(begin, end):
            level.resources.waited_us[resource] += shared

    def resources_at(self, us: int) -> Iterator[ResourceTally]:
        """Of the level of a moment, if it lies in one."""
        level = self.levels.at(us)
        if level is not None:
            yield level.resources

    def _reach(self, us: int) -> None:
        """After this no window is widened by anything that lies before `us`."""
        self.duration_us = max(self.duration_us, us)
        self.timeline.at(us)

    def _into_windows(self, requests: Sequence[Ended]) -> None:
        at, over = self.timeline.at, self.timeline.over
        latencies = defaultdict(list)
        for intended, sent, end, latency, _, answered, failed, throttled in requests:
            meant_in, sent_in, ended_in = at(intended), at(sent), at(end)
            meant_in.offered += 1
            latencies[meant_in].append(latency)
            sent_in.sent += 1
            if sent_in is ended_in:
                sent_in.in_flight_us += end - sent
            else:
                for window, shared in over(sent, end):
                    window.in_flight_us += shared
            if answered:
                ended_in.answered += 1
                ended_in.failed += failed
                ended_in.throttled += throttled
        for window, values in latencies.items():
            window.latency.add_all(values)

    def _into_levels(self, requests: Sequence[Ended]) -> None:
        """By when a request was meant to begin."""
        latencies, services = defaultdict(list), defaultdict(list)
        for intended, _, _, latency, service, answered, failed, throttled in requests:
            level = self.levels.at(intended)
            if level is None:
                continue
            level.offered += 1
            level.sent += 1
            level.answered += answered
            level.failed += answered and failed
            level.throttled += answered and throttled
            latencies[level].append(latency)
            if service is not None:
                services[level].append(service)
        for level, values in latencies.items():
            level.latency.add_all(values)
        for level, values in services.items():
            level.service.add_all(values)

    def _within_levels(self, requests: Sequence[Ended]) -> None:
        """By when it happened."""
        for _, sent, end, _, _, answered, failed, _ in requests:
            for level, shared in self.levels.over(sent, end):
                level.in_flight_us += shared
            completed_in = self.levels.at(end) if answered else None
            if completed_in is not None:
                completed_in.completed += 1
                completed_in.completed_ok += not failed
