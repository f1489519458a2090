"""Puts right what other services of moto would make of the resources that stacks are made of."""

from __future__ import annotations

from typing import Any

from twinstage.local.moto_contract import extends, replace

FUNCTION = "moto.awslambda.models:LambdaFunction"


def install() -> None:
    """Make the replacements."""
    _bucket_policies()
    _queue_policies()
    _function_settings()


def _bucket_policies() -> None:
    """Bucket policies are decided on by the gate alone: moto would take a Deny without looking at its conditions."""
    from moto.iam.access_control import PermissionResult

    def neutral(_bucket: Any, _action: str, _resource: str) -> Any:
        return PermissionResult.NEUTRAL

    replace("moto.s3.models:FakeBucket.get_permission", neutral)


def _queue_policies() -> None:
    """A queue keeps its policy when another of its attributes is set."""

    @extends("moto.sqs.models:Queue._set_attributes")
    def set_attributes(original: Any, queue: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = getattr(queue, "policy", None)
        original(queue, attributes, now)
        if "Policy" not in attributes:
            queue.policy = policy


def _function_settings() -> None:
    """A function's update takes every setting that its creation takes, and its network names the VPC it is in."""

    @extends(f"{FUNCTION}.update_configuration")
    def update_configuration(original: Any, function: Any, config_updates: dict[str, Any]) -> Any:
        if "TracingConfig" in config_updates:
            function.tracing_config = config_updates["TracingConfig"]
        if "EphemeralStorage" in config_updates:
            function.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        return original(function, config_updates)

    def vpc_config(function: Any) -> dict[str, Any] | None:
        given = function._vpc_config  # noqa: SLF001  where moto keeps what this property tells
        if not given or not given.get("SubnetIds"):
            return None
        return {**given, "VpcId": _vpc_of(function.account_id, function.region, given["SubnetIds"][0])}

    replace(f"{FUNCTION}.vpc_config", property(vpc_config))


def _vpc_of(account: str, region: str, subnet: str) -> str:
    from moto.ec2.models import ec2_backends

    vpc_id: str = ec2_backends[account][region].get_subnet(subnet).vpc_id
    return vpc_id
