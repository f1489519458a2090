"""Help that teaches: every command with an example that it takes, with `--json`, and completed by the shell."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from twinstage.cli.commands import COMMANDS, command
from twinstage.cli.examples import examples
from twinstage.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Iterator

# What they print is a document or a script as it is.
WITHOUT_JSON = {"schema", "completion"}


def every() -> Iterator[tuple[str, click.Command]]:
    for name in sorted(COMMANDS):
        yield from below(name, command(name))


def below(name: str, found: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(found, click.Group):
        context = click.Context(found)
        for each in found.list_commands(context):
            one = found.get_command(context, each)
            assert one is not None
            yield from below(f"{name} {each}", one)
    else:
        yield name, found


EVERY = dict(every())


def parsed(name: str, arguments: list[str]) -> None:
    """Take a command's arguments apart. Raises UsageError for what it does not take."""
    found = EVERY[name]
    values, left, _ = found.make_parser(click.Context(found)).parse_args(list(arguments))
    assert not left
    asked = [each.name for each in found.params if each.required]
    assert [name for name in asked if not values.get(name)] == []


@pytest.mark.parametrize("name", EVERY)
def test_a_command_ends_its_help_with_an_example_that_it_takes(name: str) -> None:
    shown = CliRunner().invoke(root, [*name.split(), "--help"], catch_exceptions=False)

    assert shown.exit_code == 0
    assert EVERY[name].help
    for line, why in examples()[name]:
        assert line in shown.output
        assert why
        words = shlex.split(line.partition(" > ")[0])
        assert words[: 1 + len(name.split())] == ["twinstage", *name.split()]
        arguments = words[1 + len(name.split()) :]
        parsed(name, arguments)


def test_no_example_is_of_a_command_that_is_not_there() -> None:
    assert set(examples()) == set(EVERY)


def test_an_option_that_is_not_there_would_be_found() -> None:
    with pytest.raises(click.NoSuchOption):
        parsed("rollback", ["my-change", "--form", "a:1"])


@pytest.mark.parametrize("name", sorted(EVERY.keys() - WITHOUT_JSON))
def test_a_command_has_json(name: str) -> None:
    assert any("--json" in option.opts for option in EVERY[name].params)


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on this machine")
    script = tmp_path / "completion"
    script.write_text(CliRunner().invoke(root, ["completion", "bash"], catch_exceptions=False).output)
    asks = f"""
    export PATH={Path(sys.executable).parent}:$PATH
    source {script}
    completed() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _twinstage_completion twinstage; echo "${{COMPREPLY[@]}}"; }}
    completed twinstage rol
    completed twinstage rollback --fr
    completed twinstage twin del
    """
    done = subprocess.run([bash, "--norc", "-c", asks], capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[:3] == ["rollback", "--from", "delete"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_of_theirs(shell: str) -> None:
    assert "twinstage" in CliRunner().invoke(root, ["completion", shell], catch_exceptions=False).output
