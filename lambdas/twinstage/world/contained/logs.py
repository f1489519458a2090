"""Logging as Lambda sets it up, a tree of loggers for each environment: handlers and levels of one are not another's.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html: the runtime has a handler on the root logger already, so that
`logging.basicConfig` does nothing; it writes `[LEVEL] time request-id message` to the function's log. Libraries that the runtime shares
between environments keep the process's own tree.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, Final

from twinstage.world.contained.running import running

_FORMAT: Final = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"


class LambdaHandler(logging.Handler):
    """The runtime's handler: it prints."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record into the log of the environment that runs."""
        environment = running.environment
        record.aws_request_id = "" if environment is None else environment.request_id
        sys.stdout.write(_formatter.format(record))


_formatter: Final = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
_formatter.converter = time.gmtime


def new_root() -> logging.RootLogger:
    """The root of a tree of loggers of its own, as Lambda's runtime leaves it to the handler."""
    root: Any = logging.RootLogger(logging.WARNING)
    root.manager = logging.Manager(root)
    root.addHandler(LambdaHandler())
    return root  # type: ignore[no-any-return]


class _RecordsTime:
    """`time` as the module logging sees it: the moment of a record is no look at the clock by the handler."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        """The time of a log record."""
        environment = running.environment
        return time.time() if environment is None else environment.now_s

    def time_ns(self) -> int:
        """The same, in nanoseconds."""
        environment = running.environment
        return time.time_ns() if environment is None else environment.now_ns


def install_logs() -> dict[Any, Any]:
    """Give each environment loggers of its own. What is returned maps each function that was replaced to its replacement."""
    logging.time = _RecordsTime()  # type: ignore[attr-defined]
    real = logging.getLogger

    def get_logger(name: str | None = None) -> logging.Logger:
        environment = running.environment
        if environment is None:
            return real(name)
        root = environment.view.root
        return root if not name or name == root.name else root.manager.getLogger(name)

    logging.getLogger = get_logger
    return {real: get_logger}
