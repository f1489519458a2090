"""Faults 11, 12 and 15: lines of a log are damaged or told twice, or its gzip data breaks off; wherever a seed says."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING

import pytest

from twinstage.model.errors import InputError
from twinstage.replay.intake import read_events

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(20)
NUMBER = 40
DAMAGE = (
    lambda line: line[: len(line) // 2],
    lambda line: line + b"}",
    lambda line: b"\xff" + line,
    lambda line: line.replace(b'"id"', b'"id": "again", "id"'),
    lambda line: line.replace(b'"event": {}', b'"event": NaN'),
    lambda line: line.replace(b"lambda_invoke", b"reboot"),
)


def log() -> list[bytes]:
    return [
        json.dumps(
            {
                "id": f"e{at:02}",
                "timestamp": f"2026-01-05T10:00:{at:02d}Z",
                "type": "lambda_invoke",
                "payload": {"function": "publish", "event": {}},
            }
        ).encode()
        for at in range(NUMBER)
    ]


def written(file: Path, lines: list[bytes]) -> Path:
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    return file


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_lines_are_quarantined_with_their_numbers_and_more_than_is_tolerated_is_bad_input(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    lines, damaged = log(), sorted(rng.sample(range(NUMBER), rng.randrange(1, 9)))
    for at in damaged:
        lines[at] = rng.choice(DAMAGE)(lines[at])
    file = written(tmp_path / "events.jsonl", lines)

    intake = read_events(file, max_quarantined=len(damaged))

    assert [problem.line for problem in intake.quarantined] == [at + 1 for at in damaged]
    assert [event.id for event in intake.events] == [f"e{at:02}" for at in range(NUMBER) if at not in damaged]
    assert (intake.duplicates, intake.ignored) == (0, 0)
    with pytest.raises(InputError) as refused:
        read_events(file, max_quarantined=len(damaged) - 1)
    assert [problem.line for problem in refused.value.problems] == [at + 1 for at in damaged]


@pytest.mark.parametrize("seed", SEEDS)
def test_events_that_are_told_again_are_dropped_and_counted_wherever_they_stand(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    once = read_events(written(tmp_path / "once.jsonl", log()))
    again = rng.choices(log(), k=rng.randrange(1, 2 * NUMBER))
    told = [*log(), *again]
    rng.shuffle(told)

    intake = read_events(written(tmp_path / "again.jsonl", told))

    assert intake.duplicates == len(again)
    assert intake.digest() == once.digest()


@pytest.mark.parametrize("seed", SEEDS)
def test_gzip_data_that_breaks_off_is_refused_with_the_offset(tmp_path: Path, seed: int) -> None:
    whole = gzip.compress(b"".join(line + b"\n" for line in log()), mtime=0)
    # A file of gzip data has ten bytes before the first of its own: shorter ones are none.
    cut = random.Random(seed).randrange(10, len(whole))  # noqa: S311 faults that a seed repeats
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(whole[:cut])

    with pytest.raises(InputError) as refused:
        read_events(file)

    assert f"the gzip data ends or breaks at offset {cut}" in refused.value.problems[-1].message
