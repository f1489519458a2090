"""Changes written as text, in TOML: what stands in a file of the code, and what is to stand there instead.

```toml
[[change]]
name = "lock-not-released"
what = "the lock is kept after the flip"
  [[change.edit]]     # `old` stands exactly once in the file
  file = "enactor.py"
  old = "    lock.release(endpoint, renewed)\n"
  new = ""
  [[change.rename]]   # whole words, in every file
  old = "held"
  new = "mine"
```
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.mutants.mutant import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent


class OutdatedError(ValueError):
    """The code under trial is no longer the one that a change was written for."""


def edited(name: str, modules: Mapping[str, str], *, harmless: bool) -> Iterator[Mutant]:
    """The mutants that `<name>.toml` describes of some modules (file name to text). Raises OutdatedError where it does not fit them."""
    document = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
    for change in document["change"]:
        texts = _renamed(change, _replaced(change, dict(modules)))
        files = {file: text for file, text in texts.items() if text != modules.get(file)}
        if not files:
            message = f"{change['name']} changes nothing"
            raise OutdatedError(message)
        yield Mutant(f"{name}:{change['name']}", name, change["what"], files, harmless)


def _replaced(change: Mapping[str, Any], texts: dict[str, str]) -> dict[str, str]:
    for edit in change.get("edit", ()):
        if texts[edit["file"]].count(edit["old"]) != 1:
            message = f"{change['name']}: {edit['old']!r} does not stand exactly once in {edit['file']}"
            raise OutdatedError(message)
        texts[edit["file"]] = texts[edit["file"]].replace(edit["old"], edit["new"])
    return texts


def _renamed(change: Mapping[str, Any], texts: dict[str, str]) -> dict[str, str]:
    for rename in change.get("rename", ()):
        word = re.compile(rf"\b{re.escape(rename['old'])}\b")
        texts = {file: word.sub(rename["new"], text) for file, text in texts.items()}
    return texts
