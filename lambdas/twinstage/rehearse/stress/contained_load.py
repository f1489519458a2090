"""What the door runs in the process that contains handlers: one shard of a load on virtual time. JSON in, JSON out, but for the subject, which the parent left in a file."""

from __future__ import annotations

import gc
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.stress.metrics.load_document import load_document
from twinstage.stress.virtual.levels import stressed
from twinstage.world.contained import prepare_clients

if TYPE_CHECKING:
    from collections.abc import Callable

# As of explorations: what a run holds lives as long as it.
_COLLECT_SELDOM = (100_000, 50, 1_000)


def load_offered(given: dict[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    """The load's result."""
    subject, load = pickle.loads(Path(given["subject"]).read_bytes())  # noqa: S301 our own parent's file, nobody else's
    if given["function"]:
        prepare_clients([subject.serves], ("route53", "dynamodb"))
    gc.freeze()
    gc.set_threshold(*_COLLECT_SELDOM)
    return load_document(stressed(subject, load, shard=given["shard"], of=given["of"], say=say))
