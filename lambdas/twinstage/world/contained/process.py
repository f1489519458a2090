"""Prepare a fresh process for contained handlers, for good."""

from __future__ import annotations

import sys
from typing import Any

from twinstage.world.contained.api import install_api
from twinstage.world.contained.clients import install_clients
from twinstage.world.contained.clock import install_clock
from twinstage.world.contained.compiled import install_compiled
from twinstage.world.contained.files import install_files
from twinstage.world.contained.logs import install_logs
from twinstage.world.contained.machine import install_machine
from twinstage.world.contained.modules import install_modules
from twinstage.world.contained.randomness import install_randomness
from twinstage.world.contained.refusals import install_refusals
from twinstage.world.contained.retries import install_retries
from twinstage.world.contained.threading_patch import install_threads
from twinstage.world.contained.view import install_view

_installed: list[bool] = []


def install() -> None:
    """Replace clocks, randomness, waiting, threads, the network and boto3's calls in this process. A second time does nothing.

    For a process that does nothing else: none of it is ever undone. The process's own code, outside an Environment, finds everything as it
    was, but for AWS calls and the network, which are refused.
    """
    if _installed:
        return
    _installed.append(True)
    replaced: dict[Any, Any] = {
        **install_clock(),
        **install_randomness(),
        **install_view(),
        **install_logs(),
        **install_threads(),
        **install_machine(),
        **install_files(),
    }
    _rebind(replaced)
    install_retries(replaced)
    install_modules()
    install_refusals()
    install_compiled()
    install_api()
    install_clients()


def _rebind(replaced: dict[Any, Any]) -> None:
    """Modules loaded before now may hold a replaced function under a name of their own (`from time import monotonic`)."""
    by_identity = {id(real): virtual for real, virtual in replaced.items()}
    for name, module in list(sys.modules.items()):
        if name.startswith(__package__ or "") or not hasattr(module, "__dict__"):
            continue
        for attribute, value in list(vars(module).items()):
            if virtual := by_identity.get(id(value)):
                setattr(module, attribute, virtual)
