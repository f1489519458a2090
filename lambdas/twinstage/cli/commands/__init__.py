"""The commands, one module a verb or group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.cli.commands.capture import capture_command
from twinstage.cli.commands.explore import explore
from twinstage.cli.commands.local import local
from twinstage.cli.commands.rehearse import rehearse
from twinstage.cli.commands.replay import replay
from twinstage.cli.commands.replicate import replicate
from twinstage.cli.commands.report import report
from twinstage.cli.commands.scenario import scenario
from twinstage.cli.commands.schema import schema
from twinstage.cli.commands.snapshot import snapshot
from twinstage.cli.commands.twin import deploy, destroy, status
from twinstage.cli.commands.validate import validate

if TYPE_CHECKING:
    import click

COMMANDS: tuple[click.Command, ...] = (
    rehearse,
    explore,
    capture_command,
    snapshot,
    replicate,
    replay,
    deploy,
    status,
    destroy,
    validate,
    report,
    local,
    scenario,
    schema,
)
