"""botocore's models of the services: which operations there are, and what they take and give."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botocore.model import OperationModel

_NEAREST = 3


@cache
def services() -> tuple[str, ...]:
    """Every service by boto3's name of it."""
    return tuple(_loader().list_available_services("service-2"))


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service that is among `services()`."""
    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of an operation by the API's name of it; None where the service has none of that name."""
    model = service_model(service)
    return model.operation_model(operation) if operation in model.operation_names else None


def error_codes(model: OperationModel) -> dict[str, str]:
    """The errors that an operation's model names: the name of each exception, and its code."""
    return {shape.name: shape.error_code for shape in model.error_shapes}  # type: ignore[attr-defined]  # the stubs call them plain shapes


def nearest(name: str, known: Iterable[str]) -> str:
    """In words, what was perhaps meant; the whole list where nothing is near and it is short."""
    names = sorted(known)
    near = get_close_matches(name, names, n=_NEAREST, cutoff=0.5) or _differing_in_case(name, names)
    if near:
        return f"perhaps {' or '.join(near)}"
    if not names:
        return "it has none"
    return f"there are: {', '.join(names)}" if len(names) <= 4 * _NEAREST else "see the service's API reference"


def _differing_in_case(name: str, names: list[str]) -> list[str]:
    plain = name.replace("_", "").replace("-", "").lower()
    return [one for one in names if one.lower() == plain]


@cache
def _loader() -> Loader:
    return Loader()
