"""Replay of recorded item changes against its peers, all on one moto server in the same run, in turn: events a second by the clock, and by the client's
processor time.

The server is a process of its own that works on one core, and is what gives out. `boto3` is how a replay is usually written: a loop over one client, with the same requests. What the server
can take is told by the replay's own requests, made and signed before the clock started, sent over sockets by as many threads, with nothing done between two of them.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from twinstage.cli.replay_lanes import ParallelReplay
from twinstage.model.event import Event
from twinstage.model.manifest import TableManifest, new_manifest
from twinstage.model.twin import Twin, twin_name
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.replay.pace import FAST, Clock
from twinstage.replay.profile import Profile
from twinstage.replay.shards import named_events
from twinstage.replay.timing import timing_of
from twinstage.validate.tables_rebuilt import client_form
from twinstage.world.aws.item_changes import DynamoItemChanges, write_request
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EVENTS, ROUNDS, LANES = 1_000, 5, 4
KEY, SECRET, REGION, TABLE, RUN, ARM = "bench", "bench", "us-east-1", "plans", "bench", "baseline"
TABLE_OF_ARM = twin_name(RUN, ARM, TABLE)
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}]
ATTRIBUTES = [{"AttributeName": "pk", "AttributeType": "S"}]
SCHEMA = {"KeySchema": KEYS, "AttributeDefinitions": ATTRIBUTES, "BillingMode": "PAY_PER_REQUEST"}
MANIFEST = new_manifest(
    {"at": "", "account": "", "region": REGION}, "bench", [], [TableManifest(TABLE, SCHEMA, 0, (), 0)], ()
)
Measured = tuple[float, float]
SERVER = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"


def main() -> None:
    """Measure and print."""
    with _moto_server() as endpoint:
        client: Any = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        client.create_table(TableName=TABLE_OF_ARM, **SCHEMA)
        runs: dict[str, Callable[[list[Event]], Callable[[], None]]] = {
            "boto3, one thread": lambda events: lambda: _with_boto3(client, events),
            f"replay, {LANES} lanes": lambda events: lambda: _replay(endpoint, events),
            f"the server, {LANES} threads": lambda events: _Flood(endpoint, events).run,
        }
        rates: dict[str, list[Measured]] = defaultdict(list)
        fresh = itertools.count()
        for _ in range(ROUNDS):
            for name, prepared in runs.items():
                rates[name].append(_rate(prepared(_events(next(fresh)))))
    _tell(rates)


def _tell(rates: Mapping[str, list[Measured]]) -> None:
    print(
        f"replay: {EVENTS:,} item changes on a moto server, events/s by the clock and by the client's processor time, median of {ROUNDS}, in turn"
    )
    for name, found in rates.items():
        clock, processor = (statistics.median(each[of] for each in found) for of in (0, 1))
        spread = f"({min(each[0] for each in found):.0f} to {max(each[0] for each in found):.0f})"
        print(f"  {name:22}  {clock:8.0f}  {processor:8.0f}  {spread}")
    rounds = list(zip(*rates.values(), strict=True))
    boto = statistics.median(ours[0] / theirs[0] for theirs, ours, _ in rounds)
    processor = statistics.median(ours[1] / theirs[1] for theirs, ours, _ in rounds)
    server = statistics.median(ours[0] / most[0] for _, ours, most in rounds)
    limit = statistics.median(most[0] / theirs[0] for theirs, _, most in rounds)
    print(
        f"  against boto3 {boto:.1f}x by the clock (bar 2.2x; the server allows {limit:.1f}x), {processor:.1f}x by the processor"
    )
    print(f"  of what the server takes {server:.0%} (bar 90 %)")


def _events(round_: int) -> list[Event]:
    """Creations and changes of items: every second event changes the item that the one before it made, on the condition that it is that."""
    found = []
    for number in range(EVENTS):
        pk = f"endpoint#{round_:03d}#{number // 2:07d}"
        made = {"pk": {"S": pk}, "generation": {"N": "1"}, "weights": {"NS": ["1", "2"]}, "note": {"S": "v" * 100}}
        changed = {**made, "generation": {"N": "2"}}
        old, new = (None, made) if number % 2 == 0 else (made, changed)
        payload = {"table": TABLE, "keys": {"pk": {"S": pk}}, "old_image": old, "new_image": new}
        found.append(Event(f"e{number}", "2026-01-01T00:00:00Z", "item_change", payload, seq=number))
    return found


def _rate(run: Callable[[], None]) -> Measured:
    begun, used = time.perf_counter(), time.process_time()
    run()
    return EVENTS / (time.perf_counter() - begun), EVENTS / (time.process_time() - used)


def _replay(endpoint: str, events: list[Event]) -> None:
    credentials = Credentials(KEY, SECRET)
    profile, twin = Profile(), Twin(RUN, (ARM,), ())

    def executing() -> Callable[[Event], dict[str, Any]]:
        wire = Wire(endpoint, REGION, lambda: credentials, retry=Retry(attempts=1))
        world = ArmWorld(twin, ARM, None, None, time.perf_counter, DynamoItemChanges(wire))  # type: ignore[arg-type] # no event needs zones or functions
        return Executor(world, tables=[TABLE], functions=[]).execute

    outcomes: list[str] = []

    def take(outcome: dict[str, Any]) -> None:
        profile.add(outcome)
        outcomes.append(outcome["outcome"])

    timing = timing_of(FAST, events, Clock(time.perf_counter, time.sleep), 5.0)
    ParallelReplay([executing() for _ in range(LANES)], take, timing).run(named_events(events, MANIFEST))
    if outcomes != ["success"] * EVENTS:
        raise SystemExit("the replay did not come out as recorded")


def _with_boto3(client: Any, events: list[Event]) -> None:
    for event in events:
        client.put_item(**client_form(_request(event)))


def _request(event: Event) -> dict[str, Any]:
    """What the replay asks for an event: the same of everybody."""
    payload = event.payload
    return write_request(TABLE_OF_ARM, payload["keys"], payload["new_image"], payload["old_image"])


class _Flood:
    """Requests that were signed before, over as many threads as the replay has lanes."""

    def __init__(self, endpoint: str, events: list[Event]) -> None:
        self.endpoint, self.host = endpoint, endpoint.removeprefix("http://")
        self.prepared = [self._signed(event) for event in events]

    def run(self) -> None:
        """Send them all."""
        with ThreadPoolExecutor(LANES) as pool:
            list(pool.map(self._send, [self.prepared[lane::LANES] for lane in range(LANES)]))

    def _signed(self, event: Event) -> tuple[bytes, dict[str, str]]:
        body = json.dumps(_request(event)).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.PutItem"}
        signed = AWSRequest("POST", self.endpoint + "/", data=body, headers=headers)
        SigV4Auth(Credentials(KEY, SECRET), "dynamodb", REGION).add_auth(signed)
        return body, dict(signed.headers)

    def _send(self, requests: list[tuple[bytes, dict[str, str]]]) -> None:
        connection = http.client.HTTPConnection(self.host)
        for body, headers in requests:
            connection.request("POST", "/", body, headers)
            connection.getresponse().read()
        connection.close()


@contextmanager
def _moto_server() -> Iterator[str]:
    """A moto server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while True:
        if process.poll() is not None:
            raise SystemExit("the moto server ended")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    main()
