"""Open networks of queues: records through stages, to data products.

    network = Network(
        sources=(Source("orders", Exponential(0.5), to="validate"),),
        stages=(Stage("validate", Exponential(0.8), (Route("lake"),), servers=2),),
        products=(Product("lake", fresh_within_s=60, on_time=0.99),),
    )
    results = simulate_network(network, Extent(records=100_000, warm_up_s=600), seed=7)

Two loops run it, to equal bytes: `pure` and `compiled` (numba, the extra `fast`). What they count (`tally`) is whole numbers; `results` makes means with intervals of it.
Of the simulator it imports what is shared, never `pipeline`.
"""

from twinstage.simulate.network.intervals import Estimate
from twinstage.simulate.network.levels import ServiceLevel
from twinstage.simulate.network.model import (
    Batch,
    Extent,
    Keys,
    Network,
    Partitions,
    Product,
    Quota,
    Retry,
    Route,
    Source,
    Stage,
)
from twinstage.simulate.network.results import ProductResult, Results, StageResult
from twinstage.simulate.network.simulate import simulate_network

__all__ = [
    "Batch",
    "Estimate",
    "Extent",
    "Keys",
    "Network",
    "Partitions",
    "Product",
    "ProductResult",
    "Quota",
    "Results",
    "Retry",
    "Route",
    "ServiceLevel",
    "Source",
    "Stage",
    "StageResult",
    "simulate_network",
]
