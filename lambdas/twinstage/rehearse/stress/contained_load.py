"""What the door runs in the process that contains handlers: one shard of a load on virtual time. JSON in, JSON out, but for the subject, which the parent left in a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.rehearse.contained import ANSWERED_SERVICES, collect_seldom
from twinstage.stress.metrics.load_document import load_document
from twinstage.stress.virtual.levels import stressed
from twinstage.world.contained import prepare_clients

if TYPE_CHECKING:
    from collections.abc import Callable


def load_offered(given: dict[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    """The load's result."""
    subject, load = pickle.loads(Path(given["subject"]).read_bytes())  # noqa: S301 our own parent's file, nobody else's
    if given["function"]:
        prepare_clients([subject.serves], ANSWERED_SERVICES)
    collect_seldom()
    return load_document(stressed(subject, load, shard=given["shard"], of=given["of"], say=say))
