"""Build the documentation's site, `.build/docs/site`: the repository's own pages, a reference out of the code, a gallery of scenarios.

Pages are taken as they are; links between them are made to lead to where they lie in the site, and what leads to a file that is no page becomes its name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.reference import pages

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".build/docs"
_LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|`[^`]*`)+)\]\((?P<target>[^)\s]+)\)")
_NAVIGATION = {
    "Start": ["index.md", "tutorial.md"],
    "How to": [
        "how-to/your-zone.md",
        "how-to/your-table.md",
        "how-to/your-handler.md",
        "how-to/your-contract.md",
        "ci.md",
        "on-aws.md",
        "console.md",
        "library.md",
        "testing.md",
    ],
    "What it does": [
        "plan.md",
        "exploration.md",
        "ab.md",
        "stress.md",
        "rollback.md",
        "impact.md",
        "approval.md",
        "promotion.md",
        "isolation.md",
        "faults.md",
        "data-products.md",
        "simulation.md",
        "embedded-aws.md",
    ],
    "Scenarios": ["gallery/index.md"],
    "Reference": [
        "reference/commands.md",
        "reference/schemas.md",
        "reference/errors.md",
        "reference/permissions.md",
        "reference/quotas.md",
        "reference/prices.md",
    ],
    "Inside": ["architecture.md", "contributing.md", "security.md", "threat-model.md"],
}


def sources() -> dict[Path, str]:
    """Each page of the repository, and where it lies in the site."""
    found = {ROOT / "README.md": "index.md", ROOT / "CONTRIBUTING.md": "contributing.md"}
    found |= {ROOT / "SECURITY.md": "security.md", ROOT / "THREAT_MODEL.md": "threat-model.md"}
    docs = ROOT / "docs"
    found |= {page: page.relative_to(docs).as_posix() for page in sorted(docs.rglob("*.md"))}
    found[ROOT / "scenarios/README.md"] = "gallery/index.md"
    found |= {page: f"gallery/{page.parent.name}.md" for page in sorted((ROOT / "scenarios").glob("*/README.md"))}
    return found


def relinked(text: str, page: Path, places: dict[Path, str]) -> str:
    """A page's text with its links as they are in the site. Raises ValueError for one that leads nowhere."""
    here = Path(places[page]).parent

    def link(found: re.Match[str]) -> str:
        target, _, anchor = found["target"].partition("#")
        if "://" in target or target.startswith("mailto:") or not target:
            return found[0]
        meant = (page.parent / target).resolve()
        if meant.is_dir():
            meant /= "README.md" if (meant / "README.md").is_file() else ""
        if meant not in places:
            if not meant.exists():
                raise ValueError(f"{page.relative_to(ROOT)}: {found['target']} leads nowhere")
            return found["text"]
        relative = os.path.relpath(places[meant], here).replace(os.sep, "/")
        return f"[{found['text']}]({relative}{'#' + anchor if anchor else ''})"

    return "".join(part if index % 2 else _LINK.sub(link, part) for index, part in enumerate(_fenced(text)))


def _fenced(text: str) -> list[str]:
    """The text's parts, those in fences at the odd places."""
    return re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)


def lay_out(folder: Path, assembly: Path | None) -> list[str]:
    """Write every page below `folder`; the names of the pages."""
    shutil.rmtree(folder, ignore_errors=True)
    places = sources()
    written = {place: relinked(page.read_text(encoding="utf-8"), page, places) for page, place in places.items()}
    written |= {f"reference/{name}": text for name, text in pages(assembly).items()}
    for place, text in written.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")
    return sorted(written)


def configuration(names: list[str]) -> str:
    """The site's configuration: nothing of it is fetched from anywhere when it is looked at."""
    decided = [name for name in names if name.startswith("adr/")]
    told = [name for name in names if name.startswith("gallery/") and name != "gallery/index.md"]
    parts = {**_NAVIGATION, "Scenarios": [*_NAVIGATION["Scenarios"], *told], "Decisions": decided}
    listed = [
        f"  {{ {title!r} = {[page for page in several if page in names]!r} }}" for title, several in parts.items()
    ]
    lines = [
        "[project]",
        'site_name = "Twinstage"',
        'site_description = "Rehearse a control-plane change before production does"',
        'docs_dir = "pages"',
        'site_dir = "site"',
        "use_directory_urls = false",
        "nav = [",
        ",\n".join(listed),
        "]",
        "[project.theme]",
        "font = false",
        'language = "en"',
        'features = ["navigation.sections", "navigation.top", "content.code.copy", "search.highlight"]',
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Build the site; the exit code of what builds it."""
    assembly = ROOT / "cdk.out"
    names = lay_out(BUILD / "pages", assembly if assembly.is_dir() else None)
    file = BUILD / "zensical.toml"
    file.write_text(configuration(names), encoding="utf-8")
    return subprocess.run(["zensical", "build", "--strict", "--config-file", str(file)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
