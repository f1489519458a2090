"""Networks that tests share: one stage, and random ones with every feature."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from twinstage.simulate.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Hyperexponential,
    LogNormal,
    Uniform,
)
from twinstage.simulate.network import (
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

if TYPE_CHECKING:
    from random import Random


def one_stage(between: Distribution, service: Distribution, product: Product | None = None, **features: Any) -> Network:
    """A source, a stage named "work" and a product named "lake"."""
    keys, classes = features.pop("keys", None), features.pop("classes", (1.0,))
    source = Source("source", between, "work", keys, classes)
    return Network((source,), (Stage("work", service, (Route("lake"),), **features),), (product or Product("lake"),))


def every_so_often(second: float, **features: Any) -> Network:
    """One stage to which records come one second apart and that serves each for `second` seconds."""
    return one_stage(Deterministic(1.0), Deterministic(second), **features)


def random_network(random: Random) -> tuple[Network, Extent]:
    """One to five stages, most with some of the features; one run in three ends by time."""
    number, keyed = random.randint(1, 5), random.random() < 0.5
    names = [*(f"s{index}" for index in range(number)), "lake", "shelf"]
    stages = []
    for index in range(number):
        later = names[index + 1 :]
        targets = {*random.sample(later, min(len(later), random.randint(1, 3))), *random.choice([[], [], [names[0]]])}
        ordered = sorted(targets | {"lake"})
        routes = tuple(Route(target, 1 / len(ordered)) for target in ordered)
        features = _features(random, keyed=keyed) if random.random() < 0.7 else {}
        stages.append(Stage(names[index], _duration(random), routes, servers=random.randint(1, 4), **features))
    sources = tuple(
        Source(
            f"from {index}",
            _duration(random),
            random.choice(names[:number]),
            Keys(random.randint(1, 20), random.choice([0.0, 1.0])) if keyed else None,
            random.choice([(1.0,), (1.0, 2.0, 0.5)]),
        )
        for index in range(random.randint(1, 2))
    )
    extent = random.choice(
        [
            Extent(records=random.randint(1, 500), warm_up_s=random.choice([0, 40])),
            Extent(duration_s=200.0, warm_up_s=50),
            Extent(100, 90.0),
        ]
    )
    return Network(sources, tuple(stages), (Product("lake", 5.0), Product("shelf"))), extent


def _duration(random: Random) -> Distribution:
    mean = random.choice([0.25, 0.5, 1.0, 2.0])
    return random.choice(
        [
            Exponential(mean),
            Deterministic(mean),
            Uniform(0.0, 2 * mean),
            Gamma(0.5, 2 * mean),
            Gamma(3.0, mean / 3),
            LogNormal.of_mean(mean, 1.5),
            Hyperexponential(((0.9, mean / 2), (0.1, 5 * mean))),
            Empirical((0.0, mean, 2 * mean)),
        ]
    )


def _features(random: Random, *, keyed: bool) -> dict[str, Any]:
    batch = random.choice([1, 1, 2, 5])
    possible: list[dict[str, Any]] = [
        {"places": random.randint(1, 8), "when_full": random.choice(["lose", "hold"])},
        {
            "retry": Retry(
                random.randint(1, 4),
                random.choice([0.1, 0.5]),
                random.choice([0.0, 0.5]),
                2.0,
                5.0,
                jitter=random.random() < 0.5,
            )
        },
        {"timeout_s": random.choice([0.5, 2.0])},
        {"patience_s": random.choice([0.5, 2.0, 6.0])},
        {"partitions": Partitions(random.randint(1, 6), random.randint(1, 2))} if keyed else {"order": "priority"},
        {"quota": Quota(random.choice([0.5, 1.0, 3.0]), batch + random.randint(0, 3), each_lane=random.random() < 0.5)},
        {"per_record_s": 0.1},
    ]
    chosen = [each for each in possible if random.random() < 0.4]
    return dict(
        itertools.chain.from_iterable(each.items() for each in chosen), batch=Batch(batch, random.choice([0.0, 1.0]))
    )
