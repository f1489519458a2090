"""Work that an answered request leaves behind: it goes on in a thread of its own, and ends when the engine does."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from twinstage.world.memory.dynamodb import DynamoRefused

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The engine is being emptied or stopped: whoever works is to leave off."""


def failure(error: Exception, kind: str) -> tuple[dict[str, str], bool]:
    """A job's FailureCode and FailureMessage, and whether such a failure is expected: of S3, or a refusal of DynamoDB.

    `kind` is `Export` or `Import`. Anything else is a fault of ours, with the code `<kind>UnexpectedException`.
    """
    if isinstance(error, ClientError):
        return {"FailureCode": f"S3{error.response['Error']['Code']}", "FailureMessage": str(error)}, True
    if isinstance(error, BotoCoreError):
        return {"FailureCode": f"S3{type(error).__name__}", "FailureMessage": str(error)}, True
    if isinstance(error, DynamoRefused):
        return {"FailureCode": error.error, "FailureMessage": error.message}, True
    told = f"the embedded AWS failed: {type(error).__name__}: {error}"
    return {"FailureCode": f"{kind}UnexpectedException", "FailureMessage": told}, False


class Jobs:
    """The threads at work. A job is given `check`, which it calls now and then, and which raises Stopped once all are to end."""

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self, name: str, work: Callable[[Callable[[], None]], None]) -> None:
        """Begin a job. What it raises is logged; a job tells of its failure where its caller looks."""
        stopping = self._stopping

        def check() -> None:
            if stopping.is_set():
                raise Stopped

        def run() -> None:
            try:
                work(check)
            except Stopped:
                _log.info("%s was stopped", name)
            except Exception:  # noqa: BLE001  the thread's last resort: nobody waits for it
                _log.exception("%s failed", name)
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name=f"twinstage-{name}", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def stop_all(self) -> None:
        """End every job, and wait until each has ended. New ones may be started afterwards."""
        with self._lock:
            threads, stopping = list(self._threads), self._stopping
            self._stopping = threading.Event()
        stopping.set()
        for thread in threads:
            thread.join()
