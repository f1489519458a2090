"""What an order comes to, in cents, vouchers taken off."""

from __future__ import annotations

from typing import Any

CURRENCIES = {"CHF", "EUR", "GBP"}


class CurrencyUnknown(Exception):
    """An order in a currency that is not invoiced."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """`{"order_id", "currency", "lines", "vouchers"?}` -> `{"total_cents", "voucher_cents"?}`. Vouchers take off no more than there is."""
    if event["currency"] not in CURRENCIES:
        raise CurrencyUnknown(event["currency"])
    whole = sum(line["quantity"] * line["unit_cents"] for line in event["lines"])
    taken = min(whole, sum(voucher["cents"] for voucher in event.get("vouchers", ())))
    return {"total_cents": whole - taken, **({"voucher_cents": taken} if taken else {})}
