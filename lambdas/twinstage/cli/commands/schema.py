"""`twinstage schema NAME`: the JSON Schema of whatever crosses a boundary."""

from __future__ import annotations

import json
import sys

import click

from twinstage.model.validation import schema as load
from twinstage.model.validation import schema_names


@click.command()
@click.argument("name", type=click.Choice(schema_names()))
def schema(name: str) -> None:
    """Print one JSON Schema: scenario, event, snapshot, ..."""
    sys.stdout.write(json.dumps(load(name), indent=2, ensure_ascii=False) + "\n")
