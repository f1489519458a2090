"""Cron expressions as EventBridge has them: six fields, minutes to years.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html and https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_YEAR, LAST_YEAR = 1970, 2199
_MONTHS: Final = {
    name: at
    for at, name in enumerate(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1)
}
_DAYS: Final = {name: at for at, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_FIELDS: Final = ("minutes", "hours", "day-of-month", "month", "day-of-week", "year")
_COUNT: Final = len(_FIELDS)
_SATURDAY: Final = 7
_FEW_WEEKS: Final = 5


class ScheduleError(ValueError):
    """The text is no schedule expression. The message says which part is not and why."""


@dataclass(frozen=True)
class Days:
    """Which days of a month. `days` None: all; `last` (days before the last): of `L`, `L-3`; `near`: weekdays nearest to these (`15W`), 0 the last (`LW`).

    `weekdays` (1 Sunday to 7 Saturday) None: all; `last_weekdays`: the last such of the month (`6L`); `nth`: (weekday, which of the month), as `6#3`.
    """

    days: frozenset[int] | None = None
    last: frozenset[int] = frozenset()
    near: frozenset[int] = frozenset()
    weekdays: frozenset[int] | None = None
    last_weekdays: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()

    def of(self, year: int, month: int) -> list[int]:
        """The days, in order."""
        length = calendar.monthrange(year, month)[1]
        everything = range(1, length + 1)
        if self.weekdays is not None or self.last_weekdays or self.nth:
            return [day for day in everything if self._falls(year, month, day, length)]
        if self.days is None and not self.last and not self.near:
            return list(everything)
        found = {day for day in self.days or () if day <= length}
        found |= {length - before for before in self.last if before < length}
        found |= {_nearest_weekday(year, month, day or length, length) for day in self.near if day <= length}
        return sorted(found)

    def _falls(self, year: int, month: int, day: int, length: int) -> bool:
        weekday = dt.date(year, month, day).isoweekday() % 7 + 1
        return (
            (self.weekdays is not None and weekday in self.weekdays)
            or (weekday in self.last_weekdays and day + 7 > length)
            or (weekday, (day + 6) // 7) in self.nth
        )


@dataclass(frozen=True)
class Cron:
    """A cron expression that was read. Times are of a wall clock: which one is the schedule's to say."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: frozenset[int]

    def walls(self, begin: dt.datetime) -> Iterator[dt.datetime]:
        """Every moment of the wall clock (without a zone) from the minute of `begin` on, in order. Ends where no year is left."""
        for year in range(begin.year, LAST_YEAR + 1):
            if year not in self.years:
                continue
            for month in self.months:
                if (year, month) < (begin.year, begin.month):
                    continue
                for day in self.days.of(year, month):
                    if dt.date(year, month, day) >= begin.date():
                        yield from self._of_day(dt.datetime(year, month, day), begin)  # noqa: DTZ001  a wall clock's

    def _of_day(self, day: dt.datetime, begin: dt.datetime) -> Iterator[dt.datetime]:
        floor = begin.replace(second=0, microsecond=0)
        for hour in self.hours:
            for minute in self.minutes:
                if (wall := day.replace(hour=hour, minute=minute)) >= floor:
                    yield wall


def read_cron(text: str) -> Cron:
    """Read the six fields of `cron(...)`. Raises ScheduleError."""
    fields = text.upper().split()
    if len(fields) != _COUNT:
        raise ScheduleError(f"cron({text}) has {len(fields)} fields, it needs {_COUNT}: {' '.join(_FIELDS)}")
    minutes, hours, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise ScheduleError(f"cron({text}): exactly one of day-of-month and day-of-week is ?")
    days = _weekdays(weekday) if day == "?" else _month_days(day)
    return Cron(
        text,
        tuple(sorted(_values(minutes, 0, 59, "minutes"))),
        tuple(sorted(_values(hours, 0, 23, "hours"))),
        days,
        tuple(sorted(_values(month, 1, 12, "month", _MONTHS))),
        frozenset(_values(year, FIRST_YEAR, LAST_YEAR, "year")),
    )


def _values(text: str, least: int, most: int, field: str, names: dict[str, int] | None = None) -> set[int]:
    """The values of lists, ranges and increments."""
    found: set[int] = set()
    for part in text.split(","):
        base, slash, step_text = part.partition("/")
        step = _number(step_text, 1, most, field) if slash else 1
        if base == "*":
            first, last = least, most
        else:
            low, dash, high = base.partition("-")
            first = _number(low, least, most, field, names)
            last = _number(high, least, most, field, names) if dash else (most if slash else first)
        if last < first:
            # A range that goes over the end, as FRI-MON or NOV-FEB.
            found.update(
                at if at <= most else at - (most - least + 1) for at in range(first, last + most - least + 2, step)
            )
        else:
            found.update(range(first, last + 1, step))
    return found


def _number(text: str, least: int, most: int, field: str, names: dict[str, int] | None = None) -> int:
    value = (names or {}).get(text, int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None)
    if value is None or not least <= value <= most:
        raise ScheduleError(
            f"{text!r} is no value of {field}: {least} to {most}" + (f" or {', '.join(names)}" if names else "")
        )
    return value


def _month_days(text: str) -> Days:
    if text == "*":
        return Days()
    days: set[int] = set()
    last: set[int] = set()
    near: set[int] = set()
    for part in text.split(","):
        if part in {"LW", "WL"}:
            near.add(0)
        elif part == "L":
            last.add(0)
        elif part.startswith("L-"):
            last.add(_number(part[2:], 1, 30, "day-of-month"))
        elif part.endswith("W"):
            near.add(_number(part[:-1], 1, 31, "day-of-month"))
        else:
            days |= _values(part, 1, 31, "day-of-month")
    return Days(days=frozenset(days), last=frozenset(last), near=frozenset(near))


def _weekdays(text: str) -> Days:
    if text == "*":
        return Days()
    if "#" in text:
        day, _, which = text.partition("#")
        if "," in text:
            raise ScheduleError(f"{text!r}: a day-of-week with # stands alone")
        pair = (_number(day, 1, _SATURDAY, "day-of-week", _DAYS), _number(which, 1, _FEW_WEEKS, "the week of a #"))
        return Days(nth=frozenset({pair}))
    plain: set[int] = set()
    last: set[int] = set()
    for part in text.split(","):
        if part == "L":
            plain.add(_SATURDAY)
        elif part.endswith("L"):
            last.add(_number(part[:-1], 1, _SATURDAY, "day-of-week", _DAYS))
        else:
            plain |= _values(part, 1, _SATURDAY, "day-of-week", _DAYS)
    return Days(weekdays=frozenset(plain), last_weekdays=frozenset(last))


def _nearest_weekday(year: int, month: int, day: int, length: int) -> int:
    """The weekday (Monday to Friday) nearest to a day, in the same month."""
    weekday = dt.date(year, month, day).isoweekday()
    if weekday == 6:  # noqa: PLR2004  ISO's Saturday
        return day - 1 if day > 1 else day + 2
    if weekday == 7:  # noqa: PLR2004  ISO's Sunday
        return day + 1 if day < length else day - 2
    return day
