"""`twinstage simulate` of a data flow: its records through queues, to what its products promise."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from twinstage.cli.flow_told import told
from twinstage.cli.simulation_inputs import read_bounded
from twinstage.cli.simulation_told import exit_code
from twinstage.model.errors import InputError, InputProblem
from twinstage.simulate.network import Extent, simulate_network
from twinstage.simulate.network.check import LONGEST_S
from twinstage.simulate.network.flow_file import flow_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from twinstage.cli.console import Console
    from twinstage.simulate.file_kind import Kind
    from twinstage.simulate.network import Network
    from twinstage.simulate.network.simulate import Loop

# All that AWS takes of a state machine; a data flow needs no more.
LARGEST_BYTES: Final = 1 << 20
OF_ALL: Final = frozenset({"pipeline", "hours", "seed", "as_json"})
# Options of some kinds of file only, by the name of their parameter; a state machine has all that are not named.
OF_FLOWS: Final = frozenset({"records", "warm_up", "loop"})
OF_KIND: Final[dict[Kind, frozenset[str]]] = {
    "data flow": OF_FLOWS | {"trace_out"},
    "queue or stream": frozenset({"replications"}),
}
_SHORTER: Final = "give fewer --records, or shorter durations"
_RECORDS: Final = 100_000
_MOST_RECORDS: Final = 100_000_000
# Of the time, where nothing is said: the network is empty when it begins.
_WARM_UP: Final = 0.1


@dataclass(frozen=True)
class FlowRun:
    """What is asked for: until so many records, or for so many hours; None where nothing is said."""

    records: int | None
    hours: float | None
    warm_up_s: float | None
    seed: int
    loop: Loop
    trace_out: Path | None


def read_definition(path: Path) -> bytes:
    """The bytes of a state machine or a data flow, read once: it may be a pipe. Raises InputError."""
    return read_bounded(path, LARGEST_BYTES)


def refuse_options_of_other_kinds(kind: Kind) -> None:
    """Raises click's error where the command line gives options that say nothing of a file of this kind."""
    context = click.get_current_context()
    given = {
        parameter.name: parameter.opts[0]
        for parameter in context.command.params
        if parameter.name and context.get_parameter_source(parameter.name) is click.core.ParameterSource.COMMANDLINE
    }
    own = OF_KIND.get(kind)
    strange = [
        option
        for name, option in given.items()
        if name not in OF_ALL and (name in OF_FLOWS if own is None else name not in own)
    ]
    if strange:
        raise click.UsageError(f"{', '.join(strange)}: not for a {kind}, which this file is")


def simulate_flow(data: bytes, file: str, asked: FlowRun, console: Console) -> int:
    """Simulate and tell; the command's exit code. Raises InputError for a file that cannot be used."""
    network = flow_of(data, file)
    extent = _extent(network, asked)
    with _trace(asked.trace_out) as trace:
        results = simulate_network(network, extent, seed=asked.seed, loop=asked.loop, trace=trace)
    if results.ended_s >= LONGEST_S:
        raise InputError(
            [InputProblem(file, 0, "", f"it takes longer than {LONGEST_S:.0f} s of virtual time", _SHORTER)]
        )
    document: dict[str, Any] = results.document()
    console.say(told(document, network))
    console.data(document)
    return exit_code([level.met for level in results.levels])


def _extent(network: Network, asked: FlowRun) -> Extent:
    """How much is simulated. Raises click's error for more than is."""
    if asked.records and asked.hours:
        raise click.UsageError("--records and --hours each say when it ends: give one")
    rate = sum(1 / source.between.mean_s for source in network.sources)
    duration = asked.hours * 3600 if asked.hours else None
    records = None if duration else asked.records or _RECORDS
    expected = records or rate * (duration or 0)
    if expected > _MOST_RECORDS:
        raise click.UsageError(f"{expected:.3g} records: at most {_MOST_RECORDS} are simulated at once")
    length = duration or expected / rate
    warm_up = length * _WARM_UP if asked.warm_up_s is None else asked.warm_up_s
    if warm_up >= length:
        raise click.UsageError(f"--warm-up {warm_up:g}: everything is over after about {length:g} s")
    return Extent(records, duration, warm_up)


@contextlib.contextmanager
def _trace(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        opened = path.open("w")
    except OSError as error:
        hint = "give a file that can be written"
        raise InputError([InputProblem(str(path), 0, "", f"cannot be written: {error.strerror}", hint)]) from error
    with opened:
        yield opened
