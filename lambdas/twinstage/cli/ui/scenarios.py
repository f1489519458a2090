"""The scenario files that can be started from the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.cli.scenario_file import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def scenario_files(roots: Iterable[Path]) -> list[Path]:
    """Every scenario below the roots, each name once: folders with a scenario.yaml, and files beside it that extend it; in the order of their names."""
    found: dict[tuple[str, str], Path] = {}
    for root in roots:
        for base in sorted(root.glob(f"*/{FILE}")):
            for path in (base, *sorted(base.parent.glob("*.yaml"))):
                if path == base or path.read_text(encoding="utf-8", errors="replace").startswith("extends:"):
                    found.setdefault((path.parent.name, path.name), path)
    return [found[name] for name in sorted(found, key=lambda name: (name[0], name[1] != FILE, name[1]))]
