"""Snapshots of a store as a history: each one's parent is the newest one of the same selection that was there when it was captured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.state.signature import sign
from twinstage.state.snapshot import get_manifest, put_manifest, snapshot_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.manifest import Manifest
    from twinstage.world.signers import Signer
    from twinstage.world.store import Store


LATEST: Final = "latest"
"""The reference to the capture that was made last."""


@dataclass(frozen=True)
class Entry:
    """One snapshot of a store: its id, and its manifest or what is wrong with it."""

    id: str
    manifest: Manifest | None
    problems: tuple[InputProblem, ...] = ()


def commit(store: Store, manifest: Manifest, *, signer: Signer | None = None) -> Manifest:
    """Store a snapshot whose parts are stored, under a parent, and sign it. Gives the manifest as it was stored.

    A manifest that names its parent keeps it, and so does one that a run derived from another. The parent is decided by whoever looks first: of two captures
    of one selection at the same time both may have the same.
    """
    if manifest.parent is None and "derived" not in manifest.captured:
        manifest = replace(manifest, parent=parent_of(store, manifest))
    put_manifest(store, manifest)
    if signer is not None:
        sign(store, manifest, signer)
    return manifest


def parent_of(store: Store, manifest: Manifest) -> str | None:
    """The id of the newest capture of the same selection. Of two of the same second it is the one that comes after the other.

    Damaged manifests are passed over: they are no reason not to capture.
    """
    same = [
        entry.manifest
        for entry in entries(store)
        if entry.manifest is not None and _selection(entry.manifest) == _selection(manifest)
    ]
    parents = {found.parent for found in same}
    heads = [found for found in same if found.id not in parents]
    return max(heads, key=lambda found: (found.captured["at"], found.id)).id if heads else None


def entries(store: Store) -> Iterator[Entry]:
    """Every snapshot of a store, in the order of the ids; a damaged one with its problems."""
    for hex_ in snapshot_ids(store):
        snapshot = f"sha256:{hex_}"
        try:
            yield Entry(snapshot, get_manifest(store, snapshot))
        except InputError as error:
            yield Entry(snapshot, None, error.problems)


def chained(found: Sequence[Entry]) -> list[Entry]:
    """The same, as they came: by time of capture, each after its parent, damaged ones last."""
    left = sorted((e for e in found if e.manifest), key=lambda e: (_at(e), e.id))
    waiting, out = {e.id for e in left}, list[Entry]()
    while left:
        ready = next((e for e in left if _parent(e) not in waiting), left[0])
        left.remove(ready)
        waiting.discard(ready.id)
        out.append(ready)
    return [*out, *(e for e in found if e.manifest is None)]


def resolve(store: Store, reference: str) -> str:
    """The id of the snapshot that an id or a digest means, the beginning of one, or `latest`. Of several with one digest it is the newest.

    Raises InputError where there is none, or where the beginnings of several differ.
    """
    if reference == LATEST:
        return _latest(store)
    wanted = reference.removeprefix("sha256:")
    ids = [hex_ for hex_ in snapshot_ids(store) if hex_.startswith(wanted)] if wanted else []
    if len(ids) == 1:
        return f"sha256:{ids[0]}"
    states: dict[str, list[Manifest]] = {}
    for entry in entries(store) if wanted and not ids else ():
        if entry.manifest is not None and entry.manifest.digest.removeprefix("sha256:").startswith(wanted):
            states.setdefault(entry.manifest.digest, []).append(entry.manifest)
    if len(states) == 1:
        (same,) = states.values()
        parents = {found.parent for found in same}
        return max(same, key=lambda found: (found.captured["at"], found.id not in parents, found.id)).id
    count, what = (len(ids), "ids") if ids else (len(states), "digests")
    message = f"{count} {what} begin with {reference!r}" if count else f"no snapshot begins with {reference!r}"
    raise InputError([InputProblem("snapshots", 0, "", message, "`twinstage snapshot list` shows them")])


def _latest(store: Store) -> str:
    """The capture that was made last, of whatever, each after its parent. What a run ended with is no capture."""
    every = chained(list(entries(store)))
    there = [one.id for one in every if one.manifest is not None and "derived" not in one.manifest.captured]
    if not there:
        hint = "`twinstage capture` and `twinstage snapshot import` make them"
        raise InputError([InputProblem("snapshots", 0, "", "there is no snapshot", hint)])
    return there[-1]


def _selection(manifest: Manifest) -> tuple[object, ...]:
    """What was captured, of where: names, not their content. What a run derived belongs to no selection of production's."""
    return (
        manifest.captured["account"],
        manifest.captured["region"],
        manifest.captured.get("derived"),
        tuple(sorted(zone.name for zone in manifest.zones)),
        tuple(sorted(table.name for table in manifest.tables)),
        tuple(sorted(function.name for function in manifest.functions)),
    )


def _at(entry: Entry) -> str:
    return str(entry.manifest.captured["at"]) if entry.manifest else ""


def _parent(entry: Entry) -> str | None:
    return entry.manifest.parent if entry.manifest else None
