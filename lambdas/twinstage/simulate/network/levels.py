"""Service levels of products: what was promised, what was seen, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.intervals import kept
from twinstage.simulate.network.intervals import Estimate

if TYPE_CHECKING:
    from twinstage.simulate.network.model import Product
    from twinstage.simulate.network.results import ProductResult


@dataclass(frozen=True)
class ServiceLevel:
    """A promise and what came of it. `met` is None where the interval holds both, or nothing was seen."""

    product: str
    promise: str
    share: float
    seen: Estimate
    met: bool | None


def levels_of(product: Product, result: ProductResult) -> list[ServiceLevel]:
    """Of each share that the product promises."""
    seen = [
        ("on_time", product.on_time, Estimate(1 - result.late.mean, result.late.error, result.late.windows)),
        ("complete", product.complete, Estimate(result.complete, None, 1 if result.delivered + result.missing else 0)),
        ("fresh", product.fresh, Estimate(1 - result.stale.mean, result.stale.error, result.stale.windows)),
    ]
    return [
        ServiceLevel(
            product.name,
            promise,
            share,
            one,
            kept(share, one.mean, *(one.interval or (one.mean, one.mean))) if one.windows else None,
        )
        for promise, share, one in seen
        if share is not None
    ]
