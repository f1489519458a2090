"""The rules of a promotion under way, all pure: whether a version fails too often, what has moved, which shares come next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.promotion.order import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from twinstage.world.production import Counts, LiveVersion

WHOLE: Final = 100
CHANCE: Final = 0.05
"""As many errors as the new version makes the one before would make with this probability, at least; else it is stopped."""


@dataclass(frozen=True)
class Choices:
    """How a promotion is carried out. `steps` are the shares in percent that the new versions get, one after the other.

    Each is watched for `watch_s` seconds, and until the new versions were invoked `least` times, `patience_s` at most; `late_s` is how late metrics may come.
    `errors` of a new version are overlooked. `allow` names the guards that are let through.
    """

    alias: str = "live"
    steps: tuple[int, ...] = (10, 50, WHOLE)
    watch_s: float = 300.0
    patience_s: float = 3600.0
    late_s: float = 120.0
    least: int = 1
    errors: int = 0
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises InputError for shares that do not rise to the whole, and for what is negative."""
        problems = []
        if self.steps[-1:] != (WHOLE,) or list(self.steps) != sorted(set(self.steps)) or self.steps[0] < 1:
            problems.append(("--steps", f"{', '.join(map(str, self.steps))} do not rise to {WHOLE}", "10,50,100"))
        numbers = {
            "--watch-s": self.watch_s,
            "--patience-s": self.patience_s,
            "--metrics-late-s": self.late_s,
            "--least": self.least,
            "--errors": self.errors,
        }
        problems += [
            (name, f"{value} is not a number from 0 on", "0") for name, value in numbers.items() if not value >= 0
        ]
        if problems:
            raise InputError([InputProblem(name, 0, "", told, f"for example {way}") for name, told, way in problems])


def fails_too_often(new: Counts, old: Counts, overlooked: int) -> bool:
    """Whether a version fails more often than the one before it would by chance. One that never failed before: at the first error.

    The probability is the binomial's, of that many errors or more among as many invocations, with the share in which the version before fails. Asked again and
    again it stops a good version more often than once in twenty: going back is the safe side.
    """
    errors = new.errors - overlooked
    if errors <= 0:
        return False
    share = old.errors / old.invocations if old.invocations else 0.0
    return at_least(errors, max(new.invocations, errors), share) < CHANCE


def at_least(successes: int, trials: int, share: float) -> float:
    """The probability of so many successes or more, of a binomial distribution; 1 where there are not more than it has in the mean, which is enough for whoever asks about many."""
    if share >= 1.0 or successes <= trials * share:
        return 1.0
    if share <= 0.0:
        return 0.0
    chances = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    term = math.exp(chances + successes * math.log(share) + (trials - successes) * math.log1p(-share))
    total = 0.0
    for found in range(successes, trials + 1):
        total += term
        term *= (trials - found) / (found + 1) * share / (1.0 - share)
        if term <= total * 1e-12:
            break
    return min(total, 1.0)


def other_code(function: str, found: LiveVersion, codes: Collection[str]) -> Iterator[str]:
    """That a version has none of these codes, as a sentence."""
    if found.code not in codes:
        yield f"{function}: the code of {found.version} is {found.code}, not {' or '.join(codes)}"


def differing(
    function: str, found: LiveVersion, expected: Mapping[str, Any], withheld: Collection[str]
) -> Iterator[str]:
    """Where a version is not configured as expected, as sentences. Of an environment names are told, and never values; what a snapshot withheld is not compared."""
    seen = found.configuration
    for name in sorted({*seen, *expected} - {*SETTINGS, "Environment"}):
        if seen.get(name) != expected.get(name):
            yield f"{function}: {name} of {found.version} is {seen.get(name)}, not {expected.get(name)}"
    here, there = seen.get("Environment", {}), expected.get("Environment", {})
    names = sorted(name for name in {*here, *there} - set(withheld) if here.get(name) != there.get(name))
    if names:
        yield f"{function}: the environment of {found.version} is another in {', '.join(names)}"
