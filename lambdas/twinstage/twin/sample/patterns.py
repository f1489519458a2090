"""Texts that match a pattern: the part of regular expressions that contracts use, in the order in which an odometer counts.

A pattern is a row of wheels, each a set of characters: literals, classes (`[A-Z0-9_]`, `\\d`, `\\w`, `.`), repeated by `{n}`, `{m,n}`, `?`, `*`, `+` (the least that is
allowed, one for `*`, unless a longer text is asked for), anchors left out. Groups, alternatives and look-arounds are not read: whoever has them gives examples.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

LONGEST = 256
_SHORTHAND = {
    "d": string.digits,
    "w": string.ascii_lowercase + string.digits,
    "s": " ",
}
_ANY = string.ascii_lowercase
_REPEAT = re.compile(r"\{(\d{1,3})(?:,(\d{0,3}))?\}")
_OTHER = frozenset("()|^$*+?{}")


class UnreadPattern(ValueError):
    """A pattern that is beyond what is read here."""


@dataclass(frozen=True)
class Wheels:
    """The characters of each place of a text."""

    places: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many texts there are."""
        found = 1
        for place in self.places:
            found *= len(place)
        return found

    def text(self, number: int) -> str:
        """The text of that number, counted from 0 and around: the last place turns fastest."""
        found = []
        for place in reversed(self.places):
            number, at = divmod(number, len(place))
            found.append(place[at])
        return "".join(reversed(found))


def wheels(pattern: str, shortest: int = 0) -> Wheels:
    """The wheels of a pattern; for texts of at least `shortest` characters the first repetitions that may be longer are. Raises UnreadPattern."""
    rest, runs = pattern.removeprefix("^"), list[tuple[str, int, int]]()
    if rest.endswith("$") and not rest.endswith("\\$"):
        rest = rest[:-1]
    while rest:
        characters, rest = _one(rest)
        times, most, rest = _times(rest)
        runs.append((characters, times, most))
    missing = shortest - sum(times for _, times, _ in runs)
    places = list[str]()
    for characters, times, most in runs:
        more = max(0, min(most - times, missing))
        missing -= more
        places += [characters] * (times + more)
        if len(places) > LONGEST:
            raise UnreadPattern(f"longer than {LONGEST} characters")
    return Wheels(tuple(places))


def _one(rest: str) -> tuple[str, str]:
    """The characters that the next place may have, and what follows."""
    first = rest[0]
    if first == "[":
        return _class(rest)
    if first == "\\" and len(rest) > 1:
        if rest[1].isalnum() and rest[1] not in _SHORTHAND:
            raise UnreadPattern(f"\\{rest[1]}")
        return _SHORTHAND.get(rest[1], rest[1]), rest[2:]
    if first == ".":
        return _ANY, rest[1:]
    if first in _OTHER:
        raise UnreadPattern(first)
    return first, rest[1:]


def _class(rest: str) -> tuple[str, str]:
    found, at = list[str](), 1
    if rest[1:2] == "^":
        raise UnreadPattern("[^")
    while at < len(rest) and (rest[at] != "]" or at == 1):
        if rest[at] == "\\" and at + 1 < len(rest):
            if rest[at + 1].isalnum() and rest[at + 1] not in _SHORTHAND:
                raise UnreadPattern(f"\\{rest[at + 1]}")
            found += _SHORTHAND.get(rest[at + 1], rest[at + 1])
            at += 2
        elif rest[at + 1 : at + 2] == "-" and rest[at + 2 : at + 3] not in ("]", ""):
            found += [chr(code) for code in range(ord(rest[at]), ord(rest[at + 2]) + 1)]
            at += 3
        else:
            found.append(rest[at])
            at += 1
    if at >= len(rest) or not found:
        raise UnreadPattern("a class that does not end, or is empty")
    return "".join(dict.fromkeys(found)), rest[at + 1 :]


def _times(rest: str) -> tuple[int, int, str]:
    """How often at least and at most a place is repeated, and what follows."""
    if (found := _REPEAT.match(rest)) is not None:
        most = found[1] if found[2] is None else found[2] or LONGEST
        return int(found[1]), int(most), rest[found.end() :]
    if rest[:1] in ("*", "+", "?"):
        return (0, 1, rest[1:]) if rest[0] == "?" else (1, LONGEST, rest[1:])
    return 1, 1, rest
