"""A run's evidence brought into its directory, out of the evidence store of whatever account it ran in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.rehearse.approval.desk import FOLDER, RECORD
from twinstage.rehearse.approval.evidence import PLAN
from twinstage.rehearse.attestation import ATTESTATION
from twinstage.rehearse.promotion.journal import JOURNAL
from twinstage.rehearse.promotion.order import ORDER
from twinstage.state.signature import sign
from twinstage.state.snapshot import get_manifest
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from twinstage.world.signers import Signer
    from twinstage.world.store import DirectoryStore, PrefixStore


def forget_earlier(place: DirectoryStore) -> None:
    """Remove from a run's directory what an earlier rehearsal left that this one may come without: whoever planned or approved that one did not do so of this one."""
    for key in [*place.list(FOLDER), *place.list(JOURNAL), RECORD, ATTESTATION, ORDER, PLAN]:
        place.delete(key)


def fetch_run(results: PrefixStore, target: DirectoryStore, snapshots: DirectoryStore, signer: Signer | None) -> int:
    """The run's results into its directory, and the states that its arms ended with into `snapshots`, signed where somebody signs. Gives how many files came."""
    keys = list(results.list(""))
    for key in keys:
        target.put(key, results.get(key))
    for key in target.list("capture/"):
        manifest = get_manifest(results.store, get_json(target, key)["snapshot_id"])
        copy_snapshot(results.store, snapshots, manifest)
        if signer is not None:
            sign(snapshots, manifest, signer)
    return len(keys)
