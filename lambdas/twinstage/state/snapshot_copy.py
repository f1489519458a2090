"""A snapshot brought from one store into another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.state.signature import copy_signatures
from twinstage.state.snapshot import copy_parts, manifest_key

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store


def copy_snapshot(source: Store, target: Store, manifest: Manifest) -> None:
    """Copy parts and signatures, and the manifest last: no half of a snapshot is ever visible. Signatures that the target has stay."""
    copy_parts(source, target, manifest)
    copy_signatures(source, target, manifest)
    key = manifest_key(manifest.id)
    target.put(key, source.get(key))
