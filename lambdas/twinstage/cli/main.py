"""The root command, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
import traceback

import click

from twinstage import __version__
from twinstage.cli.commands import COMMANDS, command
from twinstage.cli.console import Console
from twinstage.cli.locate import located
from twinstage.model.errors import InputError, InputProblem, TwinstageError

INTERRUPTED = 130
EPILOG = """Exit codes: 0 approved (or done), 1 rejected, 2 usage or bad input, 3 inconclusive, 4 refused by a guard, 5 AWS or transient
failure, 6 resources left behind, 130 interrupted (after cleaning up)."""


class _Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return command(cmd_name) if cmd_name in COMMANDS else None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(__version__, prog_name="twinstage")
def root() -> None:
    """Rehearse a control-plane change in an isolated digital twin of production.

    Start with `twinstage rehearse enactor-update --local`: no AWS account is needed.
    """


def main() -> None:
    """Run one command and exit with its code."""
    try:
        code = root(standalone_mode=False)
    except OSError as error:
        # A file or folder that cannot be read or written is the caller's to mend.
        problem = InputProblem(
            str(error.filename or ""), 0, "", f"{error.strerror or error}", "give a file or folder that can be used"
        )
        Console(as_json="--json" in sys.argv).error(InputError([problem]))
        sys.exit(InputError.exit_code)
    except InputError as error:
        found = located(error)
        Console(as_json="--json" in sys.argv).error(found)
        sys.exit(found.exit_code)
    except TwinstageError as error:
        Console(as_json="--json" in sys.argv).error(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 whatever it is, it is not a verdict
        # Python's own exit code for a traceback is 1, which here means REJECTED.
        traceback.print_exc()
        Console(as_json="--json" in sys.argv).error(_internal(error))
        sys.exit(TwinstageError.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _internal(error: Exception) -> TwinstageError:
    return TwinstageError(
        "INTERNAL",
        f"{type(error).__name__}: {error}",
        hint="this is a defect of Twinstage: please report it with the lines above",
    )
