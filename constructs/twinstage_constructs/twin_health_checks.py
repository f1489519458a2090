"""Health checks that stand for production's: always healthy, and without a single request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_route53 as route53
from constructs import Construct

from twinstage.model.twin import PRODUCTION_HEALTH_CHECK_TAG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.manifest import HealthCheckManifest


class TwinHealthChecks(Construct):
    """One health check for each that record sets of the snapshot refer to; `ids` maps production's id to the twin's, a token.

    Calculated from no other health check: "If you specify 0, Route 53 always considers this health check to be healthy." It asks nobody anything, where a
    copy of production's would send requests to production's endpoints, or read its alarms.
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html#Route53-Type-HealthCheckConfig-HealthThreshold
    """

    def __init__(self, scope: Construct, construct_id: str, *, health_checks: Iterable[HealthCheckManifest]) -> None:
        super().__init__(scope, construct_id)
        self.ids: dict[str, str] = {check.id: self._health_check(check.id) for check in health_checks}

    def _health_check(self, production_id: str) -> str:
        twin = route53.CfnHealthCheck(
            self,
            production_id,
            health_check_config=route53.CfnHealthCheck.HealthCheckConfigProperty(
                type="CALCULATED", health_threshold=0, child_health_checks=[]
            ),
            health_check_tags=[
                route53.CfnHealthCheck.HealthCheckTagProperty(key=PRODUCTION_HEALTH_CHECK_TAG, value=production_id)
            ],
        )
        twin_id: str = twin.attr_health_check_id
        return twin_id
