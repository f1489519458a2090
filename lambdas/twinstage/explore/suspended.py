"""Environments that wait in a leaf of the behaviours, a bounded number of them: each costs memory, and can be had again by running anew."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinstage.explore.environments import Environment
    from twinstage.explore.nodes import Node


class Suspended:
    """Keeps environments by the node they stand at. The one that was left alone longest is parked when there are too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Node, Environment] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, node: Node, environment: Environment) -> None:
        """Keep an environment that stands at a node."""
        self._kept[node] = environment
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)[1].park()

    def taken(self, node: Node) -> Environment | None:
        """The environment that stands at a node, which is the caller's from now on; None where there is none."""
        return self._kept.pop(node, None)

    def close(self) -> None:
        """Park them all."""
        while self._kept:
            self._kept.popitem()[1].park()
