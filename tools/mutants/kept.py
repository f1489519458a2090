"""Trials noted in a file as they end, one JSON object a line, so that a run that is broken off can be gone on with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING

from tools.mutants.trial import Trial

if TYPE_CHECKING:
    from pathlib import Path

    from tools.mutants.mutant import Mutant


class Kept:
    """The trials in `path` (None: none are kept). `digest` stands for the scenario and its code: trials over others do not count."""

    def __init__(self, path: Path | None, digest: str) -> None:
        self._path, self._digest, self._lock = path, digest, Lock()
        lines = path.read_text("utf-8").splitlines() if path is not None and path.exists() else []
        noted = (json.loads(line) for line in lines if line.endswith("}"))
        self._known = {each["mutant"]: each for each in noted if each["digest"] == digest}

    def trial(self, mutant: Mutant) -> Trial | None:
        """What became of the mutant, if it is known."""
        known = self._known.get(_named(mutant))
        if known is None:
            return None
        return Trial(
            mutant, tuple(known["broken"]), known["case"], known["undecided"], known["certified"], known["took_s"]
        )

    def note(self, trial: Trial) -> None:
        """Add a trial to the file."""
        if self._path is None:
            return
        line = {**asdict(trial), "mutant": _named(trial.mutant), "digest": self._digest}
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")


def _named(mutant: Mutant) -> str:
    """A mutant's name with a digest of its text: the name may stay where the text changes."""
    text = json.dumps(dict(sorted(mutant.files.items())))
    return f"{mutant.name} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
