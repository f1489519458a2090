"""What an order comes to, in cents."""

from __future__ import annotations

from typing import Any

CURRENCIES = {"EUR", "GBP"}


class CurrencyUnknown(Exception):
    """An order in a currency that is not invoiced."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """`{"order_id", "currency", "lines"}` -> `{"total_cents"}`."""
    if event["currency"] not in CURRENCIES:
        raise CurrencyUnknown(event["currency"])
    return {"total_cents": sum(line["quantity"] * line["unit_cents"] for line in event["lines"])}
