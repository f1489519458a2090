"""What an isolated twin may be given, beyond its snapshot and the change."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aws_cdk import aws_events as events
    from aws_cdk import aws_sns as sns


@dataclass(frozen=True)
class StageCode:
    """The code of the machine's stages: a bundle's directory, and what it was built for."""

    bundle: Path
    architecture: str = "arm64"
    runtime: str = "python3.12"

    @classmethod
    def built(cls, architecture: str = "arm64") -> StageCode:
        """The bundle of the installed Twinstage, built by `twinstage bundle` where it is not there yet. Raises InputError with what that says."""
        command = [sys.executable, "-m", "twinstage.cli", "bundle", "--arch", architecture, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            way = "`twinstage bundle` says the same; it needs `twinstage[local]`, and uv for another processor"
            raise InputError([InputProblem("app", 0, "/stages", done.stderr.strip(), way)])
        told = json.loads(done.stdout)
        return cls(Path(told["bundle"]), told["architecture"], told["runtime"])


@dataclass(frozen=True)
class CloneOptions:
    """How clones differ from production's functions, beyond what isolation asks for.

    `keep_environment` names variables that pass unchanged; `architecture` is every clone's processor where that is not
    production's own; `concurrency` what each clone of each arm reserves of the account's pool; `recorder` the directory
    of the recorder's package, which is the installed one where none is given.
    """

    keep_environment: Collection[str] = ()
    architecture: str | None = None
    concurrency: int | None = None
    recorder: Path | None = None

    def recorder_package(self) -> Path:
        """The recorder's package."""
        if self.recorder is not None:
            return self.recorder
        # Only looked for: imported, it would record this process's own calls.
        found = find_spec("twinstage_recorder")
        if found is None or found.origin is None:
            hint = "install twinstage, or give CloneOptions(recorder=...)"
            raise InputError([InputProblem("twinstage_recorder", 0, "", "the recorder is not installed", hint)])
        return Path(found.origin).parent


@dataclass(frozen=True)
class TwinContents:
    """What is to be in a twin beside its snapshot's zones, tables and functions.

    `import_items` is from how many items on a table is imported from S3 as it is made, where any is; `spare_zones` are the names of zones
    that the log makes: they stand empty until then. `stress` says what load is sent to, by the scenario's `stress` section in the
    world twin: function, zone, or an operation on tables such as PutItem. `ttl_hours` is how long the twin may live before a sweeper removes it.
    `scenario` is the digest of the published scenario that an execution without one rehearses: `sha256:<hex>`. `shaped_tables` are
    the names of production's tables that the change gives another schema.
    """

    import_items: int | None = None
    spare_zones: Sequence[str] = ()
    stress: str = ""
    ttl_hours: int = 4
    scenario: str = ""
    shaped_tables: Sequence[str] = ()


@dataclass(frozen=True)
class Approvals:
    """Where people are told that they are asked to approve: a topic, a bus, or both."""

    topic: sns.ITopic | None = None
    bus: events.IEventBus | None = None

    def places(self) -> dict[str, str]:
        """The ARN of each, by kind."""
        found = {"topic": self.topic and self.topic.topic_arn, "bus": self.bus and self.bus.event_bus_arn}
        return {kind: arn for kind, arn in found.items() if arn}
