"""The one door on the wall clock: it calibrates itself, drives on real connections, and tells how it is getting on. No figure here depends on how fast the machine is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from twinstage.model.load_profile import ClosedLoad, Constant, OpenLoad, Recorded
from twinstage.stress.load.generator import Limits
from twinstage.stress.load.run import run
from twinstage.stress.metrics.load_document import load_document, load_of
from twinstage.stress.metrics.result import merged
from twinstage.world.load.http_target import HttpRequest, HttpTarget
from twinstage.world.load.noop_process import noop_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.stress.metrics.progress import Progress

REQUESTS = (HttpRequest(operation="look"), HttpRequest("POST", body=b"{}", operation="change"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that answers at once."""
    with noop_server() as endpoint:
        assert endpoint is not None
        yield f"http://127.0.0.1:{endpoint.addresses[0][1]}/"


def test_a_load_is_offered_answered_and_told_whole(url: str) -> None:
    told: list[Progress] = []
    load = OpenLoad(Constant(200, 1.2))
    result = run(load, HttpTarget(url, REQUESTS), name="server", progress=told.append)
    assert {name: each.ok for name, each in result.operations.items()} == {"look": 120, "change": 120}
    assert (result.target, result.world, result.model, result.profile) == ("server", "twin", "open", load.document())
    assert [level.offered for level in result.levels] == [240]
    assert result.generator.calibrated_per_s is not None
    assert result.generator.calibrated_per_s > 200
    assert result.generator.lateness.count == 240
    assert load_of(load_document(result)) == result
    assert len(told) >= 2
    assert [each.answered for each in told] == sorted(each.answered for each in told)


def test_generators_share_a_load_that_begins_at_one_moment(url: str) -> None:
    begin_at_s = time.time() + 1
    load = OpenLoad(Recorded(1.0, tuple(range(0, 300_000_000, 3_000_000))))
    shares = [
        run(load, HttpTarget(url, REQUESTS), name="server", index=index, of=2, begin_at_s=begin_at_s)
        for index in range(2)
    ]
    together = merged(shares)
    assert together.offered == together.ok == 100
    assert {name: each.ok for name, each in together.operations.items()} == {"look": 50, "change": 50}
    assert together.generator.generators == 2
    # The second one began after the moment was over: it says how late it was.
    assert shares[1].generator.lateness.least_us > shares[0].generator.lateness.least_us
    assert not shares[1].generator.valid


def test_users_take_turns(url: str) -> None:
    result = run(ClosedLoad(users=3, for_s=0.3), HttpTarget(url), name="server", limits=Limits(connections=3))
    [level] = result.levels
    assert (result.model, level.rate_per_s) == ("closed", None)
    assert result.ok == result.offered > 3


def test_a_target_that_is_not_there_is_a_result_and_no_error() -> None:
    with noop_server() as endpoint:
        assert endpoint is not None
    target = HttpTarget(f"http://127.0.0.1:{endpoint.addresses[0][1]}/")
    result = run(OpenLoad(Constant(50, 0.2)), target, name="gone")
    assert result.operations["GET /"].errors == {"failed:ConnectionRefusedError": 10}
    assert result.failed_share == 1
