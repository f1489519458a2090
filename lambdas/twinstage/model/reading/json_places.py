"""The lines of a JSON text that JSON pointers lead to: asked only when something there was refused."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from twinstage.model.errors import InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def lines_of(text: str, pointers: Iterable[str]) -> dict[str, int]:
    """The line (from 1) at which the value of each pointer begins; a pointer to what is not there has the line of the nearest place around it.

    `text` is a JSON document that has been read already. Each member's line is that of its value.
    """
    wanted = {place for pointer in pointers for place in _around(pointer)}
    found = {place: line for place, line in places(text) if place in wanted}
    return {pointer: next(found[place] for place in _around(pointer) if place in found) for pointer in pointers}


def with_lines(problems: Iterable[InputProblem], text: str, first_line: int = 1) -> list[InputProblem]:
    """The problems of a document with their lines; `first_line` is where its text begins in the file."""
    several = list(problems)
    lines = lines_of(text, [each.pointer for each in several]) if several else {}
    return [
        InputProblem(each.file, first_line - 1 + lines[each.pointer], each.pointer, each.message, each.hint)
        for each in several
    ]


def _around(pointer: str) -> Iterator[str]:
    """The pointer, and each place around it, the nearest first; last the document itself."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def places(text: str) -> Iterator[tuple[str, int]]:
    """Every value's pointer and line, in the order of the text."""
    steps: list[str] = []
    counts: list[int] = []
    name, line, last = "", 1, 0
    at_name = False
    for token in _TOKEN.finditer(text):
        line += text.count("\n", last, token.start())
        last = token.start()
        match token[0]:
            case "}" | "]":
                steps, counts = steps[:-1], counts[:-1]
                at_name = False
            case ",":
                at_name = counts[-1] < 0
                if counts[-1] >= 0:
                    counts[-1] += 1
            case ":":
                at_name = False
            case said if at_name:
                name = json.loads(said) if "\\" in said else said[1:-1]
            case said:
                place = _place(steps, counts, name)
                yield place, line
                if said in "{[":
                    steps = [*steps, place]
                    counts = [*counts, -1 if said == "{" else 0]
                    at_name = said == "{"


def _place(steps: list[str], counts: list[int], name: str) -> str:
    if not steps:
        return ""
    step = name.replace("~", "~0").replace("/", "~1") if counts[-1] < 0 else str(counts[-1])
    return f"{steps[-1]}/{step}"
