"""Documents that are executed: their files are written, their commands given, and what they say is looked for in what comes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(
    r"^```(?P<kind>[a-z]*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_EXITS = re.compile(r"\s+# exits (\d+)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: `kind` is its language, `title` the file that it is, if it is one."""

    kind: str
    title: str
    body: str


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document, in their order."""
    found = _FENCE.finditer(document.read_text(encoding="utf-8"))
    return [Block(each["kind"], each["title"] or "", each["body"]) for each in found]


def executed(document: Path, folder: Path, *, without: str = "") -> int:
    """Do in an empty folder what a document says, and see that it comes out as it says; how many commands were given.

    Each line of a text block is found, in their order, in what the commands before it wrote. Commands that hold `without` are left out, with what is said of them.
    """
    given, told = 0, None
    for block in blocks(document):
        if block.title:
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.body, encoding="utf-8")
        elif block.kind == "sh":
            lines = block.body.splitlines()
            told = (
                None if without and any(without in line for line in lines) else [_given(line, folder) for line in lines]
            )
            given += len(told or ())
        elif block.kind == "text" and told is not None:
            _said(block.body, "\n".join(told), document)
    return given


def _given(line: str, folder: Path) -> str:
    code = _EXITS.search(line)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TWINSTAGE_HOME": str(folder / ".home"),
    }
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == (int(code[1]) if code else 0), f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def _said(wanted: str, told: str, document: Path) -> None:
    at = 0
    for line in filter(None, map(str.strip, wanted.splitlines())):
        found = told.find(line, at)
        assert found >= 0, f"{document.name} says {line!r}, and this came:\n{told}"
        at = found + len(line)
