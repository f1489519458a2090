"""The model file: service times, errors, limits and items, as JSON (schema `twinstage:pipeline_model:1`)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document
from twinstage.model.reading.json_places import with_lines
from twinstage.model.validation import schema_problems
from twinstage.simulate.duration_form import duration_of
from twinstage.simulate.events_delivery import Delivery
from twinstage.simulate.fitting import fit
from twinstage.simulate.kernel import SimulationError
from twinstage.simulate.pipeline.tasks import ECHO, PipelineModel, Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from twinstage.simulate.distributions import Distribution

_LARGEST_BYTES: Final = 64 << 20
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class ServiceLevel:
    """A figure that may be at most so much."""

    figure: str
    at_most: float


@dataclass(frozen=True)
class ModelFile:
    """What a model file says. `values` fill the definition's placeholders; `delivery` is of the events that begin executions."""

    model: PipelineModel = field(default_factory=PipelineModel)
    values: Mapping[str, Any] = field(default_factory=dict)
    service_levels: tuple[ServiceLevel, ...] = ()
    delivery: Delivery = field(default_factory=Delivery)


def read_model(path: Path) -> ModelFile:
    """Read a model file. Raises InputError with all its problems, each with its line."""
    file = str(path)
    try:
        with path.open("rb") as opened:
            data = opened.read(_LARGEST_BYTES + 1)
    except OSError as error:
        hint = "give a file that can be read"
        raise InputError([InputProblem(file, 0, "", f"cannot be read: {error.strerror}", hint)]) from error
    if len(data) > _LARGEST_BYTES:
        raise InputError([InputProblem(file, 0, "", f"more than {_LARGEST_BYTES} bytes, which is all that is read")])
    text = data.decode(errors="replace")
    try:
        document = json_document.record(data)
    except json_document.MALFORMED as error:
        raise InputError([json_document.not_json(file, error, "a model is one JSON object", text)]) from error
    problems = schema_problems("pipeline_model", document, file)
    problems = problems or list(_contradictions(document, file))
    if problems:
        raise InputError(with_lines(problems, text))
    return model_of(document)


def model_of(document: Mapping[str, Any]) -> ModelFile:
    """The model of a document that has no problems."""
    services = {name: _service(node) for name, node in document.get("services", {}).items()}
    otherwise = document.get("otherwise")
    overheads = {kind: _duration(node) for kind, node in document.get("overheads", {}).items()}
    return ModelFile(
        PipelineModel(services, _service(otherwise) if otherwise else None, overheads, document.get("items", {})),
        document.get("values", {}),
        tuple(ServiceLevel(each["figure"], each["at_most"]) for each in document.get("service_levels", [])),
        _delivery(document.get("delivery", {})),
    )


def _delivery(node: Mapping[str, Any]) -> Delivery:
    loss, duplication, straggling = (float(node.get(name, 0)) for name in ("loss", "duplication", "straggling"))
    return Delivery(loss, duplication, straggling, _duration(node.get("delay", 0)), _duration(node.get("late", 1)))


def _contradictions(document: Mapping[str, Any], file: str) -> Iterator[InputProblem]:
    """What the schema cannot say."""
    named = [(f"/services/{name}", node) for name, node in document.get("services", {}).items()]
    if "otherwise" in document:
        named.append(("/otherwise", document["otherwise"]))
    for place, node in named:
        if (total := math.fsum(node.get("errors", {}).values())) > 1 + _ROUNDING:
            yield InputProblem(file, 0, f"{place}/errors", f"probabilities add up to {total}, which is more than 1")
    times = [
        (f"{place}/{name}", node[name]) for place, node in named for name in ("time", "failed_time") if name in node
    ]
    given = document.get("delivery", {})
    times += [(f"/delivery/{name}", given[name]) for name in ("delay", "late") if name in given]
    times += [(f"/overheads/{kind}", node) for kind, node in document.get("overheads", {}).items()]
    for place, node in times:
        try:
            _duration(node)
        except (SimulationError, ArithmeticError, ValueError) as error:
            yield InputProblem(file, 0, place, f"no such duration can be: {error}")


def _service(node: Mapping[str, Any]) -> Service:
    return Service(
        _duration(node["time"]),
        dict(sorted(node.get("errors", {}).items())),
        _duration(node["failed_time"]) if "failed_time" in node else None,
        node.get("servers"),
        node.get("limit"),
        node.get("output", ECHO),
    )


def _duration(node: Any) -> Distribution:
    if isinstance(node, dict) and "observed_s" in node:
        return fit(node["observed_s"], node.get("method")).distribution
    return duration_of(node)
