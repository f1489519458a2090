"""Simulate a network: the one door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from twinstage.simulate.kernel.events import SimulationError
from twinstage.simulate.network.plan import plan as plan_of
from twinstage.simulate.network.pure.engine import run_pure
from twinstage.simulate.network.results import Results, results

if TYPE_CHECKING:
    from typing import TextIO

    from twinstage.simulate.network.model import Extent, Network
    from twinstage.simulate.network.plan import Plan
    from twinstage.simulate.network.tally import Tally

Loop = Literal["fastest", "pure", "compiled"]


def simulate_network(
    network: Network,
    extent: Extent,
    *,
    seed: int = 0,
    loop: Loop = "fastest",
    trace: TextIO | None = None,
    trace_lines: int | None = None,
) -> Results:
    """What comes of a network. Equal network, extent and seed give equal results, by either loop and on every machine.

    `loop`: "compiled" needs numba (the extra `fast`); "fastest" takes it where it is there and can run the network. `trace`: a stream that gets a JSON line for each step of each
    record, in the order of time, at most `trace_lines` of them; a traced run is a pure one. Raises `InputError` with all that is wrong with the network.
    """
    plan = plan_of(network, extent, seed)
    return results(plan, tally_of(plan, loop, trace, trace_lines), network.products)


def tally_of(plan: Plan, loop: Loop, trace: TextIO | None = None, trace_lines: int | None = None) -> Tally:
    """Run a plan."""
    if trace is not None:
        return run_pure(plan, _Teller(trace, trace_lines).tell)
    if loop == "pure":
        return run_pure(plan)
    try:
        from twinstage.simulate.network.compiled.run import NotCompiledError, run_compiled
    except ImportError:
        if loop == "compiled":
            raise SimulationError("the compiled loop needs numba", hint="pip install 'twinstage[fast]'") from None
        return run_pure(plan)
    try:
        return run_compiled(plan)
    except NotCompiledError:
        if loop == "compiled":
            raise
        return run_pure(plan)


class _Teller:
    """Writes steps as JSON lines: `at_ns`, `record`, `where`, `what`."""

    def __init__(self, stream: TextIO, most: int | None) -> None:
        self._stream, self._left = stream, most

    def tell(self, now: int, record: int, where: str, what: str) -> None:
        if self._left is not None:
            if self._left <= 0:
                return
            self._left -= 1
        line = {"at_ns": now, "record": record, "where": where, "what": what}
        self._stream.write(json.dumps(line, separators=(",", ":")) + "\n")
