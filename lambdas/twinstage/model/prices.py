"""AWS's list prices, as dated data (`data/prices.json`) with the page of each: what a month's use of something costs.

Without free tiers, discounts, taxes and data transfer. In the file's region.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.quotas import Confidence


class Tier(NamedTuple):
    """From `above` units of a month on, one unit costs `usd`."""

    above: int
    usd: Decimal


@dataclass(frozen=True)
class Price:
    """What one `unit` costs, by the tiers of a month's use, lowest first. `per`: the quantity AWS quotes its price for. `confidence` as a quota's."""

    id: str
    title: str
    service: str
    unit: str
    per: int
    tiers: tuple[Tier, ...]
    source: str
    read_on: str
    confidence: Confidence
    note: str

    def cost(self, units: float) -> Decimal:
        """What `units` of one month cost, US dollars, each at the price of the tier it falls into. Raises ValueError below 0."""
        if units < 0:
            raise ValueError(f"{units} {self.unit}s were not used")
        exact, cost = Decimal(repr(float(units))), Decimal(0)
        for tier, end in zip(self.tiers, (*(Decimal(tier.above) for tier in self.tiers[1:]), exact), strict=True):
            cost += max(Decimal(0), min(exact, end) - tier.above) * tier.usd
        return cost


@cache
def published_prices() -> Mapping[str, Price]:
    """Every price by its id, in the order of the data file."""
    document = json.loads(files("twinstage.model").joinpath("data", "prices.json").read_bytes())
    return MappingProxyType({entry["id"]: _price(entry) for entry in document["prices"]})


def _price(entry: Mapping[str, Any]) -> Price:
    tiers = tuple(Tier(tier["above"], Decimal(tier["usd"]) / entry["per"]) for tier in entry["tiers"])
    return Price(**{**entry, "tiers": tiers})
