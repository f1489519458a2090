"""CloudTrail's spelling of request parameters, and the way back to the API's.

CloudTrail lowers the first letter of every member (`TTL` becomes `tTL`, `DNSName` `dNSName`). The way back is the service model: lowering is not
reversible by rule alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session


@cache
def _input_shape(service: str, operation: str) -> Any:
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


def api_parameters(service: str, operation: str, parameters: Any) -> dict[str, Any]:
    """Request parameters as CloudTrail delivers them, in the API's form. Members that the model does not know raise ValueError naming them."""
    restored: dict[str, Any] = _restore(_input_shape(service, operation), parameters, "")
    return restored


def _restore(shape: Any, value: Any, pointer: str) -> Any:
    if value is None:
        return None
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            raise ValueError(f"{pointer or '/'}: expected an object")
        members = {name[0].lower() + name[1:]: name for name in shape.members}
        restored = {}
        for spelled, content in value.items():
            name = members.get(spelled) or (spelled if spelled in shape.members else None)
            if name is None:
                raise ValueError(f"{pointer}/{spelled}: {shape.name} has no such member")
            if content is not None:
                restored[name] = _restore(shape.members[name], content, f"{pointer}/{spelled}")
        return restored
    if shape.type_name == "list":
        if not isinstance(value, list):
            raise ValueError(f"{pointer}: expected a list")
        return [_restore(shape.member, element, f"{pointer}/{index}") for index, element in enumerate(value)]
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    return value
