"""A record change and who made it: what rules about conduct are asked of, where rules about the world cannot tell who it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Written:
    """A batch of record changes that was carried out: when, seconds since the epoch by its maker's clock, in which zone, and `changes` in boto3's form."""

    at_s: float
    zone_id: str
    changes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Deed:
    """A batch that an invocation had carried out. `earlier`: the batches of the same invocation before it, oldest first.

    `message` is what the invocation was handed over.
    """

    function: str
    message: Any
    written: Written
    earlier: tuple[Written, ...] = ()
