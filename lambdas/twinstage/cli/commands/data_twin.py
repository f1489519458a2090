"""`twinstage twin ...`: twins of data products, their versions, and what lies between these."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from twinstage.cli.console import Console
from twinstage.cli.examples import taught
from twinstage.cli.layered_options import layered, read_configuration
from twinstage.cli.options import json_option
from twinstage.cli.twin_registry import now, registry_of
from twinstage.cli.twin_told import (
    describe_differences,
    line,
    tell_differences,
    tell_twin,
)
from twinstage.cli.twin_versions import differences_between
from twinstage.model.reading.names import run_id

if TYPE_CHECKING:
    from pathlib import Path

_ELSEWHERE: Final = {
    "create": "twin_create:create",
    "deploy": "twin_deploy:twin_deploy",
    "rehearse": "twin_rehearse:twin_rehearse",
}
REJECTED: Final = 1


def _checked(_context: click.Context, _argument: click.Parameter, value: str) -> str:
    return run_id(value, "ID")


id_argument = click.argument("id_", metavar="ID", callback=_checked)


class _Group(click.Group):
    """A group some of whose commands are modules of their own, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = _ELSEWHERE[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"twinstage.cli.commands.{module}"), attribute)
        return taught(found, f"twin {cmd_name}")


@click.group(cls=_Group)
def twin() -> None:
    """Twins of data products: create, list, show, diff, restore, delete, deploy, rehearse."""


@twin.command("list")
@click.option("--all", "everything", is_flag=True, help="Deleted twins too.")
@layered
@json_option
def list_(everything: bool, scenario: Path | None, given: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Every twin at its newest version."""
    console, registry = Console(as_json), registry_of(read_configuration(scenario, given, store=store))
    found = [one for one in registry.twins() if everything or one.status != "deleted"]
    for one in found:
        console.say(line(one))
    if not found:
        console.say("no twin is registered")
    console.data({"schema": "twinstage:twin-list:1", "twins": [one.document() for one in found]})


@twin.command()
@id_argument
@click.option("--version", "number", type=click.IntRange(1), metavar="N", help="A version.  [default: the newest]")
@layered
@json_option
def show(
    id_: str, number: int | None, scenario: Path | None, given: tuple[str, ...], store: str | None, as_json: bool
) -> None:
    """One version of a twin, and the twin's history."""
    console, registry = Console(as_json), registry_of(read_configuration(scenario, given, store=store))
    found = registry.version(id_, number) if number else registry.current(id_)
    history = list(registry.history(id_))
    tell_twin(console, found)
    for one in history:
        console.say(f"  {line(one)}")
    product = json.loads(registry.kept(found.content.contract)) if found.content.contract else None
    document = {"twin": found.document(), "history": [one.document() for one in history], "product": product}
    console.data({"schema": "twinstage:twin-show:1", **document})


@twin.command()
@id_argument
@click.option("--from", "before", type=click.IntRange(1), metavar="N", help="[default: the one before the other]")
@click.option("--to", "after", type=click.IntRange(1), metavar="N", help="[default: the newest]")
@click.option("--fail-on", type=click.Choice(["breaking", "any"]), help="Exit 1 where there is such a difference.")
@layered
@json_option
def diff(
    id_: str,
    before: int | None,
    after: int | None,
    fail_on: str | None,
    scenario: Path | None,
    given: tuple[str, ...],
    store: str | None,
    as_json: bool,
) -> int:
    """What changed between two versions of a twin: each difference with its cause, whom it breaks, and what is downstream of it."""
    console, registry = Console(as_json), registry_of(read_configuration(scenario, given, store=store))
    newer = registry.version(id_, after) if after else registry.current(id_)
    older = registry.version(id_, before or max(1, newer.version - 1))
    differences = differences_between(registry, older.content, newer.content)
    breaking = any(one.change.breaks for one in differences)
    tell_differences(console, differences)
    console.data(
        {
            "schema": "twinstage:twin-diff:1",
            "id": id_,
            "from": older.version,
            "to": newer.version,
            "equal": not differences,
            "breaking": breaking,
            "differences": describe_differences(differences),
        }
    )
    return REJECTED if (fail_on == "any" and differences) or (fail_on == "breaking" and breaking) else 0


@twin.command()
@id_argument
@click.argument("number", type=click.IntRange(1), metavar="VERSION")
@click.option("--expect", type=click.IntRange(1), metavar="N", help="Only if N is its newest version.")
@layered
@json_option
def restore(
    id_: str,
    number: int,
    expect: int | None,
    scenario: Path | None,
    given: tuple[str, ...],
    store: str | None,
    as_json: bool,
) -> None:
    """Make a new version with the content of an old one; a deleted twin comes back so too."""
    console, registry = Console(as_json), registry_of(read_configuration(scenario, given, store=store))
    made = registry.restore(id_, number, now(), expected=expect)
    tell_twin(console, made)
    console.data({"schema": "twinstage:twin-restore:1", "twin": made.document()})


@twin.command()
@id_argument
@click.option("--expect", type=click.IntRange(1), metavar="N", help="Only if N is its newest version.")
@layered
@json_option
def delete(
    id_: str, expect: int | None, scenario: Path | None, given: tuple[str, ...], store: str | None, as_json: bool
) -> None:
    """Delete a twin of which nothing stands. Its versions stay, and `twin restore` brings any of them back."""
    console, registry = Console(as_json), registry_of(read_configuration(scenario, given, store=store))
    made = registry.delete(id_, now(), expected=expect)
    console.say(line(made))
    console.data({"schema": "twinstage:twin-delete:1", "twin": made.document()})
