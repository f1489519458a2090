"""The documentation's site: every link leads somewhere, and the reference is what the code says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs_blocks import ROOT
from tools.docs import configuration, lay_out, relinked, sources
from tools.reference import every_command
from twinstage.model.quotas import published_quotas
from twinstage.model.validation import schema_names

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "pages"
    lay_out(folder, None)
    return folder


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Markdown's renderers make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.lower())).strip("-") for heading in headings}


def test_every_link_between_pages_leads_to_a_page_and_to_a_heading_of_it(site: Path) -> None:
    broken = []
    for page in sorted(site.rglob("*.md")):
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            if "://" in target:
                continue
            meant = (page.parent / file).resolve() if file else page
            if not meant.is_file() or (anchor and anchor not in anchors(meant)):
                broken.append(f"{page.relative_to(site)}: {target}")
    assert broken == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    places = sources()
    with pytest.raises(ValueError, match="nowhere"):
        relinked("[x](gone.md)", ROOT / "README.md", places)


def test_the_reference_has_every_command_schema_code_and_quota(site: Path) -> None:
    commands = (site / "reference/commands.md").read_text()
    assert [name for name, _ in every_command() if f"## twinstage {name}\n" not in commands] == []
    assert "--json" in commands
    assert [name for name in schema_names() if f"## {name}\n" not in (site / "reference/schemas.md").read_text()] == []
    assert [id_ for id_ in published_quotas() if f"`{id_}`" not in (site / "reference/quotas.md").read_text()] == []
    assert "PLAN_CHANGED" in (site / "reference/errors.md").read_text()


def test_every_page_is_in_the_navigation(site: Path) -> None:
    names = sorted(page.relative_to(site).as_posix() for page in site.rglob("*.md"))

    told = configuration(names)

    assert [name for name in names if f"'{name}'" not in told] == []


@pytest.mark.long
def test_the_site_is_built_and_asks_nobody_for_anything() -> None:
    if shutil.which("zensical") is None:
        pytest.skip("zensical is not installed: `make docs` has an environment of its own for it")
    subprocess.run([sys.executable, "-m", "tools.docs"], cwd=ROOT, check=True)
    pages = list((ROOT / ".build/docs/site").rglob("*.html"))

    assert len(pages) > 40
    fetched = re.compile(r"<(?:script|link|img)[^>]+(?:src|href)=\"(https?:)?//", re.I)
    assert [page.name for page in pages if fetched.search(page.read_text())] == []
