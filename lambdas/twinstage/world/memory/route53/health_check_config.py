"""What the configuration of a health check must have, and what Route 53 adds to it.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}
_ENDPOINT_TYPES = frozenset({*_PORTS, "TCP"})
_TYPES = _ENDPOINT_TYPES | {"CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"}
_NEEDED = {
    "CALCULATED": ("ChildHealthChecks", "HealthThreshold"),
    "CLOUDWATCH_METRIC": ("AlarmIdentifier", "InsufficientDataHealthStatus"),
    "HTTP_STR_MATCH": ("SearchString",),
    "HTTPS_STR_MATCH": ("SearchString",),
    "RECOVERY_CONTROL": ("RoutingControlArn",),
    "TCP": ("Port",),
}
_INTERVALS = (10, 30)
_FAILURES = range(1, 11)


def config_fault(config: Mapping[str, Any]) -> str | None:
    """What is wrong with a configuration, in one sentence; None where nothing is."""
    kind = config.get("Type")
    if kind not in _TYPES:
        return f"Invalid parameter : {kind} is not a type of health check"
    for name in _NEEDED.get(kind, ()):
        if config.get(name) in (None, ""):
            return f"Invalid parameter : {name} is required for a health check of type {kind}"
    if kind in _ENDPOINT_TYPES and not (config.get("IPAddress") or config.get("FullyQualifiedDomainName")):
        return (
            f"Invalid parameter : IPAddress or FullyQualifiedDomainName is required for a health check of type {kind}"
        )
    if config.get("RequestInterval", 30) not in _INTERVALS:
        return f"Invalid parameter : RequestInterval {config['RequestInterval']} is neither 10 nor 30"
    if config.get("FailureThreshold", 3) not in _FAILURES:
        return f"Invalid parameter : FailureThreshold {config['FailureThreshold']} is not between 1 and 10"
    return None


def with_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as GetHealthCheck tells it: with the value of each member that the type has and nobody gave. Idempotent."""
    kind = config["Type"]
    defaults: dict[str, Any] = {"Inverted": False, "Disabled": False}
    if kind in _ENDPOINT_TYPES:
        defaults |= {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False}
        defaults["EnableSNI"] = kind.startswith("HTTPS")
    if kind in _PORTS:
        defaults["Port"] = _PORTS[kind]
    if kind == "RECOVERY_CONTROL":
        defaults = {}
    return {**defaults, **{name: value for name, value in config.items() if value is not None}}
