"""What a source holds that is not replayed: told by its kind, never silently."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ignored:
    """A record that is well formed and nothing to replay. `kind` is what is counted: `s3 PutObject`, `Scheduled Event`."""

    kind: str
