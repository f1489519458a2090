"""What a snapshot keeps of the API's answers about a hosted zone beside its record sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.interface import HealthCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def sorted_vpcs(vpcs: Iterable[Mapping[str, str]] | None) -> tuple[dict[str, str], ...]:
    """The VPCs of a GetHostedZone answer, by region and id."""
    kept = ({"VPCId": vpc["VPCId"], "VPCRegion": vpc["VPCRegion"]} for vpc in vpcs or ())
    return tuple(sorted(kept, key=lambda vpc: (vpc["VPCRegion"], vpc["VPCId"])))


def health_check(found: Mapping[str, Any], tags: Mapping[str, str]) -> HealthCheck:
    """A health check of a GetHealthCheck or ListHealthChecks answer. Lists without an order are sorted, absent members left out.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
    """
    return HealthCheck(found["Id"], _plain(found["HealthCheckConfig"]), dict(tags))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in sorted(value.items()) if member not in (None, [], "")}
    if isinstance(value, list):
        return sorted(value, key=str)
    return value
