"""The pytest plugin: fixtures `memory_aws` and `race`, the mark `twinstage`, the option `--twinstage-schedule`.

pytest loads it wherever Twinstage is installed, so it imports nothing of ours until a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.testing.race import Race
    from twinstage.testing.scheduled_aws import ScheduledAws

MARK = "twinstage(snapshot, store='.twinstage'): what the fixture memory_aws holds at first"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that replays one schedule."""
    group = parser.getgroup("twinstage", "orders of AWS calls")
    group.addoption(
        "--twinstage-schedule",
        default="",
        metavar="'A B A'",
        help="run explored tests under this one schedule, as a failure names it",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def memory_aws(request: pytest.FixtureRequest) -> Iterator[ScheduledAws]:
    """An account's Route 53 and DynamoDB in memory that answer every boto3 client the test uses, whoever made it.

    Empty, or with the mark `twinstage` what a snapshot holds. Its time, which the process's clocks tell, stands still until `advance` is called. No call reaches a network.
    """
    from twinstage.testing.worlds import world
    from twinstage.world.memory.door import answering

    mark = request.node.get_closest_marker("twinstage")
    made = world(*mark.args, **mark.kwargs) if mark else world()
    with answering(made), made.telling_time():
        yield made


@pytest.fixture
def race(request: pytest.FixtureRequest, memory_aws: ScheduledAws) -> Race:
    """Handlers that run at the same time in `memory_aws`: for tests that `twinstage.testing.explore` decorates."""
    from twinstage.testing.race import Race

    return Race(memory_aws, request.node.nodeid, request.config.getoption("--twinstage-schedule").split())
