"""Parts of a Markdown document as CommonMark tells them apart."""

from __future__ import annotations


def without_code_spans(document: str) -> str:
    """The document without what stands between backtick runs of equal length, as CommonMark pairs them."""
    pieces, rest = [], document
    while True:
        start = next((i for i, c in enumerate(rest) if c == "`" and (i == 0 or rest[i - 1] != "\\")), None)
        if start is None:
            return "".join([*pieces, rest])
        pieces.append(rest[:start])
        length = len(rest[start:]) - len(rest[start:].lstrip("`"))
        fence, rest = "`" * length, rest[start + length :]
        end = rest.find(fence)
        while end >= 0 and (rest[end + length : end + length + 1] == "`" or rest[end - 1 : end] == "`"):
            end = rest.find(fence, end + 1 + len(rest[end:]) - len(rest[end:].lstrip("`")))
        assert end >= 0, "a code span is never closed"
        rest = rest[end + length :]
