"""Streams of random numbers by name: what one gives depends on the seed and its name, never on what other streams there are."""

from __future__ import annotations

import hashlib
from random import Random


class Streams:
    """Named streams of one seed. Equal (seed, name), equal numbers, on every machine and in every order of asking.

    A stream is the Mersenne Twister of the standard library, seeded with the SHA-256 of seed and name: its `random()` is the same in every version of Python.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._known: dict[str, Random] = {}

    def stream(self, name: str) -> Random:
        """The stream of a name; asked for again, it goes on where it was."""
        if name not in self._known:
            self._known[name] = fresh_stream(self.seed, name)
        return self._known[name]


def fresh_stream(seed: int, name: str) -> Random:
    """A stream from its first number."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return Random(int.from_bytes(digest, "big"))  # noqa: S311  (a simulation's numbers are to be told again, not to be secret)
