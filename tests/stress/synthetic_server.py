"""A server in a process of its own that takes a known time for each request, and tells afterwards what it took. Run as a program: the standard library only.

`{"seed", "median_s", "sigma", "stall_at_s", "stall_s"}` as its argument: service times are log-normal; from `stall_at_s` after its first request it answers nobody for `stall_s`.
It prints its port, and when its standard input ends a document: `held_ns` (from having read a request until its answer was written, each), `came_ns` (when each was read).
"""

from __future__ import annotations

import heapq
import json
import math
import random
import select
import selectors
import socket
import sys
import time
from typing import Any

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def serve(asked: dict[str, float]) -> dict[str, Any]:
    draws = random.Random(int(asked["seed"]))  # noqa: S311 no secret
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    due: list[tuple[int, int, int, socket.socket]] = []
    held: list[int] = []
    came: list[int] = []
    while True:
        left_s = max((due[0][0] - time.monotonic_ns()) / 1e9, 0) if due else None
        select.select([selector], [], [], left_s)  # to the microsecond, which epoll is not
        for key, _ in selector.select(0):
            if key.fileobj is sys.stdin:
                return {"held_ns": held, "came_ns": came}
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                continue
            assert isinstance(key.fileobj, socket.socket)
            if not key.fileobj.recv(1 << 16):
                selector.unregister(key.fileobj)
                key.fileobj.close()
                continue
            now = time.monotonic_ns()
            came.append(now)
            end = now + round(asked["median_s"] * math.exp(draws.gauss(0, asked["sigma"])) * 1e9)
            begin = came[0] + round(asked["stall_at_s"] * 1e9)
            if end >= begin and now < begin + round(asked["stall_s"] * 1e9):
                end = max(end, begin + round(asked["stall_s"] * 1e9))
            heapq.heappush(due, (end, len(came), now, key.fileobj))
        while due and due[0][0] <= time.monotonic_ns():
            _, _, read, connection = heapq.heappop(due)
            connection.send(ANSWER)
            held.append(time.monotonic_ns() - read)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(serve(json.loads(sys.argv[1]))))
