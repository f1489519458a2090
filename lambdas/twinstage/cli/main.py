"""The root command, and the one place where errors become exit codes."""

from __future__ import annotations

import sys

import click

from twinstage import __version__
from twinstage.cli.commands import COMMANDS
from twinstage.cli.console import Console
from twinstage.model.errors import TwinstageError

INTERRUPTED = 130
EPILOG = """Exit codes: 0 approved (or done), 1 rejected, 2 usage or bad input, 3 inconclusive, 4 refused by a guard, 5 AWS or transient
failure, 6 resources left behind, 130 interrupted (after cleaning up)."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(__version__, prog_name="twinstage")
def root() -> None:
    """Rehearse a control-plane change in an isolated digital twin of production.

    Start with `twinstage rehearse enactor-update --local`: no AWS account is needed.
    """


for _command in COMMANDS:
    root.add_command(_command)


def main() -> None:
    """Run one command and exit with its code."""
    try:
        code = root(standalone_mode=False)
    except TwinstageError as error:
        Console(as_json="--json" in sys.argv).error(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
