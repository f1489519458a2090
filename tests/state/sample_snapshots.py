"""A small production and snapshots of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.state.memory_zones import alias, rr
from tests.state.production_parts import CAPTURED, CODE, everything, item, production, zone_id
from twinstage.state.capture import capture

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest
    from twinstage.state.capture import Production
    from twinstage.world.signers import Signer
    from twinstage.world.store import Store

RECORDS = [
    rr("a.ex.test.", "A", "192.0.2.2", "192.0.2.1"),
    rr("*.ex.test.", "TXT", '"x"'),
    alias("www.ex.test.", "A", "a.ex.test.", zone_id("ex.test")),
    rr("w.ex.test.", "A", "192.0.2.9", SetIdentifier="blue", Weight=0),
]
ITEMS = [
    item("plan", "2", tags={"SS": ["b", "a"]}),
    item("plan", "10", code={"B": "AAEC"}),
    item("lock", "1", n={"N": "1.50"}),
]


def source(**changed: Any) -> Production:
    """Production, in which some of `zones`, `tables` and `functions` are others."""
    given: dict[str, Any] = {
        "zones": {"ex.test": RECORDS, "other.test": []},
        "tables": {"plans": ITEMS, "empty": []},
        "functions": {"enactor": CODE},
    }
    return production(**(given | changed))


def snapshot_of(
    given: Production, store: Store, *, signer: Signer | None = None, parent: str | None = None, **captured: str
) -> Manifest:
    """A capture of everything that this production has."""
    at = {**CAPTURED, **captured}
    return capture(given, everything(given), store, captured=at, tool="tests", signer=signer, parent=parent)
