"""What the twin stack is made from: the snapshot that the settings name, checked against them before anything is synthesized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage_constructs.twin_snapshot import TwinSnapshot

if TYPE_CHECKING:
    from stacks.settings import Settings


def read_snapshot(settings: Settings) -> TwinSnapshot:
    """The snapshot that `settings.snapshot` and `settings.objects` name. Raises InputError with every problem: see `TwinSnapshot.check`."""
    snapshot = TwinSnapshot.from_file(settings.path("snapshot"), settings.path("objects"))
    snapshot.check(
        run=settings.run,
        arms=settings.arms,
        candidate=settings.candidate,
        notices=len(settings.approval_notices),
    )
    return snapshot
