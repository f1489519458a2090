"""`twinstage simulate` of a queue or a stream: messages through it, and what its consumer makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from twinstage.cli.simulation_told import MET, estimate, exit_code
from twinstage.simulate.events_again import handed_again
from twinstage.simulate.events_file import event_source_of
from twinstage.simulate.events_queue import QueueSettings
from twinstage.simulate.events_result import simulate_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.cli.console import Console

_MOST_MESSAGES: Final = 5_000_000
_WORDS: Final = {
    "lost": "lost on the way",
    "duplicated": "arrived twice",
    "refused": "refused as duplicates",
    "handled_again": "handled again",
    "out_of_order": "out of their key's order",
    "given_up": "given up",
    "expired": "expired",
}


def simulate_event_source(
    data: bytes, file: str, *, hours: float | None, seed: int, replications: int, console: Console
) -> int:
    """Simulate and tell; the command's exit code. Raises InputError for a file that cannot be used."""
    source, hours = event_source_of(data, file), hours or 1.0
    expected = hours * 3600 / source.between.mean_s * replications
    if expected > _MOST_MESSAGES:
        raise click.UsageError(
            f"{expected:.3g} messages: at most {_MOST_MESSAGES} are simulated at once; give fewer --hours or --replications"
        )
    if (again := handed_again(source, hours=hours, replications=replications)) > _MOST_MESSAGES:
        limit = "the queue max_receives" if isinstance(source.settings, QueueSettings) else "the stream retries"
        raise click.UsageError(
            f"about {again:.3g} times a message that failed comes again: at most {_MOST_MESSAGES} times are simulated; give {limit}, or fewer"
        )
    document = simulate_events(source, hours=hours, seed=seed, replications=replications)
    if not document["counts"]["happened"]:
        raise click.UsageError(f"no message comes in {hours:g} hours: give more --hours")
    console.say("\n".join(_lines(document)))
    console.data(document)
    return exit_code([level["met"] for level in document["service_levels"]])


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    counts, tail = document["counts"], document["latency_quantiles_s"]
    repeated = document["replications"]
    yield f"{counts['happened']} messages to a {document['source']} in {document['hours']:g} hours, {repeated} times over: {counts['handled']} handled"
    for name, words in _WORDS.items():
        if counts[name]:
            yield f"  {counts[name]} {words}"
    yield ""
    for name, value in document["figures"].items():
        behind = f"  p50 {tail['p50']:.4g}, p99 {tail['p99']:.4g}" if name == "latency_mean_s" else ""
        yield f"  {name:<20} {estimate(value)}{behind}"
    for level in document["service_levels"]:
        yield f"service level {level['promise']} at least {level['share']:g}: {MET[level['met']]} ({estimate(level['seen'])})"
