"""The real CDK CLI, run against the embedded AWS and never against anything else.

The CLI is a subprocess with an environment of its own: it starts only when AWS_ENDPOINT_URL is on loopback, and never with a
profile, because with one it would ask the real AWS (it ignores a profile's endpoint).
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.local.assembly import synthesize
from twinstage.local.cdk_environment import base_environment, guard, last_lines, node
from twinstage.model.errors import AwsError, TwinstageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CdkCli", "Timing", "synthesize"]

TIMEOUT_S = 900


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
        flags = [
            "--progress",
            "events",
            "--method",
            "direct",
            "--require-approval",
            "never",
            "--outputs-file",
            str(outputs_file),
        ]
        self._run("deploy", ["--app", str(assembly), *flags, *stacks], assembly, stacks)
        outputs: dict[str, dict[str, str]] = json.loads(outputs_file.read_text()) if outputs_file.exists() else {}
        return {stack: outputs.get(stack, {}) for stack in stacks}

    def destroy(self, assembly: Path, stacks: Sequence[str]) -> None:
        """Destroy stacks of a cloud assembly. One that does not exist counts as destroyed."""
        self._run("destroy", ["--app", str(assembly), "--force", "--progress", "events", *stacks], assembly, stacks)

    def complete_environment(self) -> dict[str, str]:
        """Everything that the CLI is told. Raises SafetyError where it could reach anything but loopback."""
        guard(self.environment)
        environment = {**base_environment(), **self.environment}
        guard(environment)
        return environment

    def describing(self) -> Any:
        """A client of CloudFormation, for why a deployment failed."""
        import boto3
        from botocore.config import Config

        return boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.environment.get("AWS_SESSION_TOKEN"),
            region_name=self.environment["AWS_REGION"],
        ).client("cloudformation", endpoint_url=self.environment["AWS_ENDPOINT_URL"], config=Config(proxies={}))

    def _run(self, step: str, arguments: Sequence[str], folder: Path, stacks: Sequence[str]) -> str:
        environment = self.complete_environment()
        command = [
            str(node()),
            str(self._program()),
            step,
            "--no-notices",
            "--no-color",
            "--ci",
            *arguments,
        ]
        # A home of its own: the CLI remembers the account of an access key, and keys here are short-lived.
        with tempfile.TemporaryDirectory(prefix="cdk-home-") as home:
            compiled = str(self.project / ".build" / "node-compile-cache")
            environment |= {"CDK_HOME": home, "NODE_COMPILE_CACHE": compiled}
            started = time.perf_counter()
            done = _finish(command, folder, environment)
            self.timings.append(Timing(step, time.perf_counter() - started))
        if done.returncode != 0:
            raise self._failure(step, done.stdout, stacks)
        return done.stdout

    def _program(self) -> Path:
        program = self.project / "node_modules" / "aws-cdk" / "bin" / "cdk"
        if not program.exists():
            raise TwinstageError("CDK_MISSING", f"the CDK CLI is not installed: no {program}", hint="run `make setup`")
        return program

    def _failure(self, step: str, output: str, stacks: Sequence[str]) -> AwsError:
        reasons = [reason for stack in stacks or ("CDKToolkit",) for reason in self._reasons(stack)]
        told = "\n".join([*reasons, *last_lines(output)])
        error = AwsError("cloudformation", f"cdk {step}", "CdkFailed", told)
        error.details["reasons"] = reasons
        return error

    def _reasons(self, stack: str) -> list[str]:
        """Why resources of a stack failed, by its events; none when the stack does not exist."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.describing()
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
