"""What this machine has for a rehearsal, and what it lacks: each look a function of its own, none of which changes anything."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.errors import InputError, TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Status = Literal["ok", "limited", "missing"]
OLDEST_PYTHON: Final = (3, 11)
# What assemblies, bundles and one rehearsal's evidence take, with room to spare.
ENOUGH_BYTES: Final = 2 << 30


@dataclass(frozen=True)
class Look:
    """What one look found. `limited`: everything works, something not as well as it could. `needs` is what does not work where it is missing."""

    name: str
    status: Status
    found: str
    hint: str = ""
    needs: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "status": self.status,
            "found": self.found,
            "hint": self.hint,
            "needs": self.needs,
        }


def examine(store: Path) -> list[Look]:
    """Every look, in the order in which a rehearsal would need them."""
    return [_told(name, needs, look, store) for name, (needs, look) in _LOOKS.items()]


def _told(name: str, needs: str, look: Callable[[Path], tuple[Status, str, str]], store: Path) -> Look:
    """One look; what it raises is what it found."""
    try:
        status, found, hint = look(store)
    except InputError as error:
        return Look(name, "missing", "; ".join(map(str, error.problems)), error.problems[0].hint, needs)
    except TwinstageError as error:
        return Look(name, "missing", error.message, error.hint, needs)
    except PackageNotFoundError as error:
        return Look(name, "missing", f"the package {error.name} is not installed", "install twinstage[local]", needs)
    return Look(name, status, found, hint, "" if status == "ok" else needs)


def _python(_store: Path) -> tuple[Status, str, str]:
    told = ".".join(map(str, sys.version_info[:3]))
    enough = sys.version_info >= OLDEST_PYTHON
    return "ok" if enough else "missing", told, "" if enough else f"use Python {'.'.join(map(str, OLDEST_PYTHON))}"


def _endpoints(_store: Path) -> tuple[Status, str, str]:
    from twinstage.cli.options import on_this_machine

    on_this_machine()
    profile = next((name for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") if os.environ.get(name)), None)
    if profile is None:
        return "ok", "nothing leads off this machine", ""
    return "ok", f"{profile} is set, and used by commands for AWS only", ""


def _loopback(_store: Path) -> tuple[Status, str, str]:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            pass
        places = {found[4][0] for found in socket.getaddrinfo("localhost", None)}
    except OSError as error:
        return "missing", f"127.0.0.1 cannot be listened on: {error}", "allow local servers"
    # CloudFormation's templates are fetched by that name.
    if strange := sorted(map(str, places - {"127.0.0.1", "::1"})):
        return "missing", f"localhost is {', '.join(strange)}", "name 127.0.0.1 localhost in /etc/hosts"
    return "ok", "127.0.0.1 listens, and is localhost", ""


def _moto(_store: Path) -> tuple[Status, str, str]:
    found = f"moto {version('moto')}, awslambdaric {version('awslambdaric')}"
    from twinstage.local import moto_contract

    moto_contract.verify()
    return "ok", found, ""


def _project(_store: Path) -> tuple[Status, str, str]:
    from twinstage.local.project import find_project

    return "ok", str(find_project().root), ""


def _node(_store: Path) -> tuple[Status, str, str]:
    from twinstage.local.cdk_environment import node
    from twinstage.local.project import find_project

    project = find_project()
    found, program = node(), project.cdk
    if not program.exists() and project.installed:
        return (
            "limited",
            f"{found}, and no {program}",
            "it is fetched by the first rehearsal, which needs the npm registry",
        )
    if not program.exists():
        return "missing", f"{found}, and no {program}", "run `make setup`"
    return "ok", f"{found}, {program}", ""


def _containment(_store: Path) -> tuple[Status, str, str]:
    from twinstage.local.functions.containment import probe

    why = probe()
    hint = "allow user namespaces, or rehearse only code that you trust on this machine"
    return (
        ("limited", f"functions are limited and watched, but not namespaced: {why}", hint)
        if why
        else ("ok", "functions run in namespaces of their own", "")
    )


def _compiled(_store: Path) -> tuple[Status, str, str]:
    try:
        return "ok", f"numba {version('numba')}, numpy {version('numpy')}", ""
    except PackageNotFoundError as error:
        return (
            "limited",
            f"{error.name} is not installed: simulation and impact run in plain Python",
            "install twinstage[fast]",
        )


def _room(store: Path) -> tuple[Status, str, str]:
    place = next(folder for folder in (store.absolute(), *store.absolute().parents) if folder.exists())
    if not (place.is_dir() and os.access(place, os.W_OK)):
        return "missing", f"{place} cannot be written", "give another --store"
    free = shutil.disk_usage(place).free
    told = f"{free / (1 << 30):.1f} GiB free at {place}"
    return (
        ("ok", told, "")
        if free >= ENOUGH_BYTES
        else ("limited", told, f"make room: {ENOUGH_BYTES >> 30} GiB are enough")
    )


def _key(_store: Path) -> tuple[Status, str, str]:
    from twinstage.cli.snapshots import own_key
    from twinstage.world.signers import PRIVATE

    key = own_key()
    if not (key.home / PRIVATE).exists():
        return "ok", f"none yet: the first capture makes one in {key.home}", ""
    return "ok", f"{key.key_id} in {key.home}", ""


def _server(_store: Path) -> tuple[Status, str, str]:
    from twinstage.local import daemon

    running = daemon.status()
    return (
        "ok",
        f"runs at {running.endpoint}" if running else "does not run, and need not: rehearsals start their own",
        "",
    )


_LOOKS: Final[dict[str, tuple[str, Callable[[Path], tuple[Status, str, str]]]]] = {
    "python": ("everything", _python),
    "aws environment": ("commands on the embedded AWS", _endpoints),
    "loopback": ("commands on the embedded AWS", _loopback),
    "embedded aws": ("rehearse, deploy, capture and replay on this machine", _moto),
    "checkout": ("rehearse and deploy", _project),
    "cdk": ("rehearse and deploy", _node),
    "containment": ("keeping rehearsed code off this machine", _containment),
    "room": ("snapshots and runs", _room),
    "signing key": ("signed snapshots and attestations", _key),
    "compiled loop": ("the fastest simulation", _compiled),
    "local server": ("`twinstage deploy`", _server),
}
