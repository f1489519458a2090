"""The memory world that a test is given: empty, or as a snapshot describes it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from twinstage.rehearse.inputs import start_state
from twinstage.state.history import resolve
from twinstage.state.opening import open_snapshot
from twinstage.testing.scheduled_aws import ScheduledAws
from twinstage.world.store import DirectoryStore

BEGINS_S = 1_767_225_600.0
"""2026-01-01T00:00:00Z: the time in a world that holds no snapshot."""


def world(snapshot: str = "", store: str | Path = ".twinstage") -> ScheduledAws:
    """A world that holds what `snapshot` holds, at the time of its capture; an empty one without. The snapshot is an id or a digest, cut short or not.

    Raises InputError where the store has no such snapshot, or where a part of it is missing or damaged. Its signature is not looked at.
    """
    if not snapshot:
        return ScheduledAws(clock=lambda: BEGINS_S)
    place = DirectoryStore(Path(store))
    manifest = open_snapshot(place, resolve(place, snapshot), trust=None).manifest
    captured_s = datetime.fromisoformat(str(manifest.captured["at"])).timestamp()
    made = ScheduledAws(
        clock=lambda: captured_s,
        account=str(manifest.captured["account"]),
        region=str(manifest.captured["region"]),
    )
    made.restore(start_state(manifest, place))
    return made
