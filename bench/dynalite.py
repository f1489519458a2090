"""A dynalite of the benchmark's own, on loopback: in a process of its own, gone when the block ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import peers

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET, REGION = "AKIABENCH", "secret", "us-east-1"


@contextmanager
def dynalite() -> Iterator[int]:
    """The port on which it listens."""
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = peers.ensure("dynalite") / "node_modules" / "dynalite" / "cli.js"
    moments = ("--createTableMs", "1", "--deleteTableMs", "1")
    command = [node, str(program), "--host", "127.0.0.1", "--port", str(port), *moments]
    # PyPI's node starts the real one: both belong to one group.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        if process.stdout is not None:
            process.stdout.readline()
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def client(port: int, kind: str = "client") -> Any:
    """boto3's client, or its resource, of the DynamoDB at a port."""
    session = boto3.Session(KEY, SECRET, region_name=REGION)
    config = Config(max_pool_connections=16, proxies={})
    make: Any = getattr(session, kind)
    return make("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", config=config)


def fresh_table(port: int, table: str) -> None:
    """An empty table with the key `pk`, whatever was there before."""
    dynamodb = client(port)
    if table in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=table)
        dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 0.05})
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 0.05})
