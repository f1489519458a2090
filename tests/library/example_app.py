"""The example CDK app of docs/examples/cdk-app, as somebody has it who installed the wheel: no checkout is near."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.library.wheels import ROOT, beside, build, environment
from tests.rehearsal.small_scenario import write_small_scenario
from twinstage.local.project import architecture, find_project

EXAMPLE = ROOT / "docs/examples/cdk-app"
RUN = "pr-17"
STACK = f"twin-of-{RUN}"


@dataclass(frozen=True)
class ExampleApp:
    """The app's folder, the programs beside the wheel, and the environment in which they run."""

    folder: Path
    programs: Path
    environment: dict[str, str]

    def run(self, *command: str | Path) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(
            [str(self.programs / command[0]), *map(str, command[1:])],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def snapshot(self) -> str:
        """The beginning of the id of a small snapshot, in the app's own store."""
        production = write_small_scenario(self.folder.parent / "scenario").parent / "production"
        dumps = ("--zones", production / "zones", "--tables", production / "tables")
        told: dict[str, Any] = json.loads(self.run("twinstage", "snapshot", "import", *dumps, "--json"))
        return str(told["snapshot"]).removeprefix("sha256:")[:12]

    def synthesized(self, **context: str) -> Path:
        """What the real CDK CLI synthesizes of it."""
        context = {"snapshot": self.snapshot(), "processor": architecture(), **context}
        given = [word for name, value in context.items() for word in ("-c", f"{name}={value}")]
        self.run(Path(sys.executable).with_name("node"), find_project().cdk, "synth", "--quiet", "--no-notices", *given)
        return self.folder / "cdk.out"


def example_app(place: Path) -> ExampleApp:
    """The app in a folder of its own, beside an environment that holds the wheel."""
    home = place / "home"
    home.mkdir()
    programs = beside(build(place / "dist")["wheel"], place / "venv")
    made = ExampleApp(place / "app", programs, environment(programs, home))
    shutil.copytree(EXAMPLE, made.folder, ignore=shutil.ignore_patterns("__pycache__", "cdk.out"))
    return made
