"""`twinstage ui`: runs, reports, rehearsals and approvals in a browser on this machine."""

from __future__ import annotations

import threading
import webbrowser
from typing import TYPE_CHECKING

import click

from twinstage.cli.console import Console
from twinstage.cli.ending import terminable
from twinstage.cli.identity import this_user
from twinstage.cli.options import json_option, on_this_machine, scenario_roots, store_option
from twinstage.cli.ui.scenarios import scenario_files

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8317,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@click.option("--open/--no-open", "opens", default=True, help="Open the page in this machine's browser.")
@store_option
@json_option
def ui(port: int, opens: bool, store: Path, as_json: bool) -> int:
    """Show this machine's runs in a browser: reports, approvals, and rehearsals that are started there.

    Listens on 127.0.0.1 alone, until Ctrl-C. Rehearsals that it started are then stopped, and take down what they put up.
    """
    # Flask is not for every command to wait for.
    from twinstage.cli.ui.serving import serving

    on_this_machine()
    console = Console(as_json)
    with terminable(), serving(store, port, _found, this_user(), console.stage) as address:
        console.data({"schema": "twinstage:ui:1", "url": address, "store": str(store)})
        console.say(f"{address}  (Ctrl-C ends it)")
        if opens and not as_json:
            webbrowser.open(address)
        # An Event that nobody sets: Ctrl-C ends the wait.
        threading.Event().wait()
    return 0


def _found() -> list[Path]:
    """The scenarios that can be started, as they are now."""
    return scenario_files(scenario_roots())
