"""Names inside text and JSON: replaced token by token, so that a name is never found inside a longer one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# A token is a maximal run of what AWS allows in the names of tables, functions and hosted zone ids.
TOKEN = re.compile(r"[A-Za-z0-9_.-]+")


def replace_tokens(text: str, names: Mapping[str, str]) -> str:
    """`text` with each token that `names` knows replaced."""
    return TOKEN.sub(lambda match: names.get(match[0], match[0]), text)


def names_in(text: str, names: Collection[str]) -> frozenset[str]:
    """Those of `names` that stand in `text` as a whole token."""
    return frozenset(token for token in TOKEN.findall(text) if token in names)


def replace_in(document: Any, names: Mapping[str, str]) -> Any:
    """A JSON document with each token of each string value replaced; member names are left alone."""
    if isinstance(document, str):
        return replace_tokens(document, names)
    if isinstance(document, list):
        return [replace_in(element, names) for element in document]
    if isinstance(document, dict):
        return {name: replace_in(value, names) for name, value in document.items()}
    return document
