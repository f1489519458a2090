"""`twinstage config show`: every setting, its value and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twinstage.cli.console import Console
from twinstage.cli.layered_options import layered, read_configuration
from twinstage.cli.options import json_option

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.twin.configuration import SettingValue


@click.group()
def config() -> None:
    """Settings in layers: defaults, scenario, environment, flags."""


@config.command()
@click.option("--origin", is_flag=True, help="Say of each value which layer gave it, and which weaker ones it hides.")
@layered
@json_option
def show(origin: bool, scenario: Path | None, given: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Every setting and its value."""
    console, found = Console(as_json), read_configuration(scenario, given, store=store)
    for one in found.settings:
        console.say(f"{one.setting.name} = {one.value!r}" + (_told(one) if origin else ""))
    console.data({"schema": "twinstage:config-show:1", "settings": [_document(one) for one in found.settings]})


def _told(one: SettingValue) -> str:
    hidden = ", ".join(f"{layer} {value!r}" for layer, value in one.hidden)
    return f"  # {one.layer}" + (f" {one.origin}" if one.origin else "") + (f" (over {hidden})" if hidden else "")


def _document(one: SettingValue) -> dict[str, object]:
    return {
        "name": one.setting.name,
        "value": one.value,
        "layer": one.layer,
        "origin": one.origin,
        "hidden": [{"layer": layer, "value": value} for layer, value in one.hidden],
        "variable": one.setting.variable,
        "description": one.setting.description,
    }
