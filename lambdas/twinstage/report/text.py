"""Text as a reader may safely see it: nothing invisible, nothing that reorders or breaks the line, nothing endless."""

from __future__ import annotations

import itertools
import json
from typing import Any

# Printable by Unicode's category, yet drawn as nothing: joiners, fillers, variation selectors.
_DRAWN_AS_NOTHING = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)


def is_shown(character: str) -> bool:
    """Whether a reader sees this character where it stands.

    False for control, format (bidirectional, zero-width), surrogate, private and unassigned characters, and for every space
    but U+0020.
    """
    return character.isprintable() and character not in _DRAWN_AS_NOTHING


def escape_of(character: str) -> str:
    r"""The visible form of a character that is not shown: `\u{202e}`."""
    return f"\\u{{{ord(character):x}}}"


def runs(text: str) -> list[tuple[bool, str]]:
    """The text in runs, each with whether its characters are shown; one that is not is given in its visible form."""
    if text.isascii() and text.isprintable():
        return [(True, text)] if text else []
    return [
        (shown, "".join(run) if shown else "".join(map(escape_of, run)))
        for shown, run in itertools.groupby(text, is_shown)
    ]


def visible(text: str) -> str:
    """The text on one line, with every character that is not shown in its visible form."""
    return "".join(run for _, run in runs(text))


def visible_lines(text: str) -> str:
    """The same, with line breaks kept."""
    return "\n".join(visible(line) for line in text.replace("\r\n", "\n").split("\n"))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters of the text, then how many were left out."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def compact(value: Any, limit: int = 600) -> str:
    """A JSON value on one line, keys sorted, clipped to `limit` characters. A bare string is itself, without quotes."""
    if isinstance(value, str):
        return clip(value, limit)
    return clip(json.dumps(value, sort_keys=True, ensure_ascii=False), limit)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 event`, `1,204 events`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(part: float | None) -> str:
    """A share as a percentage: `12.3 %`; a dash for none."""
    return "—" if part is None else f"{part * 100:,.1f} %"


def joined(words: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""
