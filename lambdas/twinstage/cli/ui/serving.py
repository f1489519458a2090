"""The console as a server: on loopback, in a thread, until whoever started it is through."""

from __future__ import annotations

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


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]  # werkzeug is not followed by mypy
    """A connection whose requests nobody wants to read about."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(store: Path, port: int, scenarios: Callable[[], Sequence[Path]], user: str) -> Iterator[str]:
    """The console's address while it runs. In the end the rehearsals that it started are stopped. Raises InputError where the port is taken."""
    rehearsals, hosts = Rehearsals(store.resolve()), set[str]()
    runs = Runs(store.resolve() / "runs", lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    app = console_app(runs, rehearsals, scenarios, user, hosts)
    try:
        server = make_server(LOOPBACK, port, app, threaded=True, request_handler=_Quiet)
    except (OSError, SystemExit) as error:
        # werkzeug ends the process where a port is taken.
        problem = InputProblem("--port", 0, "", f"port {port} is taken", "give another, or 0 for a free one")
        raise InputError([problem]) from error
    hosts |= {f"{name}:{server.port}" for name in (LOOPBACK, "localhost")}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.port}/"
    finally:
        server.shutdown()
        rehearsals.close()
