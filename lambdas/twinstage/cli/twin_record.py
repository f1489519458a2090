"""A twin of a data product that is deployed, as the registry knows it: a version for what is deployed, one while it stands, one when it is gone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.cli.layered_options import read_configuration
from twinstage.cli.twin_inputs import Part, inputs_of, read_part
from twinstage.cli.twin_registry import now
from twinstage.cli.twin_versions import identity_of
from twinstage.model.canonical import canonical_json
from twinstage.model.errors import LeftoverError
from twinstage.twin.graph.from_snapshot import from_snapshot
from twinstage.twin.registry import TwinRegistry
from twinstage.world.store import DirectoryStore
from twinstage.world.versions import StoredVersions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.cli.data_twin_file import DataTwinFile
    from twinstage.cli.twin_inputs import TwinInputs
    from twinstage.model.data_twin import TwinContent, TwinVersion
    from twinstage.model.manifest import Manifest


@dataclass
class TwinRecord:
    """One twin in the registry, at the version that is its newest."""

    registry: TwinRegistry
    twin: TwinVersion

    def deployed(self, template: Any) -> None:
        """It stands, as this template says, which is kept. botocore gives a template that is JSON as the document that it is."""
        infrastructure = self.registry.keep(canonical_json(template))
        self.twin = self.registry.deployed(self.twin.id, self.twin.version, now(), infrastructure=infrastructure)

    def destroyed(self) -> None:
        """Nothing of it stands any more; nothing is written where nothing stood."""
        if self.twin.stands is not None:
            self.twin = self.registry.destroyed(self.twin.id, self.twin.version, now())


@contextmanager
def recorded(loaded: DataTwinFile, store: Path, inputs: TwinInputs) -> Iterator[TwinRecord]:
    """The record of one rehearsal, under the name of its file. Where something of the twin was left behind, it stays recorded as deployed."""
    record = begun(store, loaded, inputs)
    try:
        yield record
    except LeftoverError:
        raise
    except BaseException:
        record.destroyed()
        raise
    record.destroyed()


def record_destroyed(store: Path, id_: str) -> None:
    """Nothing of the twin stands any more."""
    registry = _registry(store)
    TwinRecord(registry, registry.current(id_)).destroyed()


def rehearsed_inputs(loaded: DataTwinFile, manifest: Manifest) -> TwinInputs:
    """What is rehearsed, as a version's inputs: its graph knows the snapshot's functions and the tables that these are told to use, too."""
    parts = {"pipeline": Part(loaded.definition_file, canonical_json(dict(loaded.definition)))}
    if loaded.lineage is not None:
        parts["lineage"] = read_part(loaded.lineage)
    return inputs_of(
        loaded.contract,
        Path(loaded.contract_file),
        parts,
        manifest.digest,
        values=loaded.placeholders,
        known=[from_snapshot(manifest, {})],
    )


def begun(store: Path, loaded: DataTwinFile, inputs: TwinInputs) -> TwinRecord:
    """The twin at a version with the content that is to be deployed: the newest one, or another behind it."""
    registry = _registry(store)
    identity, content = identity_of(None, loaded.name), _content(registry, loaded, inputs)
    held = registry.find(identity)
    if held is None or held.status == "deleted":
        return TwinRecord(registry, registry.create(identity, content, now()))
    if replace(content, infrastructure=held.content.infrastructure).digest == held.content.digest:
        return TwinRecord(registry, held)
    return TwinRecord(registry, registry.update(identity, held.version, content, now()))


def _registry(store: Path) -> TwinRegistry:
    place = DirectoryStore(store)
    return TwinRegistry(StoredVersions(place), place)


def _content(registry: TwinRegistry, loaded: DataTwinFile, inputs: TwinInputs) -> TwinContent:
    for part in inputs.parts.values():
        registry.keep(part)
    said: dict[str, Any] = {
        "executions": dict(loaded.executions),
        "placeholders": dict(loaded.placeholders),
        "keep": list(loaded.keep),
    }
    return replace(inputs.content(read_configuration(None, ())), configuration=said)
