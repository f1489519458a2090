"""Schedules against an oracle that looks at every minute: what does the clock on the wall show, and does each field of the expression hold?"""

from __future__ import annotations

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.simulate.schedule import read_schedule
from twinstage.simulate.schedule_cron import ScheduleError

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def moments(expression: str, zone: str, begin: dt.datetime, days: float) -> list[dt.datetime]:
    return list(read_schedule(expression, zone).occurrences(begin, begin + dt.timedelta(days=days)))


def by_the_minute(expression: str, zone: str, begin: dt.datetime, days: int) -> list[dt.datetime]:
    """Every minute at which the wall clock shows what the expression says, the first time it shows it."""
    minute, hour, day, month, weekday, _ = expression[5:-1].split()
    shown: set[dt.datetime] = set()
    found = []
    # What was shown before the begin is shown again after it, where the clock is set back.
    for number in range(-180, days * 24 * 60):
        moment = begin + dt.timedelta(minutes=number)
        wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if wall in shown:
            continue
        shown.add(wall)
        fits = fits_number(minute, wall.minute) and fits_number(hour, wall.hour) and fits_number(month, wall.month)
        if number >= 0 and fits and fits_day(day, wall.date()) and fits_weekday(weekday, wall.date()):
            found.append(moment)
    return found


def fits_number(field: str, value: int) -> bool:
    if field == "*":
        return True
    if "/" in field:
        start, step = field.split("/")
        first = 0 if start == "*" else int(start)
        return value >= first and (value - first) % int(step) == 0
    return any(value in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1) for part in field.split(","))


def fits_day(field: str, date: dt.date) -> bool:
    last = calendar.monthrange(date.year, date.month)[1]
    if field in "?*":
        return True
    if field == "L":
        return date.day == last
    if field.endswith("W"):
        wanted = dt.date(date.year, date.month, last if field == "LW" else min(int(field[:-1]), 31))
        working = [day for day in range(1, last + 1) if dt.date(date.year, date.month, day).isoweekday() <= 5]
        return date.day == min(working, key=lambda day: (abs(day - wanted.day), day > wanted.day))
    return fits_number(field, date.day)


def fits_weekday(field: str, date: dt.date) -> bool:
    name = WEEKDAYS[date.weekday()]
    if field in "?*":
        return True
    if "#" in field:
        day, number = field.split("#")
        return name == day and (date.day - 1) // 7 + 1 == int(number)
    if field.endswith("L"):
        return name == field[:-1] and date.day + 7 > calendar.monthrange(date.year, date.month)[1]
    return name in field.split(",")


MINUTES = st.sampled_from(["0", "30", "0/15", "*/20", "5,35", "10-12"])
HOURS = st.sampled_from(["*", "2", "1-3", "0/6", "2,14"])
DAYS = st.one_of(
    st.sampled_from(["*", "1", "L", "LW", "28W", "15W", "1,15", "25-31"]).map(lambda day: f"{day} * ?"),
    st.sampled_from(["SUN", "MON,FRI", "SUN#4", "SAT#1", "FRIL", "*"]).map(lambda day: f"? * {day}"),
)
# Around the changes of 2026: March and October in Europe, March and November in North America, April and September in Chile.
BEGINS = st.sampled_from(
    [
        dt.datetime(2026, month, day, tzinfo=dt.UTC)
        for month, day in ((3, 7), (3, 27), (4, 3), (9, 4), (10, 23), (10, 30), (12, 29))
    ]
)


@settings(max_examples=30)
@given(minutes=MINUTES, hours=HOURS, days=DAYS, zone=st.sampled_from(ZONES), begin=BEGINS)
def test_a_cron_schedule_is_what_the_clock_on_the_wall_shows(
    minutes: str, hours: str, days: str, zone: str, begin: dt.datetime
) -> None:
    expression = f"cron({minutes} {hours} {days} *)"
    assert moments(expression, zone, begin, 4) == by_the_minute(expression, zone, begin, 4)


def test_an_hour_that_is_skipped_in_spring_is_not_invoked() -> None:
    """https://repost.aws/knowledge-center/eventbridge-scheduler-adjust-dst"""
    begin = dt.datetime(2026, 3, 28, tzinfo=dt.UTC)
    assert [each.isoformat() for each in moments("cron(30 2 * * ? *)", "Europe/Berlin", begin, 3)] == [
        "2026-03-28T01:30:00+00:00",
        "2026-03-30T00:30:00+00:00",
    ]


def test_an_hour_that_comes_twice_in_autumn_is_invoked_once() -> None:
    begin = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)
    assert [each.isoformat() for each in moments("cron(30 2 * * ? *)", "Europe/Berlin", begin, 2)] == [
        "2026-10-25T00:30:00+00:00",
        "2026-10-26T01:30:00+00:00",
    ]


def test_a_rate_counts_time_that_passes_not_what_clocks_show() -> None:
    begin = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    assert moments("rate(1 day)", "Europe/Berlin", begin, 3) == [
        begin + dt.timedelta(days=number) for number in range(3)
    ]
    assert len(moments("rate(15 minutes)", "UTC", begin, 1)) == 96


def test_a_moment_is_invoked_once_where_its_zone_shows_it_and_never_where_it_does_not() -> None:
    begin = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    (once,) = moments("at(2026-03-29T12:00:00)", "Europe/Berlin", begin, 60)
    assert once == dt.datetime(2026, 3, 29, 10, tzinfo=dt.UTC)
    assert moments("at(2026-03-29T02:30:00)", "Europe/Berlin", begin, 60) == []


def test_years_and_months_without_a_day_are_passed_over() -> None:
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert [each.year for each in moments("cron(0 0 29 2 ? *)", "UTC", begin, 3653)] == [2028, 2032]
    assert moments("cron(0 0 31 2 ? *)", "UTC", begin, 400) == []
    assert len(moments("cron(0 0 1 NOV-FEB ? 2026-2027)", "UTC", begin, 3653)) == 8


@pytest.mark.parametrize(
    "expression",
    ["", "cron(0 10 * * *)", "cron(0 10 * * * *)", "cron(0 10 ? * ? *)", "cron(60 10 * * ? *)", "cron(0 10 L-31 * ? *)",
     "cron(0 10 ? * MON#6 *)", "cron(0 10 ? * 3#1,6#3 *)", "cron(0 10 * * ? 2200)", "cron(a b c d ? f)", "cron(0/0 10 * * ? *)",
     "rate(0 minutes)", "rate(1.5 hours)", "rate(5 weeks)", "at(2026-02-30T00:00:00)", "at(tomorrow)", "every day"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        read_schedule(expression)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "\0"])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ScheduleError):
        read_schedule("rate(1 day)", zone)
