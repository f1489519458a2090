"""A job of GitHub Actions as a runner carries it out: expressions, conditions, outputs, and the scripts of `run:` in a real bash. `uses:` steps are written down."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.ci.expressions import evaluated, interpolated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# The checkout that is tested is set up already: this very environment runs the test.
SET_UP = 'make -C "$GITHUB_ACTION_PATH" setup'
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


@dataclass
class Ran:
    """What came of one step: `success`, `failure` or `skipped`; its outputs, what it wrote to its log, and what a `uses:` step was given."""

    outcome: str
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    given: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """One job on a runner. `context` holds github, inputs and runner; `variables` what the runner and the steps before gave the environment."""

    workspace: Path
    temp: Path
    context: dict[str, Any]
    variables: Mapping[str, str]
    steps: dict[str, Ran] = field(default_factory=dict)
    failed: bool = False

    def __post_init__(self) -> None:
        self.temp.mkdir(parents=True, exist_ok=True)
        self.summary = self.temp / "summary.md"
        self.summary.touch()

    def run(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Carry out every step whose condition holds, as the ones before left it."""
        for number, step in enumerate(steps):
            name = step.get("id") or step.get("uses", "").partition("@")[0] or str(step.get("name", number))
            self.steps[name] = ran = self._step(step, number)
            self.failed = self.failed or ran.outcome == "failure"

    def _step(self, step: Mapping[str, Any], number: int) -> Ran:
        context = {**self.context, "steps": {name: vars(ran) for name, ran in self.steps.items()}}
        condition = str(step.get("if", "success()"))
        if "always()" not in condition and "failure()" not in condition:
            condition = f"success() && ({condition})"
        if not evaluated(condition, context, failed=self.failed):
            return Ran("skipped")
        if "uses" in step:
            return Ran("success", given={k: interpolated(str(v), context) for k, v in step.get("with", {}).items()})
        assert "${{" not in step["run"], "a script takes nothing but its environment"
        if step["run"].strip() == SET_UP:
            return Ran("success")
        output = self.temp / f"output-{number}"
        output.touch()
        given = {name: interpolated(str(value), context) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            [*BASH, "-c", step["run"]],
            cwd=self.workspace,
            env={**self.variables, **given, "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(self.summary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        outputs = dict(re.findall(r"^([\w-]+)=(.*)$", output.read_text(), re.MULTILINE))
        return Ran("success" if done.returncode == 0 else "failure", outputs, done.stdout)


def runner_variables(programs: Path, others: Mapping[str, str]) -> dict[str, str]:
    """What a runner's environment holds: nothing of this process's but where programs are; `programs` come first."""
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(programs.parent), "CI": "true", "GITHUB_ACTIONS": "true", **others}
