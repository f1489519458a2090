"""Fault 14: late events. What the snapshot holds already is counted and not done again."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.errors import InputError
from twinstage.replay.intake import read_events
from twinstage.replay.late import without_late

if TYPE_CHECKING:
    from pathlib import Path

CAPTURED = "2026-01-05T10:00:30Z"


def events(number: int) -> list[dict[str, Any]]:
    payload = {"function": "publish", "event": {}}
    return [
        {
            "id": f"e{at}",
            "timestamp": f"2026-01-05T10:{at // 60:02d}:{at % 60:02d}Z",
            "type": "lambda_invoke",
            "payload": payload,
        }
        for at in range(number)
    ]


def written(folder: Path, lines: list[dict[str, Any]]) -> Path:
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.mark.parametrize("seed", range(20))
def test_events_from_before_the_snapshot_are_counted_and_left_out_wherever_they_stand(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 an order that a seed repeats
    told = events(60)
    rng.shuffle(told)

    intake = without_late(read_events(written(tmp_path, told)), CAPTURED)

    assert intake.late == 30
    assert [event.id for event in intake.events] == [f"e{at}" for at in range(30, 60)]
    assert [event.seq for event in intake.events] == list(range(30))


def test_where_nothing_is_late_the_intake_is_the_same(tmp_path: Path) -> None:
    intake = read_events(written(tmp_path, events(3)))

    assert without_late(intake, "2026-01-05T10:00:00Z") is intake


def test_a_fraction_of_a_second_decides(tmp_path: Path) -> None:
    told = [
        {**event, "timestamp": f"2026-01-05T10:00:30.{digits}Z"}
        for event, digits in zip(events(3), ("499", "5", "51"), strict=True)
    ]

    intake = without_late(read_events(written(tmp_path, told)), "2026-01-05T10:00:30.50Z")

    assert [event.id for event in intake.events] == ["e1", "e2"]


def test_a_log_that_is_late_as_a_whole_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="all 5 events are from before 2026-01-06"):
        without_late(read_events(written(tmp_path, events(5))), "2026-01-06T00:00:00Z")
