"""What a command shows: one line a stage on stderr, data on stdout, one JSON document with `--json`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole

if TYPE_CHECKING:
    from twinstage.model.errors import TwinstageError


@dataclass
class Console:
    """Where a command's words go. rich honours NO_COLOR and writes no control codes off a terminal."""

    as_json: bool = False
    started: float = field(default_factory=time.monotonic)
    err: RichConsole = field(default_factory=lambda: RichConsole(stderr=True, highlight=False, soft_wrap=True))

    def stage(self, text: str) -> None:
        """One line a stage, with the seconds since the command began."""
        self.err.print(f"[dim]{time.monotonic() - self.started:6.1f} s[/dim]  {_escaped(text)}")

    def say(self, text: str) -> None:
        """Text for people; silent with `--json`."""
        if not self.as_json:
            sys.stdout.write(text + "\n")

    def data(self, document: dict[str, Any]) -> None:
        """The command's one JSON document; silent without `--json`."""
        if self.as_json:
            sys.stdout.write(_text(document))

    def error(self, error: TwinstageError) -> None:
        """One clear error: what, why, and the way out."""
        if self.as_json:
            problems = [problem.__dict__ for problem in getattr(error, "problems", ())]
            document: dict[str, Any] = {
                "schema": "twinstage:error:1",
                "code": error.code,
                "message": error.message,
                "hint": error.hint,
                "problems": problems,
                "details": error.details,
            }
            sys.stdout.write(_text(document))
        self.err.print(f"[red]error[/red] {error.code}: {_escaped(error.message)}")
        if error.hint:
            self.err.print(f"  {_escaped(error.hint)}")


def _escaped(text: str) -> str:
    """Text as it is: nothing in it is taken for rich's markup, or by a terminal for anything but text."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{{{ord(c):x}}}" for c in text).replace("[", r"\[")


def _text(document: dict[str, Any]) -> str:
    """One JSON document as text that any terminal and pipe takes: a lone surrogate stays an escape."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    return (text if _encodes(text) else json.dumps(document, indent=2, default=str)) + "\n"


def _encodes(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
