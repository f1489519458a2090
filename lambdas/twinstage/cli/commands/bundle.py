"""`twinstage bundle`: the code of the machine's stages, for a twin that somebody's own CDK app deploys."""

from __future__ import annotations

import sys

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.local.project import ARCHITECTURES, architecture, find_project, runtime

PROCESSORS = sorted(set(ARCHITECTURES.values()))
RUNTIME = "python3.12"
"""What a bundle for another processor than this machine's is built for."""


@click.command()
@click.option(
    "--arch", type=click.Choice(PROCESSORS), default="arm64", show_default=True, help="The functions' processor."
)
@json_option
def bundle(arch: str, as_json: bool) -> None:
    """Build what every stage of a rehearsal's machine is deployed from, and print its folder.

    For this machine's own processor and Python it is copied from the running environment, with no network; for the other uv fetches wheels, for Python 3.12.
    """
    place = find_project().bundle(arch)
    document = {
        "schema": "twinstage:bundle:1",
        "bundle": str(place),
        "architecture": arch,
        "runtime": runtime() if arch == architecture() else RUNTIME,
    }
    Console(as_json).data(document)
    if not as_json:
        sys.stdout.write(f"{place}\n")
