"""Fault 28 where events are replayed and production is captured: an endpoint goes away at any call. A clean failure; what is begun again comes to the same digest."""

from __future__ import annotations

import functools
import itertools
import os
import random
import select
import signal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from tests.state.memory_zones import change, rr
from tests.state.production_parts import CAPTURED, SCHEMA, MemoryFunctions, item
from twinstage.local import daemon
from twinstage.local.target import Server
from twinstage.model.errors import AwsError
from twinstage.model.event import Event
from twinstage.model.item import to_client
from twinstage.model.item_lines import canonical_line
from twinstage.model.twin import Twin
from twinstage.model.zone_map import ZoneMap
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.replay.shard import ShardReplay, outcomes_of
from twinstage.state.capture import Production, Selection, capture
from twinstage.state.snapshot import snapshot_ids
from twinstage.world.aws.clients import config
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.aws.table_reader import TableReader
from twinstage.world.aws.zones import Route53Zones, bare_id
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ARM, SHARD, LEDGER = "baseline", "all", "twin-r1-ledger"
SEEDS = range(20)


def log(number: int = 24) -> list[Event]:
    """Record sets that are created, changed and deleted: an event that was left out or done twice shows in the end."""
    found = []
    for at in range(number):
        record = rr(f"n{at // 3}.ex.test.", "A", f"192.0.2.{at % 3 if at % 3 < 2 else 1}")
        changes = [change(("CREATE", "UPSERT", "DELETE" if at % 2 else "UPSERT")[at % 3], record)]
        payload = {"zone_id": "ZPRODUCTION", "changes": changes}
        found.append(Event(f"e{at}", f"2026-01-05T10:00:{at:02d}Z", "dns_update", payload, seq=at))
    return found


def furnish(clients: Any) -> str:
    """What a replay finds in its account: a zone, a table with items, the ledger. The zone's id."""
    zone = clients("route53").create_hosted_zone(Name="ex.test.", CallerReference="1")["HostedZone"]["Id"]
    clients("dynamodb").create_table(TableName="plans", **SCHEMA)
    for number in range(3):
        clients("dynamodb").put_item(TableName="plans", Item=to_client(item("plan", str(number))))
    key = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    clients("dynamodb").create_table(TableName=LEDGER, BillingMode="PAY_PER_REQUEST", **key)
    return bare_id(zone)


def replay(clients: Any, zone: str, folder: Path) -> list[str]:
    """One invocation of the shard's replay, or the next; what the events came to."""
    twin = Twin("r1", (ARM,), (ZoneMap("ex.test.", "ZPRODUCTION", zone),))
    ticks = itertools.count()
    world = ArmWorld(twin, ARM, Route53Zones(clients("route53")), MemoryFunctions(), lambda: next(ticks) / 8)  # type: ignore[arg-type]  # no event invokes one
    results = DirectoryStore(folder)
    shard = ShardReplay(
        f"{ARM}/{SHARD}",
        log(),
        Executor(world, tables=[], functions=[]),
        DynamoLedger(clients("dynamodb"), LEDGER),
        results,
        lambda: True,
    )
    assert shard.run().done
    return [outcome["outcome"] for outcome in outcomes_of(results, ARM)]


def captured(clients: Any, folder: Path) -> str:
    """A capture of everything; its digest."""
    source = Production(Route53Zones(clients("route53")), TableReader(clients("dynamodb")), MemoryFunctions())
    selection = Selection(("ex.test.",), ("plans",))
    return capture(source, selection, DirectoryStore(folder), captured=CAPTURED, tool="tests").digest


class Leaving(MemoryAws):
    """An account whose endpoint is gone from its `at`-th call on, before or after that call took effect, until it is `back`."""

    calls = 0
    at: int | None = None
    after = False

    def goes(self, at: int, *, after: bool) -> None:
        self.calls, self.at, self.after = 0, at, after

    def back(self) -> None:
        self.calls, self.at = 0, None

    def answer(self, *request: Any, **more: Any) -> Any:
        self.calls += 1
        if self.at is None or self.calls < self.at:
            return super().answer(*request, **more)
        if self.after and self.calls == self.at:
            super().answer(*request, **more)
            raise ConnectionClosedError(endpoint_url="https://aws.test/")
        raise EndpointConnectionError(endpoint_url="https://aws.test/")


@pytest.fixture
def aws() -> Iterator[Leaving]:
    made = Leaving(clock=lambda: 1_792_065_600.0)
    with answering(made):
        yield made


@functools.cache
def clients(service: str) -> Any:
    """To be called while a memory world answers. A client takes longer to make than a replay, and is answered by whichever world is there."""
    return boto3.client(service)


def counted(aws: Leaving, do: Callable[[], Any]) -> tuple[Any, int]:
    """What it gives while nothing goes away, and of how many calls that takes; the account is left as it was."""
    before = aws.state
    aws.back()
    done, calls = do(), aws.calls
    aws.restore(before)
    return done, calls


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replay_whose_endpoint_goes_fails_cleanly_executes_nothing_twice_and_begun_again_comes_to_the_same_digest(
    aws: Leaving, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    zone, start = furnish(clients), aws.state

    def undisturbed() -> tuple[list[str], str]:
        return replay(clients, zone, tmp_path / "undisturbed"), captured(clients, tmp_path / "store")

    (outcomes, digest), _ = counted(aws, undisturbed)
    _, calls = counted(aws, lambda: replay(clients, zone, tmp_path / "counted"))

    aws.goes(rng.randrange(1, calls + 1), after=rng.random() < 0.5)
    with pytest.raises(AwsError) as failed:
        replay(clients, zone, tmp_path / "interrupted")
    assert (failed.value.exit_code, failed.value.retryable) == (5, True)

    aws.back()
    resumed = replay(clients, zone, tmp_path / "interrupted")
    assert resumed.count("unknown") <= 1
    assert len(resumed) == len(outcomes)
    # What nobody knows the outcome of may or may not have happened; it is not done again, and what follows from it may differ.
    if "unknown" not in resumed:
        assert (resumed, captured(clients, tmp_path / "store")) == (outcomes, digest)

    aws.restore(start)
    assert replay(clients, zone, tmp_path / "anew") == outcomes
    assert captured(clients, tmp_path / "store") == digest


@pytest.mark.parametrize("seed", SEEDS)
def test_a_capture_whose_endpoint_goes_fails_cleanly_leaves_no_snapshot_and_begun_again_has_the_same_digest(
    aws: Leaving, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    furnish(clients)
    digest, calls = counted(aws, lambda: captured(clients, tmp_path / "undisturbed"))

    aws.goes(rng.randrange(1, calls + 1), after=rng.random() < 0.5)
    with pytest.raises(AwsError) as failed:
        captured(clients, tmp_path / "store")
    assert (failed.value.exit_code, failed.value.retryable) == (5, True)
    assert not list(snapshot_ids(DirectoryStore(tmp_path / "store")))

    aws.back()
    assert captured(clients, tmp_path / "store") == digest


class Killing:
    """Clients of an embedded AWS that runs as a process of its own, and is killed as the `at`-th request from now on is about to be sent to it."""

    def __init__(self, home: Path) -> None:
        self.running, self.left = daemon.start(home), -1

    def dies(self, at: int) -> None:
        self.left = at

    def __call__(self, service: str) -> Any:
        account = Server(self.running).accounts.twin
        session: Any = boto3.Session(*self.running.keys[account], region_name=self.running.region)
        made = session.client(service, endpoint_url=self.running.endpoint, config=config(attempts=1))
        made.meta.events.register("before-send.*.*", self._sent)
        return made

    def _sent(self, **_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            server = os.pidfd_open(self.running.pid)
            os.kill(self.running.pid, signal.SIGKILL)
            select.select([server], [], [], 60)
            os.close(server)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    daemon.stop(tmp_path / "home")


def held(clients: Any, zone: str) -> list[Any]:
    """What the account holds, but for the ids and names that it chose itself."""
    records = Route53Zones(clients("route53")).record_sets(zone)
    own = [record for record in records if record["Name"] != "ex.test."]
    return [own, sorted(map(canonical_line, TableReader(clients("dynamodb")).scan("plans")))]


# An embedded AWS takes seconds to start: one kill in every test run, the others with `make test-all`.
KILLS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in SEEDS[1:])]


@pytest.mark.engine
@pytest.mark.parametrize("seed", KILLS)
def test_an_embedded_aws_that_is_killed_at_any_request_is_started_again_and_everything_comes_to_the_same(
    home: Path, tmp_path: Path, seed: int
) -> None:
    memory = Leaving(clock=lambda: 1_792_065_600.0)
    with answering(memory):
        zone = furnish(clients)
        outcomes, replaying = counted(memory, lambda: replay(clients, zone, tmp_path / "counted"))
        replay(clients, zone, tmp_path / "memory")
        _, capturing = counted(memory, lambda: captured(clients, tmp_path / "memory"))
        wanted = held(clients, zone)

    mortal = Killing(home)
    zone = furnish(mortal)
    mortal.dies(random.Random(seed).randrange(1, replaying + capturing + 1))  # noqa: S311 faults that a seed repeats

    def replay_and_capture() -> None:
        replay(mortal, zone, tmp_path / "interrupted")
        captured(mortal, tmp_path / "store")

    with pytest.raises(AwsError) as failed:
        replay_and_capture()
    assert (failed.value.exit_code, failed.value.retryable) == (5, True)
    assert not list(snapshot_ids(DirectoryStore(tmp_path / "store")))

    # It took its account along: what is begun again begins with the account.
    again = Killing(home)
    zone = furnish(again)
    assert replay(again, zone, tmp_path / "again") == outcomes
    assert held(again, zone) == wanted
    captured(again, tmp_path / "store")
    assert len(list(snapshot_ids(DirectoryStore(tmp_path / "store")))) == 1
