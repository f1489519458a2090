"""Production over AWS's APIs, as a promotion has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.world.aws.alias_metrics import CloudWatchWatching
from twinstage.world.aws.live_functions import LambdaLiveFunctions
from twinstage.world.aws.zones import Route53Zones

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True)
class LiveProduction:
    """The functions, their metrics and the zones of one account."""

    functions: LambdaLiveFunctions
    watching: CloudWatchWatching
    zones: Route53Zones


def live_production(
    client: Callable[[str], Any], clock: Callable[[], datetime], pause: Callable[[float], None]
) -> LiveProduction:
    """`client` gives the client of a service; `clock` says what time it is, in UTC; `pause` waits so many seconds."""
    return LiveProduction(
        LambdaLiveFunctions(client("lambda"), pause),
        CloudWatchWatching(client("cloudwatch"), clock),
        Route53Zones(client("route53")),
    )
