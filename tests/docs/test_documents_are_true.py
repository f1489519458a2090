"""The tutorial and the guides are done as they are written, from an empty folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs_blocks import ROOT, executed

if TYPE_CHECKING:
    from pathlib import Path

GUIDES = sorted((ROOT / "docs/how-to").glob("*.md"))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guide_comes_out_as_it_says(guide: Path, tmp_path: Path) -> None:
    assert executed(guide, tmp_path) > 0


def test_the_tutorial_comes_out_as_it_says_up_to_the_embedded_aws(tmp_path: Path) -> None:
    assert executed(ROOT / "docs/tutorial.md", tmp_path, without="--local") >= 5


@pytest.mark.long
@pytest.mark.engine
@pytest.mark.cdk
def test_the_whole_tutorial_comes_out_as_it_says(tmp_path: Path) -> None:
    assert executed(ROOT / "docs/tutorial.md", tmp_path) >= 6


def test_what_a_document_says_and_is_not_so_is_found(tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text("```sh\necho one\n```\n```text\ntwo\n```\n")
    with pytest.raises(AssertionError, match="two"):
        executed(document, tmp_path)
    document.write_text("```sh\nfalse\n```\n")
    with pytest.raises(AssertionError):
        executed(document, tmp_path)
