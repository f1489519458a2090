"""One seed, one result: by the pure loop, by the compiled loop, traced or not, under any hash seed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulate.queue_networks import one_stage, random_network
from twinstage.simulate.distributions import Exponential
from twinstage.simulate.fitting import Interpolated
from twinstage.simulate.kernel import SimulationError, fresh_stream
from twinstage.simulate.network import Extent, simulate_network
from twinstage.simulate.network.plan import plan
from twinstage.simulate.network.simulate import tally_of

ROOT = Path(__file__).parents[2]


def assert_loops_agree(seeds: range) -> None:
    for seed in seeds:
        network, extent = random_network(fresh_stream(seed, "network"))
        planned = plan(network, extent, seed)
        pure = tally_of(planned, "pure")
        assert pure == tally_of(planned, "pure", io.StringIO()), f"traced, seed {seed}"
        assert pure == tally_of(planned, "compiled"), f"compiled, seed {seed}"


def test_both_loops_count_the_same_of_any_network() -> None:
    pytest.importorskip("numba", reason="the compiled loop needs numba")
    # 121: one partition of which fewer batches are served at a time than there are servers.
    assert_loops_agree(range(60))
    assert_loops_agree(range(121, 122))


@pytest.mark.long
def test_both_loops_count_the_same_of_many_networks() -> None:
    pytest.importorskip("numba", reason="the compiled loop needs numba")
    assert_loops_agree(range(60, 1500))


def test_both_loops_draw_the_same_from_observations_with_lines_between_them() -> None:
    pytest.importorskip("numba", reason="the compiled loop needs numba")
    for observed in ((0.0, 0.2, 0.9, 2.5), (0.3,)):
        planned = plan(one_stage(Exponential(1.0), Interpolated(observed)), Extent(records=300), 3)
        assert tally_of(planned, "pure") == tally_of(planned, "compiled")


class _OfItsOwn(Exponential):
    """A distribution that the compiled loop has not heard of."""

    number = -1


def test_what_the_compiled_loop_cannot_run_the_fastest_runs_in_the_pure_one() -> None:
    pytest.importorskip("numba", reason="the compiled loop needs numba")
    network, extent = one_stage(Exponential(1.0), _OfItsOwn(0.5)), Extent(records=50)
    assert simulate_network(network, extent) == simulate_network(network, extent, loop="pure")
    with pytest.raises(SimulationError, match="draws nothing from _OfItsOwn"):
        simulate_network(network, extent, loop="compiled")


def test_every_record_is_somewhere() -> None:
    for seed in range(60, 100):
        network, _ = random_network(fresh_stream(seed, "network"))
        tally = tally_of(plan(network, Extent(records=200), seed), "pure")
        ended = sum(stage.lost + stage.dead + stage.expired + stage.present for stage in tally.total.stages)
        assert sum(tally.born) == 200 == ended + sum(product.delivered for product in tally.total.products), seed


PROGRAM = """
import sys
from tests.simulate.queue_networks import random_network
from twinstage.simulate.kernel import fresh_stream
from twinstage.simulate.network import simulate_network
network, extent = random_network(fresh_stream(5, "network"))
sys.stdout.write(repr(simulate_network(network, extent, seed=5, loop="pure")))
"""


def test_another_hash_seed_gives_the_same_bytes() -> None:
    said = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'lambdas'}"}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True)
        said.add(done.stdout)
    assert len(said) == 1
    network, extent = random_network(fresh_stream(5, "network"))
    assert said == {repr(simulate_network(network, extent, seed=5, loop="pure")).encode()}
    assert said != {repr(simulate_network(network, extent, seed=6, loop="pure")).encode()}


def test_little_holds_of_what_the_trace_says() -> None:
    """How many are there on average, by adding up the trace, is how many come a second times how long they stay."""
    trace = io.StringIO()
    network = one_stage(Exponential(1.0), Exponential(3.2), servers=4)
    result = simulate_network(network, Extent(records=3000), seed=3, trace=trace)
    there = last = area = queue = queue_area = 0
    came: dict[int, int] = {}
    stays, steps = 0, Counter[str]()
    for line in map(json.loads, trace.getvalue().splitlines()):
        area, queue_area, last = (
            area + there * (line["at_ns"] - last),
            queue_area + queue * (line["at_ns"] - last),
            line["at_ns"],
        )
        there += {"arrives": 1, "leaves": -1}.get(line["what"], 0)
        queue += {"arrives": 1, "begins": -1}.get(line["what"], 0)
        steps[line["what"]] += 1
        if line["what"] == "arrives":
            came[line["record"]] = line["at_ns"]
        elif line["what"] == "leaves":
            stays += line["at_ns"] - came.pop(line["record"])
    assert steps == {"arrives": 3000, "begins": 3000, "leaves": 3000, "delivered": 3000}
    assert (area, there, came) == (stays, 0, {})
    # The measured time ends with the last record's birth, the trace when it has gone.
    assert queue_area / last == pytest.approx(result.stages[0].waiting.mean, rel=0.05)


def test_a_trace_is_bounded_where_it_is_asked_to_be() -> None:
    trace = io.StringIO()
    simulate_network(one_stage(Exponential(1.0), Exponential(0.5)), Extent(records=100), trace=trace, trace_lines=7)
    assert len(trace.getvalue().splitlines()) == 7
