"""`twinstage completion SHELL`: what a shell needs to complete commands, options and their values."""

from __future__ import annotations

import sys

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what SHELL needs to complete twinstage's commands and options: put it where the shell looks for completions."""
    from twinstage.cli.main import root

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    script = found(root, {}, "twinstage", "_TWINSTAGE_COMPLETE")
    # What click prints of a shell; its own check starts bash to ask for a version, which may be another bash than the user's.
    sys.stdout.write(script.source_template % script.source_vars() + "\n")
