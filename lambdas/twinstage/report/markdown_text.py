"""Foreign text as GitHub-flavoured Markdown that says nothing but that text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twinstage.report.text import clip, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

MESSAGE_LIMIT = 300
_PUNCTUATION = re.compile(r"([\\`*_\[\]#|~$]|^[-+=])")
# A number at the beginning is a list's only with a space behind its dot; a backslash before a digit would itself be shown.
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
# GitHub makes links and notifications of these in any text; an empty comment inside them keeps them text.
_AUTOLINKED = re.compile(r"(@|://|www\.)", re.IGNORECASE)


def prose(value: object, limit: int = MESSAGE_LIMIT) -> str:
    """Foreign text that Markdown takes for nothing but text, on one line."""
    shown = visible(clip(str(value), limit))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _AUTOLINKED.sub(
        lambda match: f"{match[0][0]}<!-- -->{match[0][1:]}", _NUMBERED.sub(r"\1\\\2", _PUNCTUATION.sub(r"\\\1", shown))
    )


def code(value: object, limit: int = 120) -> str:
    """Foreign text as a code span, whatever backticks it holds. Not for a table, where a pipe would end the cell."""
    shown = visible(clip(str(value), limit))
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown else ""


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are Markdown already."""
    names = list(header)
    lines = [names, ["---"] * len(names), *map(list, rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
