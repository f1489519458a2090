"""Client tokens: the same request again within eight hours is the same job, another request with the token is refused.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html ("ClientToken")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb import DynamoRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.dynamodb.databases import Held

VALID_S = 8 * 3600.0


@dataclass(frozen=True)
class _Used:
    """What a token was used for, and when, in seconds since the epoch."""

    request: Mapping[str, Any]
    arn: str
    at: float


class Tokens:
    """The client tokens of one operation. `error` and `message`: how a token of another request is refused."""

    def __init__(self, error: str, message: str) -> None:
        self._error, self._message = error, message
        self._used: dict[tuple[str, str, str], _Used] = {}

    def known(self, held: Held, request: Mapping[str, Any], now: float) -> str | None:
        """The ARN of the job that this very request began already; None where there is none. Raises DynamoRefused."""
        token = request.get("ClientToken")
        found = self._used.get((held.account, held.region, token)) if token else None
        if found is None or now - found.at > VALID_S:
            return None
        if found.request != request:
            raise DynamoRefused(self._error, self._message)
        return found.arn

    def remember(self, held: Held, request: Mapping[str, Any], arn: str, now: float) -> None:
        """Note what a request with a token began."""
        token = request.get("ClientToken")
        if token:
            self._used[held.account, held.region, token] = _Used(dict(request), arn, now)

    def forget_all(self) -> None:
        """Forget every token."""
        self._used.clear()
