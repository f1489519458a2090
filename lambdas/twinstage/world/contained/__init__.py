"""Contained handlers: unmodified Lambda functions on boto3, run in this process on virtual time, every AWS call a point of suspension.

`Environment` is one Lambda execution environment: `begin` and `resume` run its handler up to the next AWS call or its end. `install`
prepares a fresh process for that, for good; `run_contained` and `Containment` are the parent's side: they start that process, watch over it and end it.
Nothing in here answers a call: whoever holds an Environment does. Imports `model` only; importing this package patches nothing and
needs neither greenlet nor botocore until an Environment is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.contained.call import Answered, Asked, Call, Ended, Failed
from twinstage.world.contained.function import Function

if TYPE_CHECKING:
    from twinstage.world.contained.clients import prepare_clients
    from twinstage.world.contained.contain import Containment, Limits, run_contained
    from twinstage.world.contained.environment import Environment
    from twinstage.world.contained.process import install

__all__ = [
    "Answered",
    "Asked",
    "Call",
    "Containment",
    "Ended",
    "Environment",
    "Failed",
    "Function",
    "Limits",
    "install",
    "prepare_clients",
    "run_contained",
]

_LATER = {
    "Containment": "twinstage.world.contained.contain",
    "Limits": "twinstage.world.contained.contain",
    "run_contained": "twinstage.world.contained.contain",
    "Environment": "twinstage.world.contained.environment",
    "install": "twinstage.world.contained.process",
    "prepare_clients": "twinstage.world.contained.clients",
}


def __getattr__(name: str) -> Any:
    """What needs greenlet and botocore is imported when it is first asked for: a Lambda's cold start need not pay for it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)
