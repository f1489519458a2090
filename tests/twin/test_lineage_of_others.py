"""What producers of lineage write beside the norm: fractions of a second of any length, and mistakes that are told once and in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twinstage.model.errors import InputError
from twinstage.model.reading.yaml_document import located_yaml
from twinstage.twin.lineage.reading import lineage_of

JOB = {"namespace": "shop", "name": "load"}


def refused(event: dict[str, Any] | str) -> list[tuple[str, str]]:
    text = event if isinstance(event, str) else json.dumps(event)
    return [(problem.pointer, problem.message) for problem in lineage_of(text.encode(), "f").refused]


@pytest.mark.parametrize("digits", [9, 10, 13, 30])
def test_what_is_told_beyond_a_nanosecond_is_cut(digits: int) -> None:
    fraction = "123456789012345678901234567890"[:digits]
    (event,) = lineage_of(json.dumps({"eventTime": f"2026-11-22T01:02:03.{fraction}", "job": JOB}).encode(), "f").events
    assert event.at is not None
    assert (event.at.nanoseconds, event.at.zoned) == (123_456_789, False)


@pytest.mark.parametrize("said", ["2026-11-22", "2026-11-22T01:02:03", "2026-11-22T01:02:03.5+01:00"])
def test_a_nominal_time_is_a_day_or_a_moment(said: str) -> None:
    facets = {"nominalTime": {"nominalStartTime": said, "nominalEndTime": None}}
    assert refused({"job": JOB, "run": {"runId": "r", "facets": facets}}) == []


@pytest.mark.parametrize("said", ["{{ is_datetime(result) }}", "yesterday", "2026-11-22T", ""])
def test_a_nominal_time_that_is_none_is_told_once(said: str) -> None:
    facets = {"nominalTime": {"nominalStartTime": said}}
    ((place, message),) = refused({"job": JOB, "run": {"runId": "r", "facets": facets}})
    assert place == "/run/facets/nominalTime/nominalStartTime"
    assert "a day, or a date and time of ISO 8601" in message


def test_a_number_that_nobody_reads_is_told_in_words() -> None:
    number = "9" * 5000
    ((_, message),) = refused(f'{{"job": {{"name": "load"}}, "run": {{"facets": {{"rows": {number}}}}}}}')
    assert message == "not JSON: a number of more than 4300 digits"
    with pytest.raises(InputError, match="a number of more than 4300 digits"):
        located_yaml(f"k: {number}\n", "f")
