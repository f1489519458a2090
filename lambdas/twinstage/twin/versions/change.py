"""One change between two versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Part = Literal["contract", "pipeline", "lineage", "configuration", "data", "infrastructure", "graph"]
Breaks = Literal["", "consumers", "producers", "both"]
"""Whom a change breaks: `consumers`, who relied on what is promised no longer; `producers`, who must deliver what they did not have to; nobody where it is empty."""


@dataclass(frozen=True)
class Change:
    """`path` is where in its part: `orders.total`, `configuration/seed`, a state's name. `table` and `column` name what it touches, where it touches one."""

    part: Part
    kind: str
    path: str
    before: Any = None
    after: Any = None
    breaks: Breaks = ""
    table: str = ""
    column: str = ""


@dataclass(frozen=True)
class Difference:
    """A change with its causes (the inputs that changed: contract, pipeline, lineage, configuration, snapshot; `tool`, where none did; `deployment`) and the ids of all that is downstream of it.

    `affected` is None where there is no graph, or the graph does not know what was changed: unknown is not the same as nothing.
    """

    change: Change
    causes: tuple[str, ...]
    affected: tuple[str, ...] | None = field(default=None)

    def document(self) -> dict[str, Any]:
        """As `--json` shows it."""
        change = self.change
        return {
            "part": change.part,
            "kind": change.kind,
            "path": change.path,
            "before": change.before,
            "after": change.after,
            "breaking": bool(change.breaks),
            "breaks": change.breaks,
            "causes": list(self.causes),
            "affected": None if self.affected is None else list(self.affected),
        }
