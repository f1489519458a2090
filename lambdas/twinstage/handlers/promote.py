"""Promote: the order to production, out of what was approved. It is written and nothing else: a twin has no way to production, and production pulls."""

from __future__ import annotations

from typing import Any

from twinstage.handlers.stage import now, open_stage
from twinstage.rehearse.promotion.order import ORDER, order_of
from twinstage.world.jsons import put_json


def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run"}` -> `{"promotion"}`, the key of the order. Fails where people had to approve and have not, or what they approved is not what lies there."""
    stage = open_stage()
    order = order_of(stage.results, stage.store, now())
    put_json(stage.results, ORDER, order.document())
    stage.log("Promote", functions=len(order.functions), records=len(order.records), not_after=order.not_after)
    return {"promotion": f"runs/{stage.settings.run}/{ORDER}"}
