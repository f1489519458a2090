"""The console as a server: on loopback, in a thread, until whoever started it is through."""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from twinstage.cli.ui.app import console_app
from twinstage.cli.ui.rehearsals import Rehearsals
from twinstage.cli.ui.runs import Runs
from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LOOPBACK = "127.0.0.1"
HTTP = 80


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]  # werkzeug is not followed by mypy
    """A connection whose requests nobody wants to read about."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(
    store: Path, port: int, scenarios: Callable[[], Sequence[Path]], user: str, say: Callable[[str], None]
) -> Iterator[str]:
    """The console's address, with the key to it, while it runs. In the end the rehearsals that it started are stopped; `say` tells of what goes on. Raises InputError where the port is taken."""
    rehearsals, hosts, key = Rehearsals(store.resolve()), set[str](), secrets.token_urlsafe(24)
    runs = Runs(store.resolve() / "runs", lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    app = console_app(runs, rehearsals, scenarios, user, hosts, key)
    try:
        server = make_server(LOOPBACK, port, app, threaded=True, request_handler=_Quiet)
    except (OSError, SystemExit) as error:
        # werkzeug ends the process where a port is taken.
        problem = InputProblem("--port", 0, "", f"port {port} is taken", "give another, or 0 for a free one")
        raise InputError([problem]) from error
    # Of HTTP's own port nobody says the number.
    hosts |= {name if server.port == HTTP else f"{name}:{server.port}" for name in (LOOPBACK, "localhost")}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.port}/?key={key}"
    finally:
        server.shutdown()
        for name in rehearsals.close():
            say(f"{name} has not taken down yet what it put up: it goes on by itself")
