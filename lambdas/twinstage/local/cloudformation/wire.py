"""Puts the service behind moto's CloudFormation wire: moto parses requests and writes answers, nothing else of it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import Refused
from twinstage.local.cloudformation.region import Region
from twinstage.local.moto_contract import replace

if TYPE_CHECKING:
    from twinstage.local.cloudformation.service import Service

RESPONSES = "moto.cloudformation.responses:CloudFormationResponse"


def region_of(account: str, name: str) -> Region:
    """The stacks of an account and region. They live in moto's backend, so that they go when its state goes."""
    from moto.cloudformation.models import cloudformation_backends

    backend = cloudformation_backends[account][name]
    region: Region = vars(backend).setdefault("twinstage_region", Region(account, name))
    return region


def install(service: Service) -> None:
    """Answer every CloudFormation request from `service`. An operation that it does not have is refused by its name."""
    operations = service.operations()

    def call_action(self: Any) -> Any:
        from moto.cloudformation.exceptions import CloudFormationError
        from moto.core.responses import ActionResult

        operation = operations.get(self._get_action())
        try:
            if operation is None:
                raise Refused(f"{self._get_action()} is not supported by the embedded AWS")  # noqa: TRY301  told as any other
            result: Any = operation(region_of(self.current_account, self.region), self.params)
        except Refused as error:
            result = CloudFormationError(error.error, error.reason)
        status, headers, body = self.serialized(ActionResult(result))
        return status, *self._enrich_response({**headers, "status": status}, body)

    replace(f"{RESPONSES}.call_action", call_action)
    # moto reshapes the members that its own stacks keep as mappings; the service answers in the API's shapes.
    replace(f"{RESPONSES}.RESPONSE_KEY_PATH_TO_TRANSFORMER", {})
