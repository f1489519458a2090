"""Every command that README, the tutorial and the guides name is one that there is, takes what it is given there, and is run by a test."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import shlex
from typing import TYPE_CHECKING, Final

import pytest

from tests.cli.test_help import EVERY, parsed
from tests.docs_blocks import ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS: Final = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs/tutorial.md",
    *sorted((ROOT / "docs/how-to").glob("*.md")),
]
# Which test runs it, as its users would: by the installed command, or through the same door in process.
RUN_BY: Final = {
    "approve": "tests/cli/test_approve_commands.py",
    "attest": "tests/cli/test_approve_commands.py",
    "audit": "tests/cli/test_audit.py",
    "aws deploy": "tests/ci/test_rehearsing_in_an_account.py",
    "aws destroy": "tests/ci/test_rehearsing_in_an_account.py",
    "aws fetch": "tests/ci/test_rehearsing_in_an_account.py",
    "aws start": "tests/ci/test_rehearsing_in_an_account.py",
    "aws wait": "tests/ci/test_rehearsing_in_an_account.py",
    "bundle": "tests/stacks/test_bundle.py",
    "capture": "tests/cli/test_capture_and_import.py",
    "completion": "tests/cli/test_help.py",
    "config show": "tests/cli/test_twins_of_products.py",
    "deploy": "tests/rehearsal/test_life_cycle.py",
    "destroy": "tests/rehearsal/test_life_cycle.py",
    "doctor": "tests/cli/test_doctor.py",
    "explain": "tests/cli/test_explain.py",
    "explore": "tests/cli/test_explore.py",
    "graph export": "tests/cli/test_impact.py",
    "impact": "tests/cli/test_impact.py",
    "init": "tests/cli/test_init.py",
    "local start": "tests/local/test_local_commands.py",
    "local status": "tests/local/test_local_commands.py",
    "local stop": "tests/local/test_local_commands.py",
    "plan": "tests/cli/test_plan_command.py",
    "promote": "tests/promotion/test_promote_command.py",
    "rehearse": "tests/rehearsal/test_packaged_scenarios.py",
    "reject": "tests/cli/test_approve_commands.py",
    "replay": "tests/cli/test_replay_of_a_window.py",
    "replicate": "tests/rehearsal/test_life_cycle.py",
    "report": "tests/cli/test_judging_again.py",
    "rollback": "tests/cli/test_rollback.py",
    "scenario publish": "tests/ci/test_rehearsing_in_an_account.py",
    "scenario validate": "tests/cli/test_scenario_problems.py",
    "schema": "tests/cli/test_commands.py",
    "simulate": "tests/cli/test_simulate.py",
    "snapshot diff": "tests/cli/test_snapshot_commands.py",
    "snapshot import": "tests/cli/test_capture_and_import.py",
    "snapshot list": "tests/cli/test_snapshot_commands.py",
    "snapshot restore": "tests/rehearsal/test_restoring.py",
    "snapshot show": "tests/cli/test_snapshot_commands.py",
    "snapshot sign": "tests/cli/test_snapshot_commands.py",
    "snapshot verify": "tests/cli/test_snapshot_commands.py",
    "status": "tests/rehearsal/test_life_cycle.py",
    "stress": "tests/cli/test_stress.py",
    "sweep": "tests/cli/test_sweeping.py",
    "twin create": "tests/cli/test_twins_of_products.py",
    "twin delete": "tests/cli/test_twins_of_products.py",
    "twin deploy": "tests/rehearsal/test_life_of_data_twins.py",
    "twin diff": "tests/cli/test_twins_of_products.py",
    "twin list": "tests/cli/test_twins_of_products.py",
    "twin rehearse": "tests/rehearsal/test_contract_changes.py",
    "twin restore": "tests/cli/test_twins_of_products.py",
    "twin show": "tests/cli/test_twins_of_products.py",
    "ui": "tests/cli/test_console.py",
    "validate": "tests/cli/test_judging_again.py",
}
# What takes a command's place in a line that only names it.
_STOPS: Final = {"|", "&&", ">", ";"}


def lines(document: Path) -> Iterator[str]:
    """Every whole line of a command: in blocks that are to be given."""
    for block in blocks(document):
        if block.kind in ("sh", "console"):
            yield from (line.removeprefix("$ ").partition("  #")[0].strip() for line in block.body.splitlines())


def given(line: str) -> Iterator[list[str]]:
    """Each call of twinstage in a line, as words."""
    for part in re.split(r"\s(?:&&|\||;)\s", line):
        words = shlex.split(part, comments=True)
        if words and words[0].rpartition("/")[2] == "twinstage":
            yield [word for word in words[1:] if word not in _STOPS]


def named(words: list[str]) -> str:
    """The command that words begin with."""
    found = [name for name in EVERY if words[: len(name.split())] == name.split()]
    return max(found, key=len, default="")


def run_by(test: str) -> set[str]:
    """The commands that a test's code gives: as the first words of a call, a list or a tuple (after a program, at most), as a whole line, or as the command's own object."""
    tree = ast.parse(test)
    objects = dict(imported(tree))
    found = {named(words) for node in ast.walk(tree) for words in begun(node)}
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {argument.id for call in called for argument in call.args if isinstance(argument, ast.Name)}
    return (found | {objects[name] for name in names & objects.keys()}) - {""}


def begun(node: ast.AST) -> Iterator[list[str]]:
    """The words that a node may give as a command's."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        words = node.value.split()
        if words[:1] == ["twinstage"]:
            yield words[1:]
        return
    given = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.List | ast.Tuple) else []
    values = [each.value if isinstance(each, ast.Constant) else None for each in given]
    texts = [each if isinstance(each, str) else "" for each in values]
    if "twinstage.cli" in texts:
        del texts[: texts.index("twinstage.cli") + 1]
    elif given and (texts[0] == "twinstage" or not isinstance(given[0], ast.Constant)):
        del texts[0]
    yield list(itertools.takewhile(bool, texts))


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """By what name a test has the object of which command."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("twinstage.cli.commands."):
            module = importlib.import_module(str(node.module))
            for each in node.names:
                one = getattr(module, each.name)
                yield from ((each.asname or each.name, name) for name, known in EVERY.items() if known is one)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_what_a_document_gives_is_taken(document: Path) -> None:
    for line in lines(document):
        for words in given(line):
            name = named(words)
            assert name, f"no such command: {line}"
            parsed(name, words[len(name.split()) :])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_what_a_document_names_in_passing_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    groups = {name.split()[0] for name in EVERY}
    for command in re.findall(r"`twinstage ([a-z]+)", text):
        assert command in groups, command


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"\bmake ([a-z-]+)\b", document.read_text())
        if target != "sure"
    }

    assert {"rehearse", "test", "setup"} <= asked
    assert asked & targets >= {"rehearse", "test", "setup"}
    in_code = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(), re.MULTILINE)
    }
    assert in_code <= targets


@pytest.mark.parametrize("name", EVERY)
def test_a_command_is_run_by_a_test(name: str) -> None:
    assert name in run_by((ROOT / RUN_BY[name]).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("test", "runs"),
    [
        ('twinstage("aws", "fetch", "--run", run)', {"aws fetch"}),
        ('subprocess.run([PROGRAM, "aws", "fetch"])', {"aws fetch"}),
        ('subprocess.Popen([sys.executable, "-m", "twinstage.cli", "aws", "fetch"])', {"aws fetch"}),
        ('shell("twinstage aws fetch --run one")', {"aws fetch"}),
        ("from twinstage.cli.commands.promote import promote\nCliRunner().invoke(promote, arguments)", {"promote"}),
        ("from twinstage.cli.commands.promote import promote", set()),
        ('"""`twinstage aws fetch` brings the evidence."""', set()),
        ("""PROGRAM = 'case "$*" in "aws fetch"*) exit ;; esac'""", set()),
        ('asked = f"aws fetch --run {run}"', set()),
        ('twinstage("report", "fetch")\ntwinstage("aws")', {"report"}),
        ('given(run, "--exit-code", "plan")', set()),
    ],
)
def test_to_name_a_command_is_not_to_run_it(test: str, runs: set[str]) -> None:
    assert run_by(test) == runs


def test_no_test_is_named_for_a_command_that_is_not_there() -> None:
    assert set(RUN_BY) == set(EVERY)
