"""The checkout that the CDK app is synthesized from, or what an installed wheel has in its place; and what is built in it."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from twinstage.local.cdk_environment import fetching_environment, last_lines
from twinstage.local.installed import laid_out
from twinstage.model.errors import TwinstageError

FETCH_S = 600
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Project:
    """A checkout of Twinstage, or (`installed`) the same as a wheel brought it. Everything that is built goes below `.build`."""

    root: Path
    installed: bool = False

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

    def bundle(self, processor: str = "") -> Path:
        """The Lambda bundle for a processor, built if its sources changed: for this machine's own, its own Python; for another, the one that the stacks take."""
        command = [sys.executable, str(self.root / "tools" / "bundle.py"), "--arch", processor or architecture()]
        built = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if built.returncode:
            raise TwinstageError(
                "BUNDLE",
                f"the Lambda bundle could not be built: {built.stderr.strip()[-2000:]}",
                hint="install `twinstage[local]` anew" if self.installed else "run `make setup`",
            )
        return Path(built.stdout.strip().splitlines()[-1])

    @property
    def cdk(self) -> Path:
        """The CDK CLI, which may have to be fetched first."""
        return self.root / "node_modules" / "aws-cdk" / "bin" / "cdk"

    def fetch_cdk(self) -> bool:
        """Get the CDK CLI that `package-lock.json` pins, where a wheel was installed and it is not there yet; whether it did.

        A checkout gets it by `make setup`. Raises TwinstageError where the registry cannot be reached.
        """
        if not self.installed or self.cdk.exists():
            return False
        environment = fetching_environment()
        npm = shutil.which("npm", path=environment["PATH"])
        if npm is None:
            raise TwinstageError("NODE_MISSING", "there is no npm beside Node", hint="install `twinstage[local]`")
        command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=FETCH_S
        )
        if done.returncode:
            told = "\n".join(last_lines(done.stderr))
            way = "the first rehearsal needs the npm registry; later ones need no network"
            raise TwinstageError("CDK_MISSING", f"the CDK CLI could not be fetched: {told}", hint=way)
        return True


def architecture() -> str:
    """This machine's processor, in Lambda's words: functions of the embedded AWS run on it."""
    return ARCHITECTURES.get(platform.machine().lower(), "x86_64")


def runtime() -> str:
    """The Lambda runtime of this very Python."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def find_project() -> Project:
    """The checkout that this package is part of, or that the working directory is in; else what this package was installed with."""
    for start in (Path(__file__).resolve(), Path.cwd()):
        for folder in (start, *start.parents):
            if (folder / "app.py").is_file() and (folder / "cdk.json").is_file() and (folder / "stacks").is_dir():
                return Project(folder)
    if root := laid_out():
        return Project(root, installed=True)
    raise TwinstageError(
        "NO_PROJECT",
        "no checkout of Twinstage was found, and this package was not installed from a wheel",
        hint="run inside a clone of the repository, after `make setup`, or `pip install 'twinstage[local]'`",
    )
