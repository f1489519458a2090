"""Nightly: faults that somebody else thought of. The AWS fault proxy microburst stands between a replication and its DynamoDB, on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.state.faulty_dynamodb import faulty
from tests.state.killed_worker import replicate_parts
from tests.state.table_samples import SCHEMA, captured, some_items
from tools import peers
from twinstage.state.table_changes import TwinTable
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ITEMS = some_items(400)
WRITES = {"service": "dynamodb", "operation": "BatchWriteItem"}
# What the proxy makes of every third write: its own words for each fault.
FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": {"code": "ProvisionedThroughputExceededException"}},
    "limited": {"error": {"code": "RequestLimitExceeded"}},
    "broken": {"error": {"code": "InternalServerError"}},
    "reset": {"reset": True},
}

pytestmark = pytest.mark.long


@contextmanager
def proxy(folder: Path, upstream: str, rule: dict[str, Any]) -> Iterator[str]:
    """Microburst in front of an endpoint, with one rule; its own endpoint."""
    home = peers.ready("microburst")
    if home is None:
        assert not os.environ.get("CI"), "the nightly lane has fetched no microburst: see `make peers`"
        pytest.skip("it is not fetched: run `python tools/peers.py microburst`")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "microburst.yaml"
    config.write_text(yaml.safe_dump({"upstream": upstream, "port": port, "rules": [rule]}))
    command = [
        str(home / "bin/microburst"),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-resign",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            _answers(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def _answers(port: int) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the proxy does not answer"
        else:
            return


def fired(endpoint: str) -> int:
    """How many faults the proxy tells of."""
    with urllib.request.urlopen(f"{endpoint}/_microburst/fired", timeout=60) as answer:  # noqa: S310 the proxy on loopback
        told = json.load(answer)
    return len(told if isinstance(told, list) else told["fired"])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_replication_through_a_proxy_that_fails_comes_to_the_snapshots_digest(tmp_path: Path, fault: str) -> None:
    table = captured(DirectoryStore(tmp_path / "snapshot"), ITEMS)
    rule = {**WRITES, "sequence": {"fail": 1, "pass": 2}, **FAULTS[fault]}
    with faulty() as dynamo, proxy(tmp_path, dynamo.endpoint, rule) as endpoint:
        dynamo.create("twin", SCHEMA)
        replicate_parts(endpoint, tmp_path, table)

        assert fired(endpoint) >= 3
        with TwinTable(DirectoryStore(tmp_path / "snapshot"), table, dynamo.items("twin")) as there:
            assert there.parts().parts == table.parts
