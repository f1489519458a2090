"""What replication of one size of table needs of memory: run by `replication.py`, each size in a process of its own."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.credentials import Credentials
from replication import KEYS, generated, peak_mb

from twinstage.model.manifest import TableManifest
from twinstage.state.replicate import replicate_table
from twinstage.state.table_changes import changes_to
from twinstage.state.table_parts import write_table
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.wire import Wire
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


class _Discard(BaseHTTPRequestHandler):
    """Takes every write and keeps nothing; every scan finds nothing."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        body = b'{"UnprocessedItems":{},"Count":0,"Items":[]}'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name that http.server gives it
        """Nothing."""


def serve(port: Connection) -> None:
    """Serve until the parent ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Discard)
    port.send(server.server_port)
    server.serve_forever()


def main(size: int) -> None:
    """Snapshot, replicate and compare a table of so many items, and print the peak of each."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    server = context.Process(target=serve, args=(far,), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        store = DirectoryStore(Path(folder))
        parts = write_table(store, generated(size), KEYS)
        captured_mb = peak_mb()
        table = TableManifest("table", {"KeySchema": KEYS}, parts.items, parts.parts, parts.part_bits)
        wire = Wire(f"http://127.0.0.1:{near.recv()}", "us-east-1", lambda: Credentials("key", "secret"))
        started = time.perf_counter()
        replicate_table(DynamoTables(None, calls=wire), "table", table, store)
        seconds, replicated_mb = time.perf_counter() - started, peak_mb()
        changed = sum(1 for _ in changes_to(store, table, generated(size)))
        print(
            f"  {size:9,} items: {replicated_mb:5.0f} MB at most while they are replicated ({size / seconds:,.0f}/s into nothing), "
            f"{captured_mb:.0f} MB while they were parted, {peak_mb():.0f} MB while they are compared ({changed} parts differ)"
        )
    server.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]))
