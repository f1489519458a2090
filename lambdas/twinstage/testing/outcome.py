"""How a handler ended in one schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What a handler returned, or the exception that it ended with."""

    response: Any = None
    error: Exception | SystemExit | None = None

    @property
    def value(self) -> Any:
        """The response. Raises the handler's own exception where it ended with one."""
        if self.error is not None:
            raise self.error
        return self.response

    def told(self) -> str:
        """What tells this outcome from others, in words."""
        return repr(self.response) if self.error is None else f"{type(self.error).__name__}: {self.error}"
