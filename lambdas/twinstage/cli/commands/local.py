"""`twinstage local start|stop|status`: the embedded AWS as a server for the AWS CLI, the CDK CLI or anything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option, on_this_machine

if TYPE_CHECKING:
    from twinstage.local.daemon import Running

home_option = click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), help="Where the server keeps its connection file."
)


@click.group()
def local() -> None:
    """The embedded AWS: two accounts on loopback, gone when it stops."""


@local.command()
@home_option
@json_option
def start(home: Path | None, as_json: bool) -> None:
    """Start it, or find it running."""
    from twinstage.local import daemon

    on_this_machine()
    _show(Console(as_json), daemon.start(home))


@local.command()
@home_option
@json_option
def stop(home: Path | None, as_json: bool) -> None:
    """Stop it; its state is gone."""
    from twinstage.local import daemon

    stopped = daemon.stop(home)
    console = Console(as_json)
    console.say("stopped" if stopped else "it was not running")
    console.data({"schema": "twinstage:local-stop:1", "stopped": stopped})


@local.command()
@home_option
@json_option
def status(home: Path | None, as_json: bool) -> None:
    """Where it listens, and whose keys it takes; or that it does not run."""
    from twinstage.local import daemon

    running = daemon.status(home)
    if running is None:
        console = Console(as_json)
        console.say("not running")
        console.data({"schema": "twinstage:local:1", "running": False})
        return
    _show(Console(as_json), running)


def _show(console: Console, running: Running) -> None:
    console.say(
        f"export AWS_ENDPOINT_URL={running.endpoint} AWS_REGION={running.region} AWS_DEFAULT_REGION={running.region}"
    )
    for role, account in running.accounts.items():
        key, secret = running.keys[account]
        console.say(f"# {role}, account {account}\nexport AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}")
    console.data(
        {
            "schema": "twinstage:local:1",
            "running": True,
            "endpoint": running.endpoint,
            "region": running.region,
            "credentials": {
                account: {"aws_access_key_id": key, "aws_secret_access_key": secret}
                for account, (key, secret) in running.keys.items()
            },
            "pid": running.pid,
            "accounts": running.accounts,
        }
    )
