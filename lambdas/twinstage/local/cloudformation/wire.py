"""Puts the service behind moto's CloudFormation wire: moto parses requests and writes answers, nothing else of it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore import xform_name

from twinstage.local.cloudformation.errors import Refused
from twinstage.local.cloudformation.region import Region
from twinstage.local.moto_contract import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.cloudformation.service import Operation, Service

RESPONSES = "moto.cloudformation.responses:CloudFormationResponse"
ABSENT = (
    "create_stack_instances",
    "create_stack_set",
    "delete_stack_instances",
    "delete_stack_set",
    "describe_stack_instance",
    "describe_stack_set",
    "describe_stack_set_operation",
    "get_stack_policy",
    "list_stack_instances",
    "list_stack_set_operation_results",
    "list_stack_set_operations",
    "list_stack_sets",
    "process_cfn_response",
    "set_stack_policy",
    "stop_stack_set_operation",
    "update_stack_instances",
    "update_stack_set",
    "validate_template",
)
"""What moto answers and the service does not: these would work on stacks that the service does not see."""


def region_of(account: str, name: str) -> Region:
    """The stacks of an account and region. They live in moto's backend, so that they go when its state goes."""
    from moto.cloudformation.models import cloudformation_backends

    backend = cloudformation_backends[account][name]
    region: Region = vars(backend).setdefault("twinstage_region", Region(account, name))
    return region


def _answering(operation: Operation) -> Callable[[Any], Any]:
    def answer(self: Any) -> Any:
        from moto.cloudformation.exceptions import CloudFormationError
        from moto.core.responses import ActionResult

        try:
            result = operation(region_of(self.current_account, self.region), self.params)
        except Refused as error:
            raise CloudFormationError(error.error, error.reason) from error
        return ActionResult(result)

    return answer


def _refusing(name: str) -> Operation:
    def refuse(_region: Region, _request: Any) -> dict[str, Any]:
        raise Refused(f"{name} is not supported by the embedded AWS")

    return refuse


def install(service: Service) -> None:
    """Answer every CloudFormation request from `service`."""
    # moto reshapes the members that its own stacks keep as mappings; the service answers in the API's shapes.
    replace(f"{RESPONSES}.RESPONSE_KEY_PATH_TO_TRANSFORMER", {})
    for name, operation in service.operations().items():
        replace(f"{RESPONSES}.{xform_name(name)}", _answering(operation))
    for name in ABSENT:
        replace(f"{RESPONSES}.{name}", _answering(_refusing(name)))
