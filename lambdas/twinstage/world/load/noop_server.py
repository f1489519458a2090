"""A server that answers every HTTP/1.1 request at once with the same few bytes: what a generator's own ceiling is measured against. Run as a program: the standard library only.

It prints its port, and ends when its standard input does. A request that is sent again on a connection needs not be read by its parts: whoever measures sends whole requests,
one at a time on each connection, so that one answer is due for each head that is whole with its body.
"""

from __future__ import annotations

import selectors
import socket
import sys
from typing import Final

ANSWER: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
_PIECE: Final = 1 << 18


def serve() -> None:
    """Listen on loopback until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ, "listener")
    selector.register(sys.stdin, selectors.EVENT_READ, "parent")
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    owed: dict[socket.socket, int] = {}
    while True:
        for key, _ in selector.select():
            if key.data == "parent":
                return
            if key.data == "listener":
                connection, _ = listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ, "connection")
            elif not _answer(key.fileobj, owed):  # type: ignore[arg-type]  # whatever else is registered is told by its data
                selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # likewise


def _answer(connection: socket.socket, owed: dict[socket.socket, int]) -> bool:
    """Answer what has come whole; False once the other side has gone. `owed`: bytes of a body that are still to come."""
    try:
        data = connection.recv(_PIECE)
        if not data:
            return False
        missing = owed.pop(connection, None)
        if missing is None:
            head, _, body = data.partition(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
            missing = int(length or b"0") - len(body)
        else:
            missing -= len(data)
        if missing > 0:
            owed[connection] = missing
        else:
            connection.send(ANSWER)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    serve()
