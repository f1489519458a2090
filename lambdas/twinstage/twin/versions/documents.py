"""What changed in pipelines, configurations and other documents."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import canonical_json
from twinstage.twin.versions.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.twin.versions.change import Breaks, Part

MOST: Final = 1000
"""So many changes of one document are told; then only that there are more."""
_NESTED: Final = ("Iterator", "ItemProcessor")
# What a state says about itself, and does not do.
_TOLD: Final = frozenset({"Comment", *_NESTED, "Branches"})
# What a task works with, where its Resource names only the kind of call.
_TARGETS: Final = frozenset(
    {"FunctionName", "TableName", "QueueUrl", "TopicArn", "StateMachineArn", "ApiEndpoint", "EventBusName"}
)


def pipeline_changes(before: Any, after: Any) -> Iterator[Change]:
    """Of two state machines, by state: what was added, removed, made another one, or set otherwise; and what was changed of the machine, or of one inside a state. Of anything else, by place."""
    if not (_is_machine(before) and _is_machine(after)):
        yield from document_changes("pipeline", before, after)
        return
    old, new = dict(_states(before, "")), dict(_states(after, ""))
    for name, state in old.items():
        if name not in new:
            yield Change("pipeline", "state-removed", name, state.get("Type"), None, "consumers")
    for name, state in new.items():
        if name not in old:
            yield Change("pipeline", "state-added", name, None, state.get("Type"))
            continue
        was = old[name]
        for member in _differing_members(was, state, _TOLD):
            does_other = member in ("Type", "Resource") or _targets(was.get(member)) != _targets(state.get(member))
            kind = "state-does-other" if does_other else "state-set-otherwise"
            breaks: Breaks = "consumers" if does_other else ""
            yield Change("pipeline", kind, f"{name}/{member}", was.get(member), state.get(member), breaks)
    machines = dict(_machines(before, ""))
    for around, machine in _machines(after, ""):
        was = machines.get(around, machine)
        for member in _differing_members(was, machine, frozenset({"Comment", "States"})):
            kind = "start-changed" if member == "StartAt" else "machine-set-otherwise"
            yield Change("pipeline", kind, f"{around}{member}", was.get(member), machine.get(member))


def _differing_members(before: Mapping[str, Any], after: Mapping[str, Any], told: frozenset[str]) -> list[str]:
    """Members whose value differs, or which only one has; Python's own comparison takes true for 1, and null for nothing."""
    return [
        name
        for name in sorted({*before, *after} - told)
        if (name in before) != (name in after) or canonical_json(before[name]) != canonical_json(after[name])
    ]


def _targets(given: Any) -> dict[str, Any]:
    """What a task's parameters say that it works with, by whatever way."""
    if not isinstance(given, dict):
        return {}
    return {name: value for name, value in given.items() if name.removesuffix(".$") in _TARGETS}


def document_changes(part: Part, before: Any, after: Any) -> Iterator[Change]:
    """Each place, by JSON pointer, whose value was added, removed or changed; of very many, the first MOST."""
    found = list(islice(_differing(part, before, after, ""), MOST + 1))
    yield from found[:MOST]
    if len(found) > MOST:
        yield Change(part, "and-more", "", None, None)


def settings_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Each setting of a configuration that differs."""
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name) or (name in before) != (name in after):
            kind = (
                "setting-added" if name not in before else "setting-removed" if name not in after else "setting-changed"
            )
            yield Change("configuration", kind, name, before.get(name), after.get(name))


def graph_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Nodes and edges of two graph documents that are in one of them only, and nodes that are no longer resolved, or are now."""
    old, new = ({node["id"]: node for node in document.get("nodes", ())} for document in (before, after))
    for name in sorted({*old, *new}):
        if (name in old) != (name in new):
            yield Change("graph", "node-added" if name in new else "node-removed", name)
        elif old[name].get("resolved", True) != new[name].get("resolved", True):
            yield Change("graph", "node-resolved" if new[name].get("resolved", True) else "node-unresolved", name)
    edges = [{(e["source"], e["kind"], e["target"]) for e in document.get("edges", ())} for document in (before, after)]
    for source, kind, target in sorted(edges[0] ^ edges[1]):
        added = (source, kind, target) in edges[1]
        yield Change("graph", "edge-added" if added else "edge-removed", f"{source} {kind} {target}")


def _is_machine(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("States"), dict)


def _machines(machine: Mapping[str, Any], around: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The machine and those inside its states, each by its path."""
    yield around, machine
    for path, inner in _inside(machine, around):
        yield from _machines(inner, path)


def _inside(machine: Mapping[str, Any], around: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The machines directly inside its states."""
    for name, state in machine["States"].items():
        if not isinstance(state, dict):
            continue
        branches = state.get("Branches")
        for n, branch in enumerate(branches if isinstance(branches, list) else ()):
            if _is_machine(branch):
                yield f"{around}{name}[{n}]/", branch
        for member in _NESTED:
            if _is_machine(state.get(member)):
                yield f"{around}{name}/", state[member]


def _states(machine: Mapping[str, Any], around: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every state by its path, those in maps and branches too."""
    for path, one in _machines(machine, around):
        yield from ((f"{path}{name}", state) for name, state in one["States"].items() if isinstance(state, dict))


def _differing(part: Part, before: Any, after: Any, place: str) -> Iterator[Change]:
    # Python's own comparison takes true for 1.
    if canonical_json(before) == canonical_json(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            inside = f"{place}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in after:
                yield Change(part, "removed", inside, before[name], None)
            elif name not in before:
                yield Change(part, "added", inside, None, after[name])
            else:
                yield from _differing(part, before[name], after[name], inside)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for n, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differing(part, old, new, f"{place}/{n}")
    else:
        yield Change(part, "changed", place, before, after)
