"""The process that runs handlers in memory, kept from one invocation of a stage function to the next."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.model.canonical import sha256_hex
from twinstage.rehearse.exploration import Explorer
from twinstage.rehearse.inputs import inputs_of
from twinstage.rehearse.uploaded import uploaded_changes

if TYPE_CHECKING:
    from twinstage.handlers.stage import Stage

OWN_MEMORY_MB = 512  # what this process and its runtime take, beside the one that explores: inputs are held by both
GIVEN = ("input/run.json", "input/scenario.json", "input/events.jsonl")


class KeptExplorer:
    """The explorer of the last invocation: the next one is most likely to be of the same run, and need not read it again."""

    def __init__(self) -> None:
        self._closing, self._of = ExitStack(), ""

    def explorer(self, stage: Stage, limit_mb: int) -> Explorer:
        """An explorer of the stage's run, as it was given; `limit_mb`: what this function may take in all."""
        memory_mb = limit_mb - OWN_MEMORY_MB
        # Checked every time: another package than the run was started with is refused, whenever it was put there.
        changes = uploaded_changes(stage.results, stage.scenario, stage.input["code"].get("candidate", {}))
        of = sha256_hex("".join(sha256_hex(stage.results.get(key)) for key in GIVEN).encode() + f"{memory_mb}".encode())
        if of != self._of:
            self._closing.close()
            self._of = ""
            folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="twinstage-explore-")))
            inputs = inputs_of(stage.scenario, stage.events, stage.manifest, stage.store, changes, folder)
            self._explorer = self._closing.enter_context(Explorer(inputs, memory_mb=memory_mb))
            self._of = of
        return self._explorer


kept = KeptExplorer()
