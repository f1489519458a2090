"""The differences of what two versions of a twin are made of: in all of its parts, each with its causes and what is downstream of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol

from twinstage.model.data_product_form import product_of
from twinstage.model.errors import InputError
from twinstage.model.reading.machine_yaml import yaml_machine
from twinstage.twin.versions.change import Change, Difference
from twinstage.twin.versions.contracts import contract_changes
from twinstage.twin.versions.documents import document_changes, graph_changes, pipeline_changes, settings_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.model.data_twin import TwinContent
    from twinstage.twin.versions.change import Part

INPUTS: Final = ("contract", "pipeline", "lineage", "configuration", "snapshot")
"""What a twin is made from. Everything else follows from these, and from the version of the tool."""
_TOOL: Final = "tool"
_DEPLOYMENT: Final = "deployment"


class Downstream(Protocol):
    """What a change reaches; `twin.versions.reach` makes one of a graph."""

    def __call__(self, table: str, column: str) -> tuple[str, ...] | None:
        """The ids of everything downstream of a table, or of one of its columns; None where the graph does not know it."""


def twin_differences(
    before: TwinContent, after: TwinContent, kept: Callable[[str], bytes | None], downstream: Downstream | None = None
) -> tuple[Difference, ...]:
    """Every difference, part by part. `kept` gives what lies under a digest, None where that is not kept: such a part is told by its digests.

    An input is its own cause. What is derived (graph, infrastructure) has the inputs that changed as its causes, or the tool where none did; that there is a stack at all comes of its deployment.
    """
    inputs = tuple(name for name in INPUTS if _digest(before, name) != _digest(after, name))
    return tuple(
        Difference(change, _causes(change, inputs), _affected(change, downstream))
        for change in _changes(before, after, kept)
    )


def _changes(before: TwinContent, after: TwinContent, kept: Callable[[str], bytes | None]) -> Iterator[Change]:
    if before.contract != after.contract:
        old, new = _document(before.contract, kept), _document(after.contract, kept)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from contract_changes(product_of(old), product_of(new))
        else:
            yield Change("contract", "contract-changed", "", before.contract, after.contract, "both")
    if before.pipeline != after.pipeline:
        yield from _pipeline(before, after, kept)
    if before.lineage != after.lineage:
        yield _whole("lineage", before.lineage, after.lineage)
    yield from settings_changes(before.configuration, after.configuration)
    for name, old_value, new_value in (
        ("owner", before.owner, after.owner),
        ("ttl_hours", before.ttl_hours, after.ttl_hours),
    ):
        if old_value != new_value:
            yield Change("configuration", f"{name}-changed", name, old_value, new_value)
    if before.snapshot != after.snapshot:
        yield Change("data", "data-changed", "", before.snapshot, after.snapshot)
    yield from _derived(before, after, kept)


def _pipeline(before: TwinContent, after: TwinContent, kept: Callable[[str], bytes | None]) -> Iterator[Change]:
    if not (before.pipeline and after.pipeline):
        yield _whole("pipeline", before.pipeline, after.pipeline)
        return
    old, new = _document(before.pipeline, kept), _document(after.pipeline, kept)
    changes = list(pipeline_changes(old, new)) if None not in (old, new) else []
    yield from changes or [_whole("pipeline", before.pipeline, after.pipeline)]


def _derived(before: TwinContent, after: TwinContent, kept: Callable[[str], bytes | None]) -> Iterator[Change]:
    if before.infrastructure != after.infrastructure:
        old, new = _document(before.infrastructure, kept), _document(after.infrastructure, kept)
        told = list(document_changes("infrastructure", old, new)) if None not in (old, new) else []
        yield from told or [_whole("infrastructure", before.infrastructure, after.infrastructure)]
    if before.graph != after.graph:
        old, new = _document(before.graph, kept), _document(after.graph, kept)
        told = list(graph_changes(old, new)) if isinstance(old, dict) and isinstance(new, dict) else []
        yield from told or [_whole("graph", before.graph, after.graph)]


def _whole(part: Part, before: str, after: str) -> Change:
    """A part as a whole, by its digests: there now, gone, or another one. A graph with the same nodes and edges has them from other places."""
    if before and after:
        return Change(part, "evidence-changed" if part == "graph" else f"{part}-changed", "", before, after)
    return Change(part, f"{part}-added" if after else f"{part}-removed", "", before or None, after or None)


def _causes(change: Change, inputs: tuple[str, ...]) -> tuple[str, ...]:
    match change.part:
        case "data":
            return ("snapshot",)
        case "infrastructure" if change.kind in ("infrastructure-added", "infrastructure-removed"):
            return (_DEPLOYMENT,)
        case "graph" | "infrastructure":
            return inputs or (_TOOL,)
        case part:
            return (part,)


def _affected(change: Change, downstream: Downstream | None) -> tuple[str, ...] | None:
    return downstream(change.table, change.column) if downstream and change.table else None


def _digest(content: TwinContent, name: str) -> Any:
    return dict(content.configuration) if name == "configuration" else getattr(content, name)


def _document(digest: str, kept: Callable[[str], bytes | None]) -> Any:
    """The document under a digest; None where there is none, or it is neither JSON nor a state machine in YAML (lineage and pipelines may be lines of JSON)."""
    content = kept(digest) if digest else None
    if content is None:
        return None
    try:
        located = yaml_machine(content, digest)
        return json.loads(content) if located is None else located.document
    except (InputError, ValueError, RecursionError):
        return None
