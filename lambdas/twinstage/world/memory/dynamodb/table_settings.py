"""The rules of a table's settings: encryption, on-demand limits, the stream.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html, API_OnDemandThroughput.html, API_StreamSpecification.html
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.table_requests import PAY_PER_REQUEST, bad_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT_SETTINGS = ("SSESpecification", "TableClass", "OnDemandThroughput", "DeletionProtectionEnabled")
"""Members that change nothing here and are described again as they were given."""


def settings_from(request: Mapping[str, Any], billing_mode: str) -> dict[str, Any]:
    """Answer the settings that a request gives to a table of a billing mode."""
    _check_encryption(request.get("SSESpecification") or {})
    if billing_mode != PAY_PER_REQUEST:
        for member in request.get("OnDemandThroughput") or ():
            raise bad_parameter(
                f"{member} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
            )
    return {member: deepcopy(request[member]) for member in KEPT_SETTINGS if member in request}


def check_alone(request: Mapping[str, Any]) -> None:
    """Refuse an UpdateTable that asks for things the service does one at a time only."""
    asked = set(request) - {"TableName", "AttributeDefinitions"}
    for member, name in _ALONE.items():
        if member in asked and len(asked) > 1:
            raise bad_parameter(f"{name} modification must be the only operation in the request")
    if "OnDemandThroughput" in asked and asked - {"OnDemandThroughput", "BillingMode"}:
        raise bad_parameter("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
    remade = any(not update.get("Update") for update in request.get("GlobalSecondaryIndexUpdates") or ())
    streamed, provisioned = "StreamSpecification" in asked, "ProvisionedThroughput" in asked
    if streamed and provisioned:
        raise bad_parameter("You cannot modify stream status while updating table IOPS")
    if remade and provisioned:
        raise bad_parameter("You cannot create or delete index while updating table IOPS")
    if remade and streamed:
        raise bad_parameter("You cannot create or delete index while changing stream status")


_ALONE = {
    "SSESpecification": "Server-Side Encryption",
    "TableClass": "TableClass",
    "DeletionProtectionEnabled": "DeletionProtection",
}


def _check_encryption(specification: Mapping[str, Any]) -> None:
    type_, key = specification.get("SSEType"), specification.get("KMSMasterKeyId")
    if type_ == "AES256":
        raise bad_parameter("SSEType AES256 is not supported")
    if not specification.get("Enabled"):
        if type_ is not None:
            raise bad_parameter("SSEType can not be specified if Enabled is false")
        if key is not None:
            raise bad_parameter("KMSMasterKeyId can not be specified if Enabled is false")
    elif key is not None and type_ is None:
        raise bad_parameter("SSEType KMS is required if KMSMasterKeyId is specified")
