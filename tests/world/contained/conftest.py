from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.world.contained import Limits, run_contained

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TARGET = "tests.world.contained.conversation:converse"


@dataclass(frozen=True)
class Told:
    """What one environment did, as tests/world/contained/conversation.py tells it."""

    asked: list[dict[str, Any]]
    ended: list[dict[str, Any]]
    output: str
    in_line: bool
    refusals: list[str]
    looked: list[bool]
    now_s: float

    @property
    def operations(self) -> list[str]:
        """The calls by name, in order."""
        return [call["operation"] for call in self.asked]

    @property
    def response(self) -> Any:
        """What the only invocation returned."""
        (ended,) = self.ended
        assert ended["outcome"] == "success", ended
        return ended["response"]

    @property
    def error(self) -> tuple[str, str]:
        """How the only invocation failed: the error's name and its message."""
        (ended,) = self.ended
        assert ended["outcome"] == "error", ended
        return ended["error"], ended["message"]


class Handlers:
    """Writes handlers into folders of their own, and runs them in a contained process."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def function(self, code: str | dict[str, str], name: str = "fn", **configuration: Any) -> dict[str, Any]:
        """A function out of its handler's code, or out of all its files."""
        folder = self.root / f"{name}-{len(list(self.root.iterdir()))}"
        for path, text in ({"handler.py": code} if isinstance(code, str) else code).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(textwrap.dedent(text))
        return {"name": name, "folder": str(folder), **configuration}

    def run(self, code: str | dict[str, str], answers: dict[str, list[Any]] | None = None, **more: Any) -> Told:
        """One environment of this code, from its first event to the end of its last."""
        events = more.pop("events", [{}])
        return self.converse({"A": {"function": self.function(code, **more), "events": events}}, answers)["A"]

    def each(
        self, codes: Iterable[str], answers: dict[str, list[Any]] | None = None, **configuration: Any
    ) -> list[Told]:
        """One environment for each of these handlers, all in one process: a process takes a while to start."""
        named = {f"{n}": {"function": self.function(code, **configuration)} for n, code in enumerate(codes)}
        return list(self.converse(named, answers).values())

    def converse(
        self,
        environments: dict[str, Any],
        answers: dict[str, list[Any]] | None = None,
        turns: list[str] | None = None,
        limits: Limits | None = None,
    ) -> dict[str, Told]:
        """Several environments, which take turns."""
        document = {"environments": environments, "answers": answers or {}, "turns": turns or []}
        told = run_contained(TARGET, document, limits=limits or Limits(stall_s=60, timeout_s=120))
        return {name: Told(**entry) for name, entry in told.items()}


@pytest.fixture
def handlers(tmp_path: Path) -> Handlers:
    return Handlers(tmp_path)
