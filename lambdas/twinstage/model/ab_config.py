"""What a scenario asks of its A/B comparison: the `ab` section, every default filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

REPEAT: Final = "repeat"
"""The third arm: the baseline's code a second time. What differs between the two is noise."""
LATENCY_RATIO: Final = 1.2
"""How many times as long as the baseline the candidate may take, unless the scenario says otherwise."""


@dataclass(frozen=True)
class AbConfig:
    """The section. `may_differ` maps a function (or the type of an event that calls none, such as `dns_update`) to JSON pointers into what its events come to:

    `/outcome`, `/error`, `/response...`, `/calls/<service> <operation>...`; a step `*` stands for any one step, and a pointer for all that lies below it.
    `latency_ratio`: how many times as long the candidate may take, at least 1.
    """

    may_differ: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    latency_ratio: float = LATENCY_RATIO


def ab_of(document: Mapping[str, Any]) -> AbConfig:
    """The section of a valid scenario."""
    return AbConfig(
        may_differ={name: tuple(pointers) for name, pointers in document.get("may_differ", {}).items()},
        latency_ratio=float(document.get("max_latency_ratio", LATENCY_RATIO)),
    )
