"""The checkout that the CDK app is synthesized from, and what is built in it."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from twinstage.model.errors import TwinstageError

ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Project:
    """A checkout of Twinstage. Everything that is built goes below `.build`."""

    root: Path

    @property
    def app(self) -> Path:
        """The CDK app."""
        return self.root / "app.py"

    @property
    def recorder(self) -> Path:
        """The recorder's package."""
        return self.root / "lambdas" / "twinstage_recorder"

    @property
    def scenarios(self) -> Path:
        """The scenarios that come with it."""
        return self.root / "scenarios"

    @property
    def assemblies(self) -> Path:
        """Where cloud assemblies are kept by what they were made of."""
        return self.root / ".build" / "assemblies"

    def bundle(self) -> Path:
        """The Lambda bundle for this machine's own processor and Python, built if its sources changed."""
        command = [sys.executable, str(self.root / "tools" / "bundle.py"), "--arch", architecture()]
        built = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if built.returncode:
            raise TwinstageError(
                "BUNDLE",
                f"the Lambda bundle could not be built: {built.stderr.strip()[-2000:]}",
                hint="run `make setup`",
            )
        return Path(built.stdout.strip().splitlines()[-1])


def architecture() -> str:
    """This machine's processor, in Lambda's words: functions of the embedded AWS run on it."""
    return ARCHITECTURES.get(platform.machine().lower(), "x86_64")


def runtime() -> str:
    """The Lambda runtime of this very Python."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def find_project() -> Project:
    """The checkout that this package is part of, or that the working directory is in."""
    for start in (Path(__file__).resolve(), Path.cwd()):
        for folder in (start, *start.parents):
            if (folder / "app.py").is_file() and (folder / "cdk.json").is_file() and (folder / "stacks").is_dir():
                return Project(folder)
    raise TwinstageError(
        "NO_PROJECT",
        "no checkout of Twinstage was found",
        hint="run inside a clone of the repository, after `make setup`",
    )
