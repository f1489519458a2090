"""`twinstage explain`: every code that an error can have is explained, and none that it cannot."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twinstage.cli.commands.explain import explanations
from twinstage.isolation.audit.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Ran

SOURCES = [Path(__file__).parents[2] / folder for folder in ("lambdas/twinstage", "stacks", "constructs")]
# Histograms and results that do not belong together are defects of whoever merges them, not something to be told how to mend.
DEFECTS = ("stress/",)


def codes() -> Iterator[str]:
    """Every code in capitals that something of ours raises, read from the source."""
    for source in SOURCES:
        for path in source.rglob("*.py"):
            inside = path.relative_to(source).as_posix()
            if inside.startswith(DEFECTS):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and (code := _code(node, inside)):
                    yield code


def _code(node: ast.Call, inside: str) -> str:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0] if node.args else None
    raises = called == "__init__" or called in ("TwinstageError", "SafetyError", "LeftoverError")
    if not (raises and isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return ""
    code = first.value
    return code if code.isupper() and (called != "__init__" or "Error" not in code) else ""


def test_every_error_is_explained() -> None:
    assert sorted({*codes()} - explanations().keys()) == []


def test_a_code_is_explained_in_any_case_of_letters(twinstage: Callable[..., Ran]) -> None:
    ran = twinstage("explain", "not_isolated", "--json")
    assert (ran.code, ran.document["code"]) == (0, "NOT_ISOLATED")
    assert "twinstage audit" in ran.document["do"]
    [rule] = [rule for rule in RULES if rule.code == "TWA002"]
    told = twinstage("explain", "TWA002").out
    assert all(part in told for part in (rule.title, rule.why, rule.mend))


def test_two_items_of_one_key_may_come_of_masking(twinstage: Callable[..., Ran]) -> None:
    assert "two keys may have been given one token" in twinstage("explain", "SAME_KEY").out


@pytest.mark.parametrize(("asked", "said"), [("NOT_ISOLATE", "NOT_ISOLATED"), ("tea", "`twinstage explain` lists")])
def test_a_code_that_there_is_not_gets_the_nearest(twinstage: Callable[..., Ran], asked: str, said: str) -> None:
    ran = twinstage("explain", asked)
    assert ran.code == 2
    assert said in ran.err


def test_without_a_code_all_are_listed(twinstage: Callable[..., Ran]) -> None:
    listed = {each["code"] for each in twinstage("explain", "--json").document["codes"]}
    assert {"BAD_INPUT", "TWA001", "LEFTOVERS"} <= listed
