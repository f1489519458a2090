"""What the door of the embedded AWS hands to a service of our own, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from twinstage.world.quotas import Quotas


@dataclass(frozen=True)
class Request:
    """One HTTP request of a known caller. `target` is its X-Amz-Target header, `path` is decoded, `query` is not; `quotas` are those that bind the caller."""

    account: str
    region: str
    method: str
    path: str
    query: str
    target: str
    body: bytes
    quotas: Quotas | None = None


@dataclass(frozen=True)
class Answer:
    """The response: HTTP status, headers and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class ExactService(Protocol):
    """A service whose requests never reach moto."""

    def answer(self, request: Request) -> Answer:
        """Answer one request. Whatever goes wrong is an answer too."""
