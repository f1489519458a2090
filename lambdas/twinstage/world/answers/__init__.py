"""Answers prepared for calls of services beyond Route 53 and DynamoDB, as a handler would get them from boto3.

What a scenario writes, or a recording holds, is JSON; here it is checked against botocore's own models of the services, and given their types.
Importing this package needs no botocore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinstage.world.answers.checks import answer_problems
    from twinstage.world.answers.prepared import Asker, Prepared

__all__ = ["Asker", "Prepared", "answer_problems"]

_LATER = {
    "answer_problems": "twinstage.world.answers.checks",
    "Asker": "twinstage.world.answers.prepared",
    "Prepared": "twinstage.world.answers.prepared",
}


def __getattr__(name: str) -> Any:
    """What needs botocore is imported when it is first asked for: a Lambda's cold start need not pay for it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)
