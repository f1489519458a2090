"""Watching new versions while they serve: long enough, often enough, and no longer than they do no worse than the ones before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from twinstage.rehearse.promotion.parties import Stopped
from twinstage.rehearse.promotion.rules import fails_too_often

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.rehearse.promotion.journal import Began
    from twinstage.rehearse.promotion.parties import Parties
    from twinstage.rehearse.promotion.rules import Choices
    from twinstage.world.production import Counts

LOOK_EVERY_S: Final = 15.0
_HOUR = timedelta(hours=1)


def watch(
    pairs: Mapping[str, tuple[str, str]], began: Began, choices: Choices, parties: Parties, *, each: bool
) -> dict[str, Any]:
    """Watch the new versions of functions, `pairs` being (the version before, the new one) by function; gives what was counted since the promotion began.

    `each`: every one of them has to have been invoked, not just some. Raises Stopped at the first look at which one fails too often, and where too few invocations came.
    """
    start = parties.clock()
    longest_s = max(choices.watch_s + choices.late_s, choices.patience_s)
    first = sum(counts.invocations for _, counts in _look(pairs, began, parties).values())
    while True:
        parties.pause(min(LOOK_EVERY_S, longest_s))
        found = _look(pairs, began, parties)
        for name, (old, new) in found.items():
            if fails_too_often(new, old, choices.errors):
                told = f"{new.errors} of {new.invocations} invocations of {name} {pairs[name][1]} failed"
                raise Stopped(f"{told}, of {pairs[name][0]} {old.errors} of {old.invocations}")
        passed_s = (parties.clock() - start).total_seconds()
        enough = _enough(found, first, choices.least, each=each)
        if enough and passed_s >= choices.watch_s + choices.late_s:
            return {"invocations": {name: new.invocations for name, (_, new) in found.items()},
                    "errors": {name: new.errors for name, (_, new) in found.items()}}  # fmt: skip
        if not enough and passed_s >= longest_s:
            told = ", ".join(f"{name} {new.invocations}" for name, (_, new) in found.items())
            raise Stopped(f"too few invocations within {passed_s:.0f} s to say anything: {told}")


def _enough(found: Mapping[str, tuple[Counts, Counts]], first: int, least: int, *, each: bool) -> bool:
    numbers = [new.invocations for _, new in found.values()]
    return sum(numbers) - first >= least and (not each or min(numbers) >= least)


def _look(pairs: Mapping[str, tuple[str, str]], began: Began, parties: Parties) -> dict[str, tuple[Counts, Counts]]:
    """Function -> what came of the invocations of the version before, from an hour before the promotion on, and of the new one."""
    return {
        name: (
            parties.watching.behind_alias(name, began.alias, old, began.at - _HOUR),
            parties.watching.behind_alias(name, began.alias, new, began.at),
        )
        for name, (old, new) in pairs.items()
    }
