"""Pages of the listings of exports and imports."""

from __future__ import annotations

from typing import Any

from twinstage.world.memory.dynamodb import DynamoRefused

MOST = 25


def page(
    entries: list[dict[str, Any]], token: str | None, most: int | None
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The entries from a token on, at most 25, and `NextToken` where more follow. Raises DynamoRefused for a token nobody gave."""
    if token is not None and not token.isdecimal():
        raise DynamoRefused("ValidationException", "Invalid NextToken")
    start = int(token or 0)
    end = start + min(most or MOST, MOST)
    # The service model wants a token of ListImports to have at least 112 characters.
    return entries[start:end], {"NextToken": f"{end:0112d}"} if len(entries) > end else {}
