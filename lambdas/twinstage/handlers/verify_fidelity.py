"""VerifyFidelity: the arm's state, read back, against the snapshot."""

from __future__ import annotations

import threading
import time
from typing import Any

from twinstage.handlers.stage import open_stage
from twinstage.model.errors import TwinstageError
from twinstage.replay.standing import zone_life_substitutions
from twinstage.state.fidelity import compare_twin, substitutions_of
from twinstage.state.settling import settle
from twinstage.world.jsons import put_json


class FidelityBroken(TwinstageError):
    """The twin is not what was captured: nothing that is replayed on it would prove anything."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run", "arm"}` -> `{"digest"}`. Raises FidelityBroken after the differences were written to `fidelity/<arm>.json`."""
    stage, arm = open_stage(), event["arm"]
    substitutions = substitutions_of(stage.twin, stage.manifest, stage.store) + stage.input["substitutions"]
    substitutions += [found.document() for found in zone_life_substitutions(stage.twin, stage.events)]
    document = settle(
        lambda: compare_twin(arm, stage.twin, stage.manifest, stage.store, stage.zones, stage.tables, substitutions),
        pause=threading.Event().wait,
        clock=time.monotonic,
    )
    put_json(stage.results, f"fidelity/{arm}.json", document)
    stage.log("VerifyFidelity", arm=arm, equal=document["equal"], differences=document["differences_found"])
    if not document["settled"]:
        raise FidelityBroken(
            "UNSETTLED", "one reading of the twin after the other says something else: it is not known what it holds"
        )
    if not document["equal"]:
        raise FidelityBroken(
            "FIDELITY_BROKEN", f"the twin differs from the snapshot in {document['differences_found']} places"
        )
    return {"digest": document["twin"]}
