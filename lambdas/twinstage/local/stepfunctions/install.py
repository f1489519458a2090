"""All of Step Functions put in place, in the order the parts need each other."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from twinstage.local.stepfunctions import (
    answers,
    callbacks,
    clients,
    errors,
    execution_log,
    executions,
    expressions,
    items,
    json_paths,
    maps,
    parsing,
    shapes,
    waits,
)

if TYPE_CHECKING:
    from twinstage.local.clients import Clients


def install(of: Clients) -> None:
    """Load moto's interpreter whole, so that every module that imported a replaced function is found, and replace."""
    import moto.stepfunctions.parser.asl as interpreter
    import moto.stepfunctions.parser.models  # noqa: F401  the backend that executes

    for module in pkgutil.walk_packages(interpreter.__path__, interpreter.__name__ + "."):
        if ".service." in module.name or module.name.endswith("eval_utils"):
            importlib.import_module(module.name)
    for part in (
        expressions,
        json_paths,
        parsing,
        errors,
        shapes,
        items,
        waits,
        execution_log,
        executions,
        callbacks,
        maps,
        answers,
    ):
        part.install()
    clients.install(of)
