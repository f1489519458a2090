"""`twinstage sweep` where nothing runs, and what it says of itself; what it sweeps is tested on an embedded AWS that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran


def test_without_an_embedded_aws_there_is_nothing_to_sweep(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    ran = twinstage("sweep", "--home", tmp_path / "home", "--json")

    assert (ran.code, ran.document["code"]) == (5, "NOT_RUNNING")
    assert "twinstage local start" in ran.document["hint"]


def test_its_help_says_by_what_a_leftover_is_known_and_which_code_tells_of_one(twinstage: Callable[..., Ran]) -> None:
    told = " ".join(twinstage("sweep", "--help").out.split())

    assert "the tag `twinstage:run`, by a twin's name, or by the ledger of runs; nothing else is touched" in told
    assert "Exit code 6" in told
