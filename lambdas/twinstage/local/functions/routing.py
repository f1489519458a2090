"""Which version of a function an invocation comes to, by name, version or alias: an alias with weights sends each invocation to one of two versions, by chance.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html ("Lambda uses a simple probabilistic model to distribute the traffic")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudwatch.metrics import Invoked

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Routed:
    """moto's function of the version that is to run, and what was asked for."""

    function: Any
    invoked: Invoked


def version_for(draw: float, version: str, weights: Mapping[str, float]) -> str:
    """The version that a number drawn from [0, 1) comes to: the additional ones have their weights, the alias' own has the rest."""
    for other, weight in weights.items():
        if draw < weight:
            return other
        draw -= weight
    return version


def routed(backend: Any, name: str, qualifier: str | None, draw: float) -> Routed:
    """What an invocation comes to. `name` may be a name, part of an ARN or a whole one, each with a qualifier at its end. Raises moto's errors."""
    plain, within = _split(name)
    asked = within or qualifier or ""
    function = backend.get_function(plain, asked or None)
    alias = _alias(backend, function, asked)
    if alias is not None:
        weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
        function = backend.get_function(plain, version_for(draw, str(alias.function_version), weights))
    invoked = Invoked(
        function.account_id, function.region, function.function_name, asked, str(function.version), alias is not None
    )
    return Routed(function, invoked)


def direct(function: Any) -> Routed:
    """What one of moto's own services invokes: a function that it looked up itself, by its ARN."""
    version = str(function.version)
    qualifier = function.function_arn.rpartition(":")[2] if function.function_arn.count(":") > 6 else ""  # noqa: PLR2004  an unqualified ARN's colons
    invoked = Invoked(function.account_id, function.region, function.function_name, qualifier, version, alias=False)
    return Routed(function, invoked)


def _split(name: str) -> tuple[str, str]:
    """A function's name without its qualifier, and the qualifier: a name, `account:function:name` and an ARN may have one."""
    plain, _, qualifier = name.rpartition(":function:")[2].partition(":")
    return plain, qualifier


def _alias(backend: Any, function: Any, qualifier: str) -> Any:
    """The alias of that name; None where the qualifier is a version, or there is none."""
    if not qualifier or qualifier == "$LATEST" or qualifier.isdigit():
        return None
    return backend.get_alias(qualifier, function.function_name)
