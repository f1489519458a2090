"""Puts right what other services of moto would make of the resources that stacks are made of."""

from __future__ import annotations

from typing import Any

from twinstage.local.moto_contract import replace


def install() -> None:
    """Bucket policies are stored and told, not enforced: moto would take a Deny without looking at its conditions."""
    from moto.iam.access_control import PermissionResult

    def neutral(_bucket: Any, _action: str, _resource: str) -> Any:
        return PermissionResult.NEUTRAL

    replace("moto.s3.models:FakeBucket.get_permission", neutral)
