"""The examples that help texts end with, out of one file: what is taught is found, and checked, in one place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import click
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

# A paragraph that click does not wrap.
_AS_IT_IS: Final = "\b\n"


@cache
def examples() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Command, as `twin create`, -> lines to give, each with why."""
    text = files("twinstage.cli").joinpath("examples.yaml").read_text(encoding="utf-8")
    return {name: tuple((line, why) for line, why in lines) for name, lines in yaml.safe_load(text).items()}


def taught(command: click.Command, name: str) -> click.Command:
    """The command, and every one below it, with its examples at the end of its help."""
    if isinstance(command, click.Group):
        for below, each in command.commands.items():
            taught(each, f"{name} {below}")
    elif name in examples() and command.epilog is None:
        lines = [f"  {line}\n      {why}" for line, why in examples()[name]]
        command.epilog = _AS_IT_IS + "\n".join(["Examples:", *lines])
    return command
