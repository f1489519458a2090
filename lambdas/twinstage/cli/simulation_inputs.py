"""What `twinstage simulate` is given: inputs of executions, when they begin, and the moment at which virtual time does."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document
from twinstage.simulate.distributions import Exponential
from twinstage.simulate.kernel import in_seconds
from twinstage.simulate.kernel.streams import fresh_stream
from twinstage.simulate.pipeline.figures import passages
from twinstage.simulate.pipeline.simulation import Start
from twinstage.simulate.schedule import read_schedule
from twinstage.simulate.schedule_cron import FIRST_YEAR, LAST_YEAR, ScheduleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twinstage.simulate.pipeline.trace import Visit

MOST_STARTS: Final = 1_000_000
_LARGEST_BYTES: Final = 64 << 20


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file, read once: it may be a pipe. Raises InputError for one that cannot be read or has more than `most`."""
    try:
        with path.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as error:
        hint = "give a file that can be read"
        raise InputError([InputProblem(str(path), 0, "", f"cannot be read: {error.strerror}", hint)]) from error
    if len(data) > most:
        raise InputError([InputProblem(str(path), 0, "", f"more than {most} bytes, which is all that is read")])
    return data


def read_inputs(path: Path | None) -> list[Any]:
    """The inputs of executions, which take turns: one JSON document, or those of a JSON Lines file (`.jsonl`); an empty object where nothing is given."""
    if path is None:
        return [{}]
    data = read_bounded(path, _LARGEST_BYTES)
    lines = list(enumerate(data.splitlines(), 1)) if path.suffix == ".jsonl" else [(1, data)]
    problems: list[InputProblem] = []
    inputs = []
    for number, line in lines:
        if path.suffix == ".jsonl" and not line.strip():
            continue
        try:
            inputs.append(json_document.record(line))
        except json_document.MALFORMED as error:
            found = json_document.not_json(
                str(path), error, "an execution's input is JSON", line.decode(errors="replace")
            )
            place = number if path.suffix == ".jsonl" else found.line
            problems.append(InputProblem(str(path), place, found.pointer, found.message, found.hint))
    if not problems and not inputs:
        problems.append(InputProblem(str(path), 0, "", "holds no input", "give one JSON document a line"))
    if problems:
        raise InputError(problems)
    return inputs


def begin_of(text: str) -> float:
    """A moment (RFC 3339), in ms since the Unix epoch. Raises click's error for anything else."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no RFC 3339 time as 2026-03-29T00:00:00Z", param_hint="--begin"
        ) from error
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no offset: end it with Z for UTC", param_hint="--begin")
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise click.BadParameter(f"{text!r} is not between {FIRST_YEAR} and {LAST_YEAR}", param_hint="--begin")
    return moment.timestamp() * 1000


@dataclass(frozen=True)
class Arrivals:
    """When executions begin: `at_once` of them, or at `rate` a second for `hours` (a Poisson process), or by a schedule in a zone for `hours`."""

    at_once: int | None
    rate: float | None
    schedule: str | None
    zone: str
    hours: float

    def starts(self, inputs: Sequence[Any], seed: int, origin_ms: float) -> list[Start]:
        """The executions of one replication, in order."""
        if self.schedule is not None:
            moments = self._scheduled(origin_ms)
        elif self.rate is not None:
            moments = self._poisson(seed)
        else:
            moments = [0.0] * (self.at_once or 1)
        if len(moments) > MOST_STARTS:
            raise click.UsageError(f"{len(moments)} executions: at most {MOST_STARTS} are simulated at once")
        return [Start(at, f"execution-{number}", inputs[number % len(inputs)]) for number, at in enumerate(moments)]

    def _scheduled(self, origin_ms: float) -> list[float]:
        begin = dt.datetime.fromtimestamp(origin_ms / 1000, dt.UTC)
        try:
            schedule = read_schedule(self.schedule or "", self.zone)
        except ScheduleError as error:
            raise click.BadParameter(str(error), param_hint="--schedule") from error
        found = schedule.occurrences(begin, begin + dt.timedelta(hours=self.hours))
        moments = []
        for moment in found:
            moments.append((moment - begin).total_seconds())
            if len(moments) > MOST_STARTS:
                break
        if not moments:
            raise click.UsageError(f"the schedule has no invocation in {self.hours:g} hours from its begin")
        return moments

    def _poisson(self, seed: int) -> list[float]:
        gaps = Exponential(1 / (self.rate or 1)).durations(fresh_stream(seed, "arrivals"))
        moments: list[float] = []
        now, end = 0, int(self.hours * 3600 * 1_000_000_000)
        while (now := now + next(gaps)) < end and len(moments) <= MOST_STARTS:
            moments.append(in_seconds(now))
        return moments


def recorded_starts(visits: Sequence[Visit], inputs: Sequence[Any]) -> tuple[float, list[Start]]:
    """The executions of a trace, at their own times: the trace's begin in ms, and the starts."""
    passed = passages(visits)
    if not passed:
        raise click.UsageError(
            "the trace to compare with has no execution: every visit in it is inside a map or parallel"
        )
    begin = passed[0].started_ms
    return begin, [
        Start((each.started_ms - begin) / 1000, each.execution, inputs[number % len(inputs)])
        for number, each in enumerate(passed)
    ]
