"""What resolvers may still answer after names have changed: exactly, over every resolver that could have asked at any moment.

A resolver keeps each answer that it got until its TTL is over, CNAMEs and what they lead to each for themselves, negative answers too (RFC 2308);
it may have asked for any name at any moment. So of one question it may hold whatever was served at some moment less than a TTL ago, whichever it
holds of another: what all resolvers may answer is every way through such answers, each way for as long as the first of them to expire.
Resolvers that keep answers for longer than they may (RFC 8767 allows it where no server answers), or for shorter, are not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from twinstage.model.dns_name import canonical_name
from twinstage.world.memory.route53.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.world.memory.route53 import Zone
    from twinstage.world.memory.route53.serving import Served


@dataclass(frozen=True)
class Period:
    """What the name servers held, until `until_s`."""

    zones: tuple[Zone, ...]
    until_s: float


@dataclass(frozen=True)
class Kept:
    """An answer that resolvers may give until `until_s`: `values`, sorted; none for a negative one."""

    values: tuple[str, ...]
    until_s: float


def kept_answers(periods: Sequence[Period], now: Sequence[Zone], name: str, type: str) -> tuple[Kept, ...]:  # noqa: A002  (the API's own word)
    """Answer what resolvers may answer for `name` and `type` otherwise than the name servers do `now`, what is given longest first.

    Each answer once, with the last moment at which any resolver gives it. A period's answers were served at every moment up to its end.
    """
    right, until = answers(now, name, type), dict[frozenset[str], float]()
    for values, until_s in _Caches(tuple(periods), tuple(now), type).ways(canonical_name(name), ()):
        if values not in right:
            until[values] = max(until_s, until.get(values, until_s))
    found = [Kept(tuple(sorted(values)), until_s) for values, until_s in until.items()]
    return tuple(sorted(found, key=lambda kept: (-kept.until_s, kept.values)))


def answers(zones: Sequence[Zone], name: str, type: str) -> frozenset[frozenset[str]]:  # noqa: A002  (the API's own word)
    """Answer what a resolver that has kept nothing may answer: the values of each way in which routing may choose."""
    return frozenset(values for values, _ in _Caches((), tuple(zones), type).ways(canonical_name(name), ()))


@dataclass(frozen=True)
class _Caches:
    periods: tuple[Period, ...]
    now: tuple[Zone, ...]
    type: str

    def ways(self, name: str, path: tuple[str, ...]) -> Iterator[tuple[frozenset[str], float]]:
        """Every way to an answer: its values, and until when all that it is made of is kept."""
        known = self._known(name)
        if not known:
            yield frozenset({name}), inf  # a name of somebody else's servers: it leads where it leads
        for answer, until_s in known.items():
            if answer.sends_to is None or name in path:
                yield answer.values, until_s
                continue
            for values, further_s in self.ways(answer.sends_to, (*path, name)):
                yield values, min(until_s, further_s)

    def _known(self, name: str) -> dict[Served, float]:
        """Each answer that a resolver may hold for a name, or get now, and until when."""
        known: dict[Served, float] = {}
        for period in self.periods:
            for answer in served(period.zones, name, self.type):
                known[answer] = max(known.get(answer, -inf), period.until_s + answer.ttl_s)
        return known | dict.fromkeys(served(self.now, name, self.type), inf)
