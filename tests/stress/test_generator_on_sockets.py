"""What a generator measures on real connections, held against what a server in another process knows that it did. Depends on timing between processes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twinstage.model.load_profile import ClosedLoad, Constant, OpenLoad
from twinstage.stress.load.generator import Limits
from twinstage.stress.load.run import run
from twinstage.world.load.http_target import HttpTarget
from twinstage.world.load.noop_process import noop_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.load_profile import Load
    from twinstage.stress.metrics.histogram import Histogram
    from twinstage.stress.metrics.operation import OperationResult
    from twinstage.stress.metrics.result import LoadResult

PROGRAM = Path(__file__).with_name("synthetic_server.py")
QUANTILES = (0.5, 0.9, 0.99)
NO_STALL = 1e9


@dataclass
class Server:
    url: str
    held_us: list[int] = field(default_factory=list)
    came_ns: list[int] = field(default_factory=list)


@contextmanager
def synthetic(median_s: float, sigma: float, *, seed: int = 1, stall_at_s: float = NO_STALL) -> Iterator[Server]:
    """The server, and after the block what it knows."""
    asked = {"seed": seed, "median_s": median_s, "sigma": sigma, "stall_at_s": stall_at_s, "stall_s": 1.0}
    command = [sys.executable, str(PROGRAM), json.dumps(asked)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        server = Server(f"http://127.0.0.1:{process.stdout.readline().strip()}/")
        try:
            yield server
        finally:
            process.stdin.close()
            told = json.loads(process.stdout.read())
            server.held_us = sorted(held // 1000 for held in told["held_ns"])
            server.came_ns = told["came_ns"]


def driven(load: Load, url: str) -> tuple[LoadResult, OperationResult]:
    result = run(load, HttpTarget(url), name="synthetic", limits=Limits(grace_s=2))
    return result, result.operations["GET /"]


def exact(values: Sequence[int], share: float) -> int:
    """The least value that so large a share of them does not exceed."""
    return values[math.ceil(len(values) * share) - 1]


def off(measured: Histogram, truth: Sequence[int]) -> dict[float, float]:
    return {share: measured.quantile(share) / exact(truth, share) - 1 for share in QUANTILES}


@pytest.mark.long
def test_percentiles_are_the_servers_own_within_one_percent_and_the_rate_is_held_within_one() -> None:
    rate_per_s, for_s = 300, 15
    with synthetic(0.1, 0.5) as server:
        result, found = driven(OpenLoad(Constant(rate_per_s, for_s)), server.url)
    assert result.generator.valid, result.generator.reasons
    assert found.ok == len(server.held_us) == rate_per_s * for_s
    assert all(abs(error) < 0.01 for error in off(found.service, server.held_us).values())
    # What this machine's other work made of it is in the latency, and told.
    late_us = found.lateness.quantile(0.99)
    for share, error in off(found.latency, server.held_us).items():
        assert -0.01 < error < 0.01 + late_us / exact(server.held_us, share)
    held_per_s = (len(server.came_ns) - 1) * 1e9 / (server.came_ns[-1] - server.came_ns[0])
    assert held_per_s == pytest.approx(rate_per_s, rel=0.01)
    assert result.levels[0].offered_per_s == rate_per_s


@pytest.mark.long
def test_a_stall_of_one_second_shows_in_the_tail_as_long_as_it_was() -> None:
    rate_per_s, for_s = 200, 10
    with synthetic(0.005, 0.1, stall_at_s=4) as server:
        result, found = driven(OpenLoad(Constant(rate_per_s, for_s)), server.url)
    assert result.generator.valid, result.generator.reasons
    # One in ten was meant to begin within the stall, and waited for what was left of it: half of those longer than half a second.
    share = 1 / for_s / 2
    assert found.latency.quantile_s(1 - share - 0.005) < 0.5 < found.latency.quantile_s(1 - share + 0.005)
    assert found.latency.quantile_s(0.99) == pytest.approx(0.9, abs=0.03)
    # Whoever asks again only after the answer sees the stall once a user: how everything else is measured against it.
    with synthetic(0.005, 0.1, stall_at_s=4) as server:
        _, closed = driven(ClosedLoad(users=2, for_s=for_s, think_s=0.005), server.url)
    assert closed.latency.quantile_s(0.99) < 0.1


@pytest.mark.long
def test_a_generator_that_is_asked_for_more_than_it_can_send_says_so() -> None:
    with noop_server() as endpoint:
        assert endpoint is not None
        url = f"http://127.0.0.1:{endpoint.addresses[0][1]}/"
        result, found = driven(OpenLoad(Constant(400_000, 2)), url)
    assert not result.generator.valid
    assert result.generator.calibrated_per_s is not None
    assert result.generator.calibrated_per_s < 400_000
    assert found.intended == 800_000 == found.sent + found.unsent
    assert found.sent == found.answered + found.unanswered
