"""Names inside text and JSON: replaced token by token, so that a name is never found inside a longer one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# A token is a maximal run of what AWS allows in the names of tables, functions and hosted zone ids.
TOKEN = re.compile(r"[A-Za-z0-9_.-]+")


def replace_tokens(text: str, names: Mapping[str, str]) -> str:
    """`text` with each token that `names` knows replaced. A dot after a name (a sentence's end, an absolute DNS name's) is no part of it."""

    def replaced(match: re.Match[str]) -> str:
        name = _known(match[0], names)
        return match[0] if name is None else names[name] + match[0][len(name) :]

    return TOKEN.sub(replaced, text)


def names_in(text: str, names: Collection[str]) -> frozenset[str]:
    """Those of `names` that stand in `text` as a whole token."""
    return frozenset(name for token in TOKEN.findall(text) if (name := _known(token, names)) is not None)


def _known(token: str, names: Collection[str]) -> str | None:
    """The name that a token is: itself, or what stands before its last dots."""
    return next((name for name in (token, token.rstrip(".")) if name in names), None)


def replace_in(document: Any, names: Mapping[str, str]) -> Any:
    """A JSON document with each token of each string replaced, in values and in member names: some calls have a table's name there."""
    if isinstance(document, str):
        return replace_tokens(document, names)
    if isinstance(document, list):
        return [replace_in(element, names) for element in document]
    if isinstance(document, dict):
        return {replace_tokens(name, names): replace_in(value, names) for name, value in document.items()}
    return document
