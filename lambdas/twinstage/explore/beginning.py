"""Which containers have begun: one begins once everything that it comes after has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.case import ContainerSpec
    from twinstage.explore.nodes import Node


class BeginningOrder:
    """The order that a case's containers say they keep, by index."""

    def __init__(self, containers: Sequence[ContainerSpec]) -> None:
        self.names = tuple(container.name for container in containers)
        order = {name: index for index, name in enumerate(self.names)}
        self._after = tuple(tuple(sorted(order[name] for name in container.after)) for container in containers)
        self._before = tuple(self._all_before(index) for index in range(len(containers)))

    def begun(self, container: int, nodes: Sequence[Node]) -> bool:
        """Whether everything that a container comes after has ended."""
        for other in self._after[container]:  # noqa: SIM110  (asked of every container of every state)
            if nodes[other].request is not None:
                return False
        return True

    def pending(self, nodes: Sequence[Node]) -> list[int]:
        """The containers that have begun and not ended."""
        return [i for i, node in enumerate(nodes) if node.request is not None and self.begun(i, nodes)]

    def related(self, one: int, other: int) -> bool:
        """Whether one of two containers must have ended before the other begins."""
        return one in self._before[other] or other in self._before[one]

    def _all_before(self, container: int) -> frozenset[int]:
        found: set[int] = set()
        todo = list(self._after[container])
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo += self._after[one]
        return frozenset(found)
