"""Schedules: `cron(...)`, `rate(...)` and `at(...)`, in a time zone, as moments of UTC.

Daylight saving time as EventBridge Scheduler has it (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html): a time that the clock skips in spring
is not invoked that day; a time that it shows twice in autumn is invoked once, the first time. A rate counts elapsed time: a day is 24 hours whatever clocks show.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twinstage.simulate.schedule_cron import Cron, ScheduleError, read_cron

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPRESSION: Final = re.compile(r"\s*(cron|rate|at)\(\s*(.*?)\s*\)\s*", re.DOTALL)
_RATE: Final = re.compile(r"([1-9][0-9]{0,8})\s+(minute|hour|day)(s?)")
# More than clocks were ever set back or forward since 1970 (a day, where the date line moved).
_FARTHEST: Final = dt.timedelta(hours=26)
_UNITS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Rate:
    """Every so many seconds, from a start on."""

    text: str
    every_s: int


@dataclass(frozen=True)
class Once:
    """One moment of the wall clock."""

    text: str
    wall: dt.datetime


@dataclass(frozen=True)
class Schedule:
    """A schedule in its time zone. What a schedule begins with and ends by are moments, whoever asks gives them."""

    expression: Cron | Rate | Once
    zone: ZoneInfo

    def occurrences(self, begin: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
        """Every invocation in [begin, end), in order, in UTC. A rate counts from `begin`, which is its first invocation."""
        begin, end = begin.astimezone(dt.UTC), end.astimezone(dt.UTC)
        if isinstance(self.expression, Rate):
            yield from _every(self.expression.every_s, begin, end)
            return
        if isinstance(self.expression, Once):
            moment = _moment(self.expression.wall, self.zone)
            if moment is not None and begin <= moment < end:
                yield moment
            return
        # The wall clock may have been ahead of where `begin` is by as much as clocks are ever set back.
        wall = (begin.astimezone(self.zone) - _FARTHEST).replace(tzinfo=None)
        beyond = (end.astimezone(self.zone) + _FARTHEST).replace(tzinfo=None)
        # Wall times in order are moments in order: of those shown twice the first is taken, and those skipped are none.
        for each in takewhile(lambda wall: wall < beyond, self.expression.walls(wall)):
            moment = _moment(each, self.zone)
            if moment is not None and begin <= moment < end:
                yield moment


def read_schedule(text: str, zone: str = "UTC") -> Schedule:
    """Read a schedule expression. Raises ScheduleError."""
    try:
        found_zone = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleError(f"{zone!r} is no time zone of the IANA database") from error
    found = _EXPRESSION.fullmatch(text)
    if not found:
        raise ScheduleError(f"{text!r} is none of cron(...), rate(...), at(...)")
    kind, inside = found.groups()
    if kind == "cron":
        return Schedule(read_cron(inside), found_zone)
    return Schedule(_rate(inside) if kind == "rate" else _once(inside), found_zone)


def _rate(text: str) -> Rate:
    found = _RATE.fullmatch(text)
    if not found:
        raise ScheduleError(f"rate({text}) is not a whole number from 1 and minute(s), hour(s) or day(s)")
    return Rate(text, int(found[1]) * _UNITS[found[2]])


def _once(text: str) -> Once:
    if not _AT.fullmatch(text):
        raise ScheduleError(f"at({text}) is not a time as 2026-03-29T02:30:00, without a zone")
    try:
        return Once(text, dt.datetime.fromisoformat(text))
    except ValueError as error:
        raise ScheduleError(f"at({text}): {error}") from error


def _every(seconds: int, begin: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    moment = begin
    while moment < end:
        yield moment
        try:
            moment += dt.timedelta(seconds=seconds)
        except OverflowError:
            return


def _moment(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """The first moment at which a zone's clock shows `wall`; None where it never does."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == wall else None
