"""A data-flow file means the network that it describes, in YAML and in JSON; what cannot be is told all at once."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.simulate.queue_networks import random_network
from twinstage.model.errors import InputError
from twinstage.model.validation import schema_violations
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
from twinstage.simulate.duration_form import duration_of, longest_s
from twinstage.simulate.file_kind import kind_of
from twinstage.simulate.kernel.streams import fresh_stream
from twinstage.simulate.kernel.times import SECOND
from twinstage.simulate.network import Extent, Network, simulate_network
from twinstage.simulate.network.flow_file import flow_of

if TYPE_CHECKING:
    from collections.abc import Callable

DURATIONS: list[tuple[Any, Distribution]] = [
    (2, Deterministic(2.0)),
    ({"mean_s": 0.5}, Exponential(0.5)),
    ({"mean_s": 0.5, "variation": 2}, LogNormal.of_mean(0.5, 2.0)),
    ({"mean_s": 3, "variation": 0.5, "family": "gamma"}, Gamma(4.0, 0.75)),
    ({"low_s": 1, "high_s": 3}, Uniform(1.0, 3.0)),
    ({"observed_s": [1, 2.5]}, Empirical((1.0, 2.5))),
    (
        {"branches": [{"probability": 0.9, "mean_s": 1}, {"probability": 0.1, "mean_s": 9}]},
        Hyperexponential(((0.9, 1.0), (0.1, 9.0))),
    ),
    ({"mu": -1, "sigma": 0.5}, LogNormal(-1.0, 0.5)),
    ({"shape": 0.5, "scale_s": 2}, Gamma(0.5, 2.0)),
]


EXACT: dict[type, Callable[[Any], Any]] = {
    Deterministic: lambda it: it.seconds,
    Exponential: lambda it: {"mean_s": it.mean},
    Uniform: lambda it: {"low_s": it.low_s, "high_s": it.high_s},
    Hyperexponential: lambda it: {"branches": [{"probability": p, "mean_s": mean} for p, mean in it.branches]},
    LogNormal: lambda it: {"mu": it.mu, "sigma": it.sigma},
    Gamma: lambda it: {"shape": it.shape, "scale_s": it.scale_s},
    Empirical: lambda it: {"observed_s": list(it.observed_s)},
    tuple: lambda several: [written(each) for each in several],
}


def written(value: Any) -> Any:
    """A part of a network as a file writes it: a distribution by its exact form, a field that is None not at all."""
    if type(value) in EXACT:
        return EXACT[type(value)](value)
    if not dataclasses.is_dataclass(value):
        return value
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return {name: written(each) for name, each in fields.items() if each is not None}


@pytest.mark.parametrize("form", [json.dumps, yaml.safe_dump], ids=["json", "yaml"])
@pytest.mark.parametrize("seed", range(40))
def test_a_network_that_is_written_is_read_as_itself(seed: int, form: Callable[[Any], str]) -> None:
    network, _ = random_network(fresh_stream(seed, "network"))
    data = form(written(network)).encode()
    assert kind_of(data) == "data flow"
    assert flow_of(data, "flow") == network


@pytest.mark.parametrize("seed", range(40, 60))
def test_what_comes_of_a_network_is_of_its_form_and_the_same_by_either_way(seed: int) -> None:
    network, extent = random_network(fresh_stream(seed, "network"))
    read = flow_of(json.dumps(written(network)).encode(), "flow")
    first, second = (
        json.dumps(simulate_network(each, extent, seed=seed, loop="pure").document()) for each in (network, read)
    )
    assert first == second
    assert schema_violations("data_flow_simulation", json.loads(first)) == []


@pytest.mark.parametrize(("node", "meant"), DURATIONS)
def test_a_duration_is_the_distribution_that_it_says_and_no_draw_is_longer_than_it_can_be(
    node: Any, meant: Distribution
) -> None:
    assert duration_of(node) == meant
    draws = meant.durations(fresh_stream(3, "draws"))
    assert max(next(draws) for _ in range(2000)) <= longest_s(meant) * SECOND + 1


def flow(**stage: Any) -> Network:
    document = {
        "sources": [{"name": "orders", "rate": 4, "to": "work"}],
        "stages": [{"name": "work", "service": 0.5, "routes": [{"to": "lake"}], **stage}],
        "products": [{"name": "lake"}],
    }
    return flow_of(json.dumps(document, indent=1).encode(), "flow.json")


def test_a_rate_is_a_poisson_process_and_what_is_not_said_is_the_models_default() -> None:
    network = flow(servers=4.0)
    assert network.sources[0].between == Exponential(0.25)
    assert network.stages[0].servers == 4
    assert simulate_network(network, Extent(records=50), loop="pure").products[0].delivered == 50


def test_every_problem_is_told_at_once_with_its_line() -> None:
    with pytest.raises(InputError) as refused:
        flow(
            service={"mean_s": 1, "variation": 900}, routes=[{"to": "moon"}], quota={"per_second": 1}, batch={"size": 9}
        )
    told = [(problem.pointer, problem.line) for problem in refused.value.problems]
    assert sorted(pointer for pointer, _ in told) == [
        "/stages/0/quota/burst",
        "/stages/0/routes/0/to",
        "/stages/0/service",
    ]
    assert all(line > 0 for _, line in told)


@pytest.mark.parametrize(
    "text",
    [
        '{"StartAt": "A", "States": {}}',
        '{"Comment": "stages", "StartAt": "A", "States": {"A": {"Parameters": {"sources": []}}}}',
        "StartAt: A\nStates:\n  A:\n    Parameters:\n      sources: []\n",
        "[]",
        "",
    ],
)
def test_a_state_machine_is_no_data_flow(text: str) -> None:
    assert kind_of(text.encode()) == "state machine"
