"""The commands, one module a verb or group. A module is imported when its command is asked for: what one command needs, no other waits for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from twinstage.cli.examples import taught

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

COMMANDS: Final[Mapping[str, str]] = {
    "plan": "plan:plan",
    "rehearse": "rehearse:rehearse",
    "explore": "explore:explore",
    "stress": "stress:stress",
    "rollback": "rollback:rollback",
    "capture": "capture:capture_command",
    "snapshot": "snapshot:snapshot",
    "replicate": "replicate:replicate",
    "replay": "replay:replay",
    "deploy": "twin:deploy",
    "status": "twin:status",
    "destroy": "twin:destroy",
    "sweep": "sweep:sweep",
    "validate": "validate:validate",
    "report": "report:report",
    "approve": "approve:approve",
    "reject": "approve:reject",
    "attest": "attest:attest_command",
    "promote": "promote:promote",
    "aws": "aws:aws",
    "impact": "impact:impact",
    "graph": "graph:graph",
    "local": "local:local",
    "audit": "audit:audit",
    "bundle": "bundle:bundle",
    "simulate": "simulate:simulate",
    "twin": "data_twin:twin",
    "config": "config:config",
    "ui": "ui:ui",
    "doctor": "doctor:doctor",
    "completion": "completion:completion",
    "explain": "explain:explain",
    "init": "init:init",
    "scenario": "scenario:scenario",
    "schema": "schema:schema",
}
"""Each command's name, and where it is: a module of this package, and its name there."""


def command(name: str) -> click.Command:
    """The command of that name. Raises KeyError where there is none."""
    module, _, attribute = COMMANDS[name].partition(":")
    found: click.Command = getattr(import_module(f"{__name__}.{module}"), attribute)
    return taught(found, name)
