"""Source text that the standard library compiles over and over, compiled once.

Every fresh environment defines its dataclasses and named tuples anew, and each is text that Python generates and compiles: the same text
every time. What is executed stays the same; only the parsing is remembered.
"""

from __future__ import annotations

import builtins
import collections
import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType


def install_compiled() -> None:
    """Remember what `dataclasses` and `collections.namedtuple` compile."""
    for module, name, mode in ((dataclasses, "exec", "exec"), (collections, "eval", "eval")):
        setattr(module, name, _remembering(getattr(builtins, name), mode))


def _remembering(run: Any, mode: str) -> Any:
    def remembered(source: Any, *names: Any) -> Any:
        return run(_compiled(source, mode) if isinstance(source, str) else source, *names)

    return remembered


@cache
def _compiled(source: str, mode: str) -> CodeType:
    return compile(source, "<string>", mode, dont_inherit=True)
