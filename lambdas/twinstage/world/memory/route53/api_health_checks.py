"""Route 53's operations on health checks. Nothing is checked by them here: GetHealthCheckStatus is refused, loudly.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html and its siblings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.route53.account import Account, HealthCheck
from twinstage.world.memory.route53.api_forms import ENDPOINT, copied, health_check
from twinstage.world.memory.route53.api_pages import marked_page
from twinstage.world.memory.route53.health_check_config import config_fault, with_defaults
from twinstage.world.memory.route53.identity import health_check_id
from twinstage.world.memory.route53.refused import Route53Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.route53.api_forms import Setting

Answer = tuple[Account, dict[str, Any]]
_NO_MEMBERS = frozenset({"HealthCheckId", "HealthCheckVersion", "ResetElements"})


def create(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """CreateHealthCheck. The same request again answers with the health check that is there.

    A caller reference of a health check with other settings, or of a deleted one, is refused: HealthCheckAlreadyExists.
    """
    reference, given = request["CallerReference"], copied(request["HealthCheckConfig"])
    if fault := config_fault(given):
        raise Route53Refused("InvalidInput", fault)
    config, own_id = with_defaults(given), health_check_id(account.id, reference)
    if reference in account.health_check_references:
        found = account.health_checks.get(account.health_check_references[reference])
        if found is None or found.config != config:
            message = f"A health check has already been created with the specified caller reference: {reference}"
            raise Route53Refused("HealthCheckAlreadyExists", message)
        return account, _located(found)
    check = HealthCheck(own_id, account.made + 1, reference, config)
    return replace(account, made=check.number).with_health_check(check), _located(check)


def get(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """GetHealthCheck."""
    return account, {"HealthCheck": health_check(account.health_check(request["HealthCheckId"]))}


def update(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """UpdateHealthCheck: what is given replaces what was; `ResetElements` go back to their defaults, before that.

    A `HealthCheckVersion` that is not the current one is refused: somebody else changed the health check in between.
    """
    check = account.health_check(request["HealthCheckId"])
    if check.config["Type"] == "RECOVERY_CONTROL":
        raise Route53Refused("InvalidInput", "Invalid parameter : Update is not supported for this health check type.")
    version = request.get("HealthCheckVersion")
    if version is not None and version != check.version:
        message = f"The health check version {version} does not match the current version {check.version}"
        raise Route53Refused("HealthCheckVersionMismatch", message)
    reset = request.get("ResetElements") or ()
    kept = {name: value for name, value in check.config.items() if name not in reset}
    given = {name: copied(value) for name, value in request.items() if name not in _NO_MEMBERS and value is not None}
    if fault := config_fault({**kept, **given}):
        raise Route53Refused("InvalidInput", fault)
    changed = replace(check, config=with_defaults({**kept, **given}), version=check.version + 1)
    return account.with_health_check(changed), {"HealthCheck": health_check(changed)}


def delete(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """DeleteHealthCheck. One that record sets name may be deleted; AWS says so, and warns of it.

    Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHealthCheck.html
    """
    return account.without_health_check(account.health_check(request["HealthCheckId"]).id), {}


def list_all(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """ListHealthChecks, in the order in which they were made."""
    checks, page = marked_page(account.health_checks.values(), request)
    return account, {"HealthChecks": [health_check(check) for check in checks], **page}


def count(account: Account, _: Mapping[str, Any], __: Setting) -> Answer:
    """GetHealthCheckCount."""
    return account, {"HealthCheckCount": len(account.health_checks)}


def _located(check: HealthCheck) -> dict[str, Any]:
    return {"HealthCheck": health_check(check), "Location": f"{ENDPOINT}/healthcheck/{check.id}"}
