"""What keeps a test's race from meaning anything."""

from __future__ import annotations

from twinstage.model.errors import TwinstageError


def misuse(message: str, way_out: str) -> TwinstageError:
    """The error to raise (code RACE). pytest shows the way out below the message."""
    error = TwinstageError("RACE", message, hint=way_out)
    error.add_note(way_out)
    return error
