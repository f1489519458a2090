"""Dumps as tests write them, and what a reader of them says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared(*names: str) -> Path:
    """Real data beside the repository; a test that needs it is skipped where it is not."""
    path = SHARED.joinpath(*names)
    if not path.exists():
        pytest.skip(f"the real data is not here: {path}")
    return path


def write(folder: Path, files: dict[str, Any]) -> Path:
    """Write each document to its file: bytes and texts as they are, everything else as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def problems(read: Callable[[], Any]) -> list[tuple[str, int, str, str]]:
    """File name, line, pointer and message of each problem that reading raises."""
    with pytest.raises(InputError) as caught:
        read()
    return [(Path(p.file).name, p.line, p.pointer, p.message) for p in caught.value.problems]
