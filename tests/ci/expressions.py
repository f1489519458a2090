"""Expressions of GitHub Actions: literals, contexts, operators and the functions that tell how a job stands.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\d+|&&|\|\||==|!=|!|\(|\)|[A-Za-z_][\w-]*(?:\.[\w-]+)*)")
_HOLE = re.compile(r"\$\{\{(.*?)\}\}")


def interpolated(text: str, context: Mapping[str, Any]) -> str:
    """A text with every `${{ }}` in it replaced by what it comes to."""
    return _HOLE.sub(lambda hole: _text(evaluated(hole[1], context)), text)


def evaluated(expression: str, context: Mapping[str, Any], *, failed: bool = False) -> Any:
    """What an expression comes to; `failed` says that a step before failed."""
    inner = expression.strip().removeprefix("${{").removesuffix("}}")
    tokens = _TOKEN.findall(inner)
    assert "".join(tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", inner), f"not an expression: {inner}"
    value, rest = _either(tokens, context, failed)
    assert not rest, rest
    return value


def _either(tokens: list[str], context: Mapping[str, Any], failed: bool) -> tuple[Any, list[str]]:
    value, rest = _both(tokens, context, failed)
    while rest[:1] == ["||"]:
        other, rest = _both(rest[1:], context, failed)
        value = value or other
    return value, rest


def _both(tokens: list[str], context: Mapping[str, Any], failed: bool) -> tuple[Any, list[str]]:
    value, rest = _compared(tokens, context, failed)
    while rest[:1] == ["&&"]:
        other, rest = _compared(rest[1:], context, failed)
        value = value and other
    return value, rest


def _compared(tokens: list[str], context: Mapping[str, Any], failed: bool) -> tuple[Any, list[str]]:
    value, rest = _term(tokens, context, failed)
    if rest[:1] in (["=="], ["!="]):
        other, after = _term(rest[1:], context, failed)
        return (_text(value) == _text(other)) == (rest[0] == "=="), after
    return value, rest


def _term(tokens: list[str], context: Mapping[str, Any], failed: bool) -> tuple[Any, list[str]]:
    head, rest = tokens[0], tokens[1:]
    if head == "!":
        value, rest = _term(rest, context, failed)
        return not value, rest
    if head == "(":
        value, rest = _either(rest, context, failed)
        return value, rest[1:]
    if rest[:2] == ["(", ")"]:
        return {"always": True, "success": not failed, "failure": failed}[head], rest[2:]
    if head.startswith("'"):
        return head[1:-1].replace("''", "'"), rest
    if head in ("true", "false"):
        return head == "true", rest
    return _looked_up(head, context), rest


def _looked_up(path: str, context: Mapping[str, Any]) -> Any:
    """A property; what is not there is empty, but for a context itself."""
    first, *others = path.split(".")
    value: Any = context[first]
    for name in others:
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
