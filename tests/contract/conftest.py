"""The implementations that every specification test runs on, and the deviations from it that are known.

memory          the memory world, behind boto3
engine          the embedded AWS, behind HTTP
dynamodb-local  Amazon's DynamoDB Local, behind HTTP: a second, independent DynamoDB
"""

from __future__ import annotations

import itertools
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.contract import deviations, local_peer
from tests.contract.dynamo import Dynamo
from tests.contract.wordings import LOCAL
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.conftest import EngineSlot
    from twinstage.local.engine import Engine

IMPLEMENTATIONS = ("memory", "engine", LOCAL)
ONCE = Config(retries={"total_max_attempts": 1}, proxies={})
START = 1_700_000_000.0
_absent: dict[str, str] = {}


@pytest.fixture(scope="session")
def peer() -> Iterator[local_peer.LocalPeer]:
    """DynamoDB Local. Skipped, and said at the end of the run, where it cannot be had."""
    missing = local_peer.why_missing()
    if missing:
        _absent["DynamoDB Local"] = missing
        pytest.skip(f"no second opinion from DynamoDB Local: {missing}")
    with local_peer.running() as started:
        yield started


@pytest.fixture(scope="session")
def engine(engine_slot: EngineSlot) -> Iterator[Engine]:
    """The embedded AWS; no other test of this process has one while these run."""
    with engine_slot.take() as running:
        yield running


@pytest.fixture(scope="module", params=IMPLEMENTATIONS)
def dynamo(request: pytest.FixtureRequest) -> Iterator[Dynamo]:
    """One implementation of DynamoDB."""
    with ExitStack() as opened:
        if request.param == "memory":
            yield opened.enter_context(_memory())
        elif request.param == "engine":
            running: Engine = request.getfixturevalue("engine")
            session = running.session(next(iter(running.accounts)))
            yield _dynamo("engine", session, opened)
        else:
            session = boto3.Session("local", "local", region_name="us-east-1")
            local = _dynamo(LOCAL, session, opened, endpoint_url=request.getfixturevalue("peer").endpoint)
            for client in (local.dynamodb, local.streams):
                client.meta.events.register("after-call", _sign_errors)
            yield local


@pytest.fixture(scope="module", params=("memory", "engine"))
def route53(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Route 53 of one implementation: a boto3 client."""
    with ExitStack() as opened:
        if request.param == "memory":
            opened.enter_context(answering(_world()))
            yield opened.enter_context(closing(boto3.client("route53", config=ONCE)))
        else:
            running: Engine = request.getfixturevalue("engine")
            session = running.session(next(iter(running.accounts)))
            yield opened.enter_context(closing(session.client("route53", config=ONCE)))


def _world() -> MemoryAws:
    ticks = itertools.count()
    return MemoryAws(clock=lambda: START + next(ticks) / 1000)


@contextmanager
def _memory() -> Iterator[Dynamo]:
    with ExitStack() as opened, answering(_world()):
        yield _dynamo("memory", boto3.Session(), opened)


def _dynamo(name: str, session: boto3.Session, opened: ExitStack, **options: Any) -> Dynamo:
    services = ("dynamodb", "dynamodbstreams")
    dynamodb, streams = (
        opened.enter_context(closing(session.client(service, config=ONCE, **options))) for service in services
    )
    return Dynamo(name, dynamodb, streams)


def _sign_errors(parsed: dict[str, Any], **_: Any) -> None:
    if "Error" in parsed:
        parsed["Error"][deviations.GIVEN_BY] = LOCAL


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Hold the peer to its deviations: they must happen, in the way that is written, and every wording where it is said to be."""
    parameters = getattr(pyfuncitem, "callspec", None)
    if parameters is None or parameters.params.get("dynamo") != LOCAL:
        return (yield)
    test = f"{pyfuncitem.path.name}::{pyfuncitem.name}"
    deviations.SEEN.clear()
    try:
        result = yield
    except BaseException as error:
        why = deviations.excused(test, str(error))
        if why is not None:
            pytest.xfail(why)
        raise
    gone = deviations.gone(test)
    assert not gone, f"{test}: the peer does as AWS does: {gone}"
    return result


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was not compared, so that a green run without it is not taken for more."""
    for name, why in _absent.items():
        terminalreporter.write_line(f"tests/contract: NOT COMPARED with {name}: {why}", yellow=True)
