"""Tasks and item readers call AWS as the machine's role, or as the role that the task's Credentials name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.moto_contract import replace_everywhere
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from twinstage.local.clients import Clients

_PRINCIPAL = "states.amazonaws.com"


def install(clients: Clients) -> None:
    """moto's interpreter calls with made-up keys; give it the role's."""

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        if state_credentials is None:
            raise TwinstageError("LOCAL_STATES", f"the interpreter calls {service} without a role")
        return clients.role(state_credentials.role_arn, _PRINCIPAL, service, region)

    replace_everywhere(
        "moto.stepfunctions.parser.asl.utils.boto_client:boto_client_for", client_for, within="moto.stepfunctions"
    )
