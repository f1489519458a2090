"""The data-flow file: sources, stages and products in YAML or JSON (schema `twinstage:data_flow:1`), read to a network.

The members of the file are the fields of `model`'s classes, so that a problem of the network has its place in the file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.either_document import located_document
from twinstage.model.validation import schema_problems
from twinstage.simulate.distributions import Deterministic, Distribution, Exponential
from twinstage.simulate.duration_form import duration_of, longest_s
from twinstage.simulate.kernel import SimulationError
from twinstage.simulate.network.check import check
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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Duration = Callable[[Any, str], Distribution]

# Of one duration, in seconds: three years. Sums of very many of these are still whole nanoseconds in 64 bits.
LONGEST_S: Final = 1e8
_ONE: Final = Extent(records=1)


def flow_of(data: bytes, file: str) -> Network:
    """The network of a file's bytes. Raises InputError with every problem, each with its line and JSON pointer."""
    document, located = located_document(data, file, "a data flow")
    problems = schema_problems("data_flow", document, file)
    if problems:
        raise InputError(located(problems))
    network, problems = _network(document, file)
    try:
        check(network, _ONE, file=file)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(located(problems))
    return network


def _network(document: Mapping[str, Any], file: str) -> tuple[Network, list[InputProblem]]:
    """The network of a document that is of its schema, and the problems of its durations; a second stands for what cannot be."""
    problems: list[InputProblem] = []

    def duration(node: Any, place: str) -> Distribution:
        try:
            return _possible(node)
        except (SimulationError, ArithmeticError, ValueError) as error:
            hint = "give a smaller mean or variation"
            problems.append(InputProblem(file, 0, place, f"no such duration can be: {error}", hint))
            return Deterministic(1.0)

    network = Network(
        tuple(_source(node, f"/sources/{at}", duration) for at, node in enumerate(document["sources"])),
        tuple(_stage(node, f"/stages/{at}", duration) for at, node in enumerate(document["stages"])),
        tuple(Product(**node) for node in document["products"]),
    )
    return network, problems


def _possible(node: Any) -> Distribution:
    found = duration_of(node)
    if not (math.isfinite(found.mean_s) and longest_s(found) < LONGEST_S):
        raise SimulationError(f"it could be longer than {LONGEST_S:.0f} s")
    return found


def _source(node: Mapping[str, Any], place: str, duration: Duration) -> Source:
    if "rate" in node:
        between: Distribution = Exponential(1 / node["rate"])
    else:
        between = duration(node["between"], f"{place}/between")
    keys, classes = node.get("keys"), node.get("classes", [1])
    return Source(
        node["name"],
        between,
        node["to"],
        Keys(int(keys["number"]), float(keys.get("skew", 0))) if keys else None,
        tuple(float(weight) for weight in classes),
    )


# What is made of the members that are mappings themselves.
_PARTS: Final[Mapping[str, type]] = {"batch": Batch, "retry": Retry, "quota": Quota, "partitions": Partitions}
_WHOLE: Final = frozenset({"servers", "places", "size", "attempts", "burst", "number", "at_once"})


def _stage(node: Mapping[str, Any], place: str, duration: Duration) -> Stage:
    features = {
        name: _PARTS[name](**_whole(value)) if name in _PARTS else value
        for name, value in _whole(node).items()
        if name not in {"name", "service", "routes"}
    }
    routes = tuple(Route(**route) for route in node["routes"])
    return Stage(node["name"], duration(node["service"], f"{place}/service"), routes, **features)


def _whole(node: Mapping[str, Any]) -> dict[str, Any]:
    """Counts as such: JSON has one kind of number, and 4.0 is 4."""
    return {name: int(value) if name in _WHOLE else value for name, value in node.items()}
