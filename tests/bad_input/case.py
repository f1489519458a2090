"""One bad input: the command that meets it, and what must be said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bad_input.good import dumps, scenario, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Bad:
    """`build` writes the input into an empty folder and gives the command's arguments; every text of `says` must stand in the refusal."""

    name: str
    build: Callable[[Path], list[str]]
    says: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def scenario_with(
    name: str,
    content: str | bytes,
    *says: str,
    file: str = "scenario.yaml",
    verb: tuple[str, ...] = ("scenario", "validate"),
) -> Bad:
    """A scenario of which one file holds something else."""

    def build(folder: Path) -> list[str]:
        write(scenario(folder / "small") / file, content)
        return [*verb, "small"]

    return Bad(name, build, says)


def import_of(name: str, kind: str, file: str, content: object, *says: str) -> Bad:
    """Dumps of which one file (of `zones`, `tables` or `functions`) holds something else; only that folder is imported."""

    def build(folder: Path) -> list[str]:
        write(dumps(folder / "dumps") / kind / file, content)
        return ["snapshot", "import", f"--{kind}", f"dumps/{kind}", "--no-sign"]

    return Bad(name, build, says)
