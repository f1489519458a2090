"""Bad queues and streams: what `simulate` is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bad_input.case import Bad
from tests.bad_input.good import write

if TYPE_CHECKING:
    from pathlib import Path

_GOOD = "messages: {rate: 1}\nconsumer: {service: 0.1}\n"


def given(name: str, content: str, *says: str) -> Bad:
    """A file of a queue or a stream with this content."""

    def build(folder: Path) -> list[str]:
        write(folder / "source.yaml", content)
        return ["simulate", "source.yaml"]

    return Bad(name, build, says)


EVENT_SOURCE_INPUTS = [
    given("source-of-both", _GOOD + "queue: {}\nstream: {}\n", "source.yaml"),
    given("source-of-neither", _GOOD, "source.yaml"),
    given(
        "source-unknown-member", _GOOD + "queue: {poller: 3}\n", "source.yaml:3", "/queue", "'poller' was unexpected"
    ),
    given("source-that-cannot-be", "queue: {pollers: 0}\n" + _GOOD, "source.yaml:1", "/queue/pollers"),
    given(
        "source-without-end",
        "queue: {}\nmessages: {between: 0}\nconsumer: {service: 1}\n",
        "source.yaml:2",
        "/messages/between",
    ),
    given(
        "source-duration",
        "queue: {}\nmessages: {rate: 1}\nconsumer: {service: {low_s: 2, high_s: 1}}\n",
        "source.yaml:3",
        "/consumer/service",
    ),
]
