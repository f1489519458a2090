"""How often messages come again, as it is reckoned before a run: near to what the run then has, or somewhat above it."""

from __future__ import annotations

from collections import Counter

import pytest

from twinstage.simulate.events_again import handed_again
from twinstage.simulate.events_file import event_source_of
from twinstage.simulate.events_run import run_events
from twinstage.simulate.kernel import seconds

HOURS = 0.1


@pytest.mark.parametrize(
    ("place", "rate", "consumer"),
    [
        ("queue: {visibility_s: 0, retention_s: 20}", 0.5, "service: 0.1, poison: 0.2, partial: true"),
        ("queue: {visibility_s: 5, retention_s: 100}", 0.5, "service: 0.1, failure: 1"),
        ("queue: {visibility_s: 1, retention_s: 100, pollers: 4}", 0.5, "service: 3, failure: 1, partial: true"),
        ("queue: {visibility_s: 1, max_receives: 4}", 1, "service: 0.1, poison: 0.3, partial: true"),
        ("stream: {max_age_s: 600, shards: 4}", 0.1, "service: 0.1, failure: 1, partial: true"),
        ("stream: {retries: 2, shards: 4}", 0.1, "service: 0.1, failure: 1"),
    ],
)
def test_what_is_reckoned_is_near_to_what_runs(place: str, rate: float, consumer: str) -> None:
    text = f"{place}\nmessages: {{rate: {rate}}}\nconsumer: {{{consumer}}}\n"
    source = event_source_of(text.encode(), "source.yaml")
    counts: Counter[str] = Counter()
    run = run_events(source, seconds(HOURS * 3600), 1, counts)

    again = run.batched - counts["happened"]
    assert again > 0
    assert 0.7 * again <= handed_again(source, hours=HOURS, replications=1) <= 12 * again
