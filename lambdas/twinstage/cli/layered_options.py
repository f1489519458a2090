"""Options of commands whose settings come in layers: defaults, a scenario's file, the environment, flags."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.yaml_document import read_yaml
from twinstage.twin.configuration import Layer, configuration, of_environment, of_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.twin.configuration import Configuration

scenario_option = click.option(
    "--scenario",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File whose `configuration` section gives settings.",
)
set_option = click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="One setting, above all other layers; may be repeated."
)
store_option = click.option("--store", metavar="STORE", help="Folder that holds twins, or s3://BUCKET/PREFIX.")


def layered(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reads settings."""
    return scenario_option(set_option(store_option(command)))


def read_configuration(scenario: Path | None, given: Sequence[str], **flags: Any) -> Configuration:
    """Every setting, from all layers. `flags` are settings that have an option of their own; None where it was not given. Raises InputError with every problem."""
    layers = []
    if scenario is not None:
        located = read_yaml(scenario)
        layers.append(of_scenario(located.document, str(scenario), located.lines))
    layers.append(of_environment(os.environ))
    named = {name: value for name, value in flags.items() if value is not None}
    assigned = [text.partition("=") for text in given]
    layers.append(Layer("flag", {name.strip(): value for name, sign, value in assigned if sign} | named, "--set"))
    wrong = [InputProblem("--set", 0, "", f"{name!r} has no =", "NAME=VALUE") for name, sign, _ in assigned if not sign]
    try:
        found = configuration(layers)
    except InputError as error:
        raise InputError([*wrong, *error.problems]) from None
    if wrong:
        raise InputError(wrong)
    return found
