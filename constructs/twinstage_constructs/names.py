"""What the deployed things of one run are called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from twinstage.model.twin import twin_name

RUN_PATTERN = re.compile(r"[a-z0-9-]{1,20}")
ARMS = ("baseline", "candidate", "repeat")
LONGEST_NAME = 64
"""IAM's limit for a role and Lambda's for a function; a clone and its role share a name."""


STAGES = {
    "Prepare": "prepare",
    "Replicate": "replicate",
    "VerifyFidelity": "verify_fidelity",
    "Apply": "apply",
    "Replay": "replay",
    "Capture": "capture",
    "Explore": "explore",
    "Stress": "stress",
    "Rollback": "rollback",
    "Validate": "validate",
    "Report": "report",
    "Approve": "approve",
    "Promote": "promote",
    "Cleanup": "cleanup",
}
"""State -> module of `twinstage.handlers`."""


@dataclass(frozen=True)
class RunNames:
    """The names of run `run`. Every one begins with `twin-<run>-`, but for the state machine's own: `twin-<run>`."""

    run: str

    @property
    def prefix(self) -> str:
        """What the name of everything in this twin begins with."""
        return f"twin-{self.run}-"

    @property
    def machine(self) -> str:
        """The state machine."""
        return f"twin-{self.run}"

    @property
    def ledger(self) -> str:
        """The table of applied events."""
        return f"{self.prefix}ledger"

    def arm_pattern(self, arm: str) -> str:
        """The IAM pattern of one arm's tables and functions: `twin-<run>-<arm>-*`.

        Not `twin-<run>-*`: run `a` would own what is run `a-b`'s. No run id contains an arm's name, so these collide with nobody's.
        """
        return self.of_arm(arm, "*")

    def stage(self, state: str) -> str:
        """The function behind a state of the machine, and its role."""
        return f"{self.prefix}{state}"

    def of_arm(self, arm: str, name: str) -> str:
        """The twin, in one arm, of production's table or function `name`."""
        return twin_name(self.run, arm, name)


def function_log_group(function: str) -> str:
    """The log group of a Lambda function."""
    return f"/aws/lambda/{function}"
