"""How often messages that fail are handed over again, by arithmetic, before anything is simulated: what never succeeds is, for as long as it is kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from twinstage.simulate.events_queue import QueueSettings
from twinstage.simulate.events_run import lanes_of
from twinstage.simulate.events_stream import LONGEST_BACKOFF_S

if TYPE_CHECKING:
    from twinstage.simulate.events_file import EventSource
    from twinstage.simulate.events_stream import StreamSettings

# No time passes in less than a nanosecond.
_SHORTEST_S: Final = 1e-9
# A stream's back-off doubles from a second: before the longest come 1, 2, 4, 8, 16 and 32 s.
_QUICK: Final = 6


def handed_again(source: EventSource, *, hours: float, replications: int) -> float:
    """About how many messages are handed over again in all replications, each time counted. Without max_receives or retries that can be more than ever ends."""
    settings, consumer, lanes = source.settings, source.consumer, lanes_of(source)
    busy_s = consumer.service.mean_s + consumer.per_message_s
    messages = hours * 3600 / source.between.mean_s * replications
    if isinstance(settings, QueueSettings):
        kept_s, round_s, waits_s = settings.retention_s, max(busy_s, _SHORTEST_S), busy_s
        most = _receives(settings, busy_s)
    else:
        kept_s, round_s, waits_s = settings.max_age_s, LONGEST_BACKOFF_S + busy_s, busy_s + settings.window_s + 1
        most = _retries(settings)
    # A batch fails with any of its messages, and has those that came while its lane was busy.
    together = 1 if consumer.partial else min(settings.batch_size, 1 + waits_s / (source.between.mean_s * lanes))
    failing = 1 - (1 - consumer.failure) ** together
    by_chance = most if failing == 1 else min(most, failing / (1 - failing))
    again = messages * (consumer.poison * most + (1 - consumer.poison) * by_chance)
    # A lane has time for no more; of a stream, beside those that follow each other quickly.
    room = lanes * replications * (hours * 3600 + kept_s) / round_s * settings.batch_size
    quick = 0.0 if isinstance(settings, QueueSettings) else again * _QUICK / max(most, _QUICK)
    return min(again, room + quick)


def _receives(settings: QueueSettings, busy_s: float) -> float:
    """How often one message of a queue can come again."""
    most = math.inf if settings.max_receives is None else settings.max_receives - 1
    return min(most, settings.retention_s / max(settings.visibility_s, busy_s / settings.pollers, _SHORTEST_S))


def _retries(settings: StreamSettings) -> float:
    """How often one batch of a stream can come again."""
    most = math.inf if settings.retries is None else settings.retries
    return min(most, _QUICK + settings.max_age_s / LONGEST_BACKOFF_S)
