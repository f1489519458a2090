"""What is used of resources, while it is recorded: of a whole run, or of one level."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from twinstage.stress.metrics.resource_use import bounded_uses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.stress.metrics.resource_use import ResourceUse


class ResourceTally:
    """Sums by the name of a resource: see `ResourceUse`."""

    __slots__ = ("calls", "refused", "used_micro", "waited_us")

    def __init__(self) -> None:
        self.used_micro: Counter[str] = Counter()
        self.waited_us: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.refused: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def called(self, resource: str, refused: str | None) -> None:
        """One use was admitted, or refused with a code."""
        if refused is None:
            self.calls[resource] += 1
        else:
            self.refused[resource][refused] += 1

    def uses(self, declared: Mapping[str, ResourceUse]) -> dict[str, ResourceUse]:
        """By name, of those resources that anything was recorded of."""
        touched = self.used_micro.keys() | self.waited_us.keys() | self.calls.keys() | self.refused.keys()
        found = {
            name: replace(
                declared[name],
                used_micro=self.used_micro[name],
                waited_us=self.waited_us[name],
                calls=self.calls[name],
                refused=dict(sorted(self.refused[name].items())) if name in self.refused else {},
            )
            for name in touched
        }
        return bounded_uses(found)
