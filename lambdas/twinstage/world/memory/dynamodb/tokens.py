"""What the client request tokens of transactions stand for, for ten minutes each.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html (ClientRequestToken)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.sorted_map import SortedMap


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens in use: each with when its transaction was done (seconds since the epoch) and the fingerprint of the request that it came with."""

    used: SortedMap[str, tuple[float, str]] = field(default_factory=SortedMap)
    by_time: SortedMap[tuple[float, str], None] = field(default_factory=SortedMap)


def fingerprint_of(tokens: Tokens, token: str, *, now: float) -> str | None:
    """Answer the fingerprint of the request that was done with `token` in the last ten minutes."""
    used = tokens.used.get(token)
    return used[1] if used and now - used[0] <= LIMITS.idempotency_seconds else None


def with_token(tokens: Tokens, token: str, fingerprint: str, *, now: float) -> Tokens:
    """Answer the tokens with one more, and without those whose time is over."""
    used, by_time = tokens.used, tokens.by_time
    for at, _ in list(by_time.items_between(high=(now - LIMITS.idempotency_seconds, ""))):
        by_time, used = by_time.without((at[0], at[1])), used.without(at[1])
    return Tokens(used.with_entry(token, (now, fingerprint)), by_time.with_entry((now, token), None))
