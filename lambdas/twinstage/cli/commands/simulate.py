"""`twinstage simulate`: a state machine's definition executed on virtual time, records through a data flow, or messages through a queue or a stream."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.console import Console
from twinstage.cli.events_simulation import simulate_event_source
from twinstage.cli.flow_simulation import FlowRun, read_definition, refuse_options_of_other_kinds, simulate_flow
from twinstage.cli.options import json_option
from twinstage.cli.simulation_events import event_starts, events_in, pattern_in
from twinstage.cli.simulation_inputs import Arrivals, begin_of, read_inputs, recorded_starts
from twinstage.cli.simulation_told import exit_code, told
from twinstage.model.canonical import digest
from twinstage.simulate.calibration import StatedError, calibrate, fitted_in, stated_error
from twinstage.simulate.file_kind import kind_of
from twinstage.simulate.pipeline.figures import passages
from twinstage.simulate.pipeline.model_file import ModelFile, read_model
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.simulate.pipeline.result import result_document
from twinstage.simulate.pipeline.simulation import DEFAULT_ORIGIN_MS, check_model, replication_seed
from twinstage.simulate.pipeline.simulation import simulate as run
from twinstage.simulate.pipeline.trace import read_trace, trace_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.simulate.network.simulate import Loop
    from twinstage.simulate.pipeline.definition import Machine
    from twinstage.simulate.pipeline.simulation import SimulatedRun
    from twinstage.simulate.pipeline.tasks import PipelineModel
    from twinstage.simulate.pipeline.trace import Visit

_GOES_WITH = {
    "--pattern": "is for --events",
    "--hours": "goes with --arrivals or --schedule",
    "--begin": "is not for --events and --compare: they say themselves when executions begin",
}
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("pipeline", type=_FILE)
@click.option(
    "--input",
    "input_file",
    type=_FILE,
    help="What executions are given: one JSON document, or a .jsonl file whose lines take turns.  [default: {}]",
)
@click.option(
    "--model",
    "model_file",
    type=_FILE,
    help="Service times, errors, limits, items (`twinstage schema pipeline_model`).",
)
@click.option(
    "--trace",
    "trace_file",
    type=_FILE,
    help="A recorded trace to fit service times from (`twinstage schema pipeline_trace`). What --model says goes before.",
)
@click.option(
    "--compare",
    "compare_file",
    type=_FILE,
    help="A recorded trace of another time: its executions are simulated at their own times, and the error is stated.",
)
@click.option("--executions", type=click.IntRange(1), help="So many executions, all at once.  [default: 1]")
@click.option(
    "--arrivals",
    type=click.FloatRange(0, min_open=True),
    metavar="RATE",
    help="Executions begin at random, so many a second, for --hours.",
)
@click.option(
    "--schedule", metavar="EXPRESSION", help="Executions begin by cron(...), rate(...) or at(...), for --hours."
)
@click.option(
    "--events",
    "events_file",
    type=_FILE,
    help="Executions begin by the events of a JSON Lines file, each with a `time`.",
)
@click.option(
    "--pattern",
    "pattern_file",
    type=_FILE,
    help="Of --events, those that this EventBridge pattern matches.  [default: all]",
)
@click.option("--zone", default="UTC", show_default=True, help="The schedule's time zone.")
@click.option(
    "--hours",
    type=click.FloatRange(0, 87_840, min_open=True),
    help="How long executions go on to begin, or messages to come [default: 1], or how long a data flow is simulated.",
)
@click.option(
    "--records",
    type=click.IntRange(1),
    help="Of a data flow: until so many records have come and gone.  [default: 100000]",
)
@click.option(
    "--warm-up",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Of a data flow: means and quantiles are of what comes later.  [default: a tenth of the time]",
)
@click.option(
    "--loop",
    type=click.Choice(["fastest", "pure", "compiled"]),
    default="fastest",
    show_default=True,
    help="Of a data flow: what runs it, to the same bytes; the compiled loop needs the extra `fast`.",
)
@click.option(
    "--begin",
    metavar="TIME",
    help="When virtual time begins, RFC 3339.  [default: 2026-01-01T00:00:00Z, or when --events or --compare begin]",
)
@click.option(
    "--replications",
    type=click.IntRange(1, 10_000),
    default=10,
    show_default=True,
    help="Independent runs, which the intervals come from.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same bytes.")
@click.option(
    "--trace-out",
    type=_FILE,
    help="Write the first replication's trace here; of a data flow, each step of each record, by the pure loop.",
)
@json_option
def simulate(
    pipeline: Path,
    input_file: Path | None,
    model_file: Path | None,
    trace_file: Path | None,
    compare_file: Path | None,
    executions: int | None,
    arrivals: float | None,
    schedule: str | None,
    events_file: Path | None,
    pattern_file: Path | None,
    zone: str,
    hours: float | None,
    records: int | None,
    warm_up: float | None,
    loop: Loop,
    begin: str | None,
    replications: int,
    seed: int,
    trace_out: Path | None,
    as_json: bool,
) -> int:
    """Execute PIPELINE, a Step Functions definition, a data flow, or a queue or stream of events, on virtual time: what it would take, wait and fail, and what holds it up.

    A definition's service times come from a model, from a recorded trace, or both; of a trace the error of the simulation is stated too. A data flow
    (`twinstage schema data_flow`) says itself what comes, what works on it and what its products promise: --records or --hours, --warm-up, --loop and
    --seed are its options; so does a queue or a stream (`twinstage schema event_source`), whose options are --hours, --replications and --seed. Which of these a file is, its content says. Exits 0, 1 where a service level is missed, 3 where it cannot be decided, 2 for input
    that cannot be used.
    """
    console = Console(as_json)
    data = read_definition(pipeline)
    kind = kind_of(data)
    refuse_options_of_other_kinds(kind)
    if kind == "queue or stream":
        return simulate_event_source(
            data, str(pipeline), hours=hours, seed=seed, replications=replications, console=console
        )
    if kind == "data flow":
        return simulate_flow(data, str(pipeline), FlowRun(records, hours, warm_up, seed, loop, trace_out), console)
    if sum(given is not None for given in (executions, arrivals, schedule, events_file, compare_file)) > 1:
        raise click.UsageError(
            "--executions, --arrivals, --schedule, --events and --compare each say when executions begin: give one"
        )
    for option, given, needs in (
        ("--pattern", pattern_file, events_file),
        ("--hours", hours, arrivals or schedule),
        ("--begin", begin, not (events_file or compare_file)),
    ):
        if given is not None and not needs:
            raise click.UsageError(f"{option} {_GOES_WITH[option]}")
    file = read_model(model_file) if model_file else ModelFile()
    machine = machine_of(data, file.values, str(pipeline))
    inputs = read_inputs(input_file)
    recorded = read_trace(trace_file) if trace_file else ()
    compared = read_trace(compare_file) if compare_file else ()
    model = _model(file, recorded)
    check_model(machine, model, str(pipeline))
    origin = begin_of(begin) if begin else DEFAULT_ORIGIN_MS
    events = events_in(events_file, pattern_in(pattern_file)) if events_file else []
    planned = Arrivals(executions, arrivals, schedule, zone, hours or 1.0)
    runs = []
    for number in range(replications):
        own_seed = replication_seed(seed, number)
        if compared:
            origin, starts = recorded_starts(compared, inputs)
        elif events:
            origin, starts = event_starts(events, file.delivery, own_seed)
        else:
            starts = planned.starts(inputs, own_seed, origin)
        runs.append(run(machine, starts, model, seed=own_seed, origin_ms=origin))
    if arrivals is not None and not any(one.executions for one in runs):
        raise click.UsageError(f"nobody arrives in {planned.hours:g} hours: give more --arrivals, or more --hours")
    stated = _stated(machine, file, recorded, compared, runs, inputs, seed)
    document = result_document(
        runs, model, pipeline=_digest(machine), stated=stated, service_levels=file.service_levels
    )
    if trace_out:
        trace_out.write_bytes(trace_lines(runs[0].visits))
    console.say(told(document))
    console.data(document)
    return exit_code([level["met"] for level in document["service_levels"]])


def _model(file: ModelFile, recorded: Sequence[Visit]) -> PipelineModel:
    """What is fitted, and over it what the model file says."""
    if not recorded:
        return file.model
    model = fitted_in(recorded, file.model)
    # What is said of a resource is said of every state that calls it.
    overruled = {visit.state for visit in recorded if visit.resource in file.model.services}
    kept = {name: service for name, service in model.services.items() if name not in overruled}
    return replace(
        model,
        services={**kept, **file.model.services},
        overheads={**model.overheads, **file.model.overheads},
    )


def _stated(
    machine: Machine,
    file: ModelFile,
    recorded: Sequence[Visit],
    compared: Sequence[Visit],
    runs: Sequence[SimulatedRun],
    inputs: Sequence[Any],
    seed: int,
) -> StatedError:
    if compared:
        return stated_error(compared, [each.visits for each in runs], seed=seed)
    if recorded:
        given = {passage.execution: inputs[at % len(inputs)] for at, passage in enumerate(passages(recorded))}
        return calibrate(machine, recorded, given, seed=seed, surroundings=file.model).stated
    return StatedError(
        (), 0, len(runs), "nothing was recorded that it could be compared with; give --trace or --compare"
    )


def _digest(machine: Machine) -> str:
    states = [[state.pointer, dict(state.fields)] for state in machine.every_state()]
    return digest([machine.start_at, machine.timeout_s, states])
