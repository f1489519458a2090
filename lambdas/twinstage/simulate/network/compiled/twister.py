"""The Mersenne Twister of the standard library, a state being 624 words and how many of them are used, among other whole numbers.

Source: Matsumoto and Nishimura 1998, https://doi.org/10.1145/272991.272995; a number of 53 bits from two words as `random.random` has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.simulate.network.compiled.jit import compiled, inlined

if TYPE_CHECKING:
    from random import Random

    from twinstage.simulate.network.compiled.layout import Whole

WORDS, _SHIFT = 624, 397
_UPPER, _LOWER, _MATRIX = 0x80000000, 0x7FFFFFFF, 0x9908B0DF


def state_of(stream: Random) -> list[int]:
    """Where a stream is, so that what is drawn here is what it would give."""
    return list(stream.getstate()[1])


@inlined
def uniform(n: Whole, stream: int) -> float:
    """The next number of the stream whose state begins at `stream`, in [0, 1)."""
    used = n[stream + WORDS]
    if used >= WORDS:
        _twist(n, stream)
        used = 0
    # Words are drawn in twos and there is an even number of them, so that the second is there if the first is.
    first, second = _tempered(n[stream + used]) >> 5, _tempered(n[stream + used + 1]) >> 6
    n[stream + WORDS] = used + 2
    return (first * 67108864.0 + second) * (1.0 / 9007199254740992.0)


@inlined
def _tempered(word: int) -> int:
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C5680
    word ^= (word << 15) & 0xEFC60000
    return word ^ (word >> 18)


@compiled
def _twist(n: Whole, stream: int) -> None:
    for index in range(WORDS):
        following, further = index + 1, index + _SHIFT
        following -= WORDS if following >= WORDS else 0
        further -= WORDS if further >= WORDS else 0
        mixed = (n[stream + index] & _UPPER) | (n[stream + following] & _LOWER)
        word = n[stream + further] ^ (mixed >> 1)
        n[stream + index] = word ^ _MATRIX if mixed & 1 else word
