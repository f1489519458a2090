"""Deterministic randomness: whatever a handler draws comes from a generator of its environment's own, seeded by it.

`random`'s functions, generators seeded by nothing, `secrets`, `os.urandom`, uuid1 and uuid4. Outside an environment all are real.
"""

from __future__ import annotations

import os
import random
import uuid
from typing import TYPE_CHECKING, Any

from twinstage.world.contained.running import running

if TYPE_CHECKING:
    from collections.abc import Callable

# 100 ns intervals between the UUID epoch, 1582-10-15, and Unix's: RFC 9562, section 5.1.
_UUID_EPOCH_100NS = 0x01B21DD213814000
_NODE = 0x0242AC110002
# Methods of Random that the module `random` offers as functions.
_FUNCTIONS = [
    "seed",
    "random",
    "uniform",
    "triangular",
    "randint",
    "choice",
    "randrange",
    "sample",
    "shuffle",
    "choices",
    "normalvariate",
    "lognormvariate",
    "expovariate",
    "vonmisesvariate",
    "gammavariate",
    "gauss",
    "betavariate",
    "binomialvariate",
    "paretovariate",
    "weibullvariate",
    "getstate",
    "setstate",
    "getrandbits",
    "randbytes",
]


def install_randomness() -> dict[Any, Any]:
    """Turn this process's sources of randomness. What is returned maps each function that was replaced to its replacement."""
    replaced: dict[Any, Any] = {}
    for name in _FUNCTIONS:
        if real := getattr(random, name, None):
            replaced[real] = _drawn(name, real)
            setattr(random, name, replaced[real])
    random.Random.seed = _seeded(random.Random.seed)  # type: ignore[method-assign]
    replaced[os.urandom] = os.urandom = _bytes(os.urandom)
    random._urandom = os.urandom  # type: ignore[attr-defined]  # noqa: SLF001 what SystemRandom and so `secrets` draw from
    if hasattr(os, "getrandom"):
        replaced[os.getrandom] = os.getrandom = _bytes(os.getrandom)
    replaced[uuid.uuid1] = uuid.uuid1 = _uuid1(uuid.uuid1)
    return replaced


def _drawn(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def draw(*args: Any, **keywords: Any) -> Any:
        environment = running.environment
        return (real if environment is None else getattr(environment.generator, name))(*args, **keywords)

    draw.__name__ = name
    return draw


def _seeded(real: Callable[..., None]) -> Callable[..., None]:
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        environment = running.environment
        if a is None and environment is not None:
            a = environment.generator.getrandbits(64)
        real(self, a, version)

    return seed


def _bytes(real: Callable[..., bytes]) -> Callable[..., bytes]:
    def urandom(size: int, *flags: int) -> bytes:
        environment = running.environment
        return real(size, *flags) if environment is None else environment.generator.randbytes(size)

    urandom.__name__ = real.__name__
    return urandom


def _uuid1(real: Callable[..., uuid.UUID]) -> Callable[..., uuid.UUID]:
    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        environment = running.environment
        if environment is None:
            return real(node, clock_seq)
        environment.clock_read = True
        ticks = environment.now_ns // 100 + _UUID_EPOCH_100NS
        sequence = environment.generator.getrandbits(14) if clock_seq is None else clock_seq
        low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
        fields = (low, middle, high, sequence >> 8 & 0x3F, sequence & 0xFF, _NODE if node is None else node)
        return uuid.UUID(fields=fields, version=1)

    return uuid1
