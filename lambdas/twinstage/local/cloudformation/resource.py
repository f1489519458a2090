"""What a resource type is: the properties it understands, and how one is made, changed and removed.

Resources are made through the engine's own AWS API, as AWS's CloudFormation makes them: a type is a translation from properties
to API calls, and what it does not name in `immutable` or `mutable` is refused before anything is made.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.shapes import shaped

Clients = Callable[[str, str, str], Any]
"""(account, service, region) -> a boto3 client of the engine, with the rights of CloudFormation."""


@dataclass(frozen=True)
class Made:
    """A resource that exists: its physical id, and what Fn::GetAtt gives. `notice` says what the engine does not do with it."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    notice: str = ""


class CallFailed(ResourceFailed):
    """An API call of a resource failed; `code` is the service's own error code."""

    def __init__(self, service: str, operation: str, code: str, message: str) -> None:
        super().__init__(f"{message} (Service: {service}, Operation: {operation}, Error: {code})")
        self.code = code


@dataclass(frozen=True)
class Order:
    """One resource as a stack asks for it. `unique` is 12 characters that tell physical names of stacks apart."""

    account: str
    region: str
    stack_name: str
    logical_id: str
    unique: str
    properties: Mapping[str, Any]
    stack_tags: Mapping[str, str]
    clients: Clients

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call the engine's AWS API; parameters that are None are left out. Raises CallFailed with the service's code."""
        client = self.clients(self.account, service, self.region)
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**(shaped(shape, given) if shape else {}))
        except ClientError as error:
            told = error.response.get("Error", {})
            raise CallFailed(service, operation, told.get("Code", ""), told.get("Message", str(error))) from error
        except BotoCoreError as error:
            raise CallFailed(service, operation, type(error).__name__, str(error)) from error
        return answer

    def get(self, name: str, default: Any = None) -> Any:
        """A property, or the default."""
        return self.properties.get(name, default)

    def need(self, name: str) -> Any:
        """A property that must be there. Raises ResourceFailed."""
        if name not in self.properties:
            raise ResourceFailed(f"Property {name} cannot be empty.")
        return self.properties[name]

    def pick(self, *names: str) -> dict[str, Any]:
        """The named properties that are present."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def name(self, limit: int, *, lower: bool = False) -> str:
        """A physical name as CloudFormation makes it: stack, logical id and 12 characters, within `limit` characters."""
        room = limit - len(self.unique) - 1
        stem = f"{self.stack_name}-{self.logical_id}"
        if len(stem) > room:
            half = room // 2
            stem = f"{self.stack_name[: room - half - 1]}-{self.logical_id[:half]}"
        name = f"{stem}-{self.unique}"
        return name.lower() if lower else name

    def tags(self) -> list[dict[str, str]]:
        """The stack's tags and the resource's own, which win, sorted by key."""
        own = self.properties.get("Tags") or {}
        pairs = own.items() if isinstance(own, dict) else ((tag["Key"], tag["Value"]) for tag in own)
        merged = {**self.stack_tags, **{str(key): str(value) for key, value in pairs}}
        return [{"Key": key, "Value": merged[key]} for key in sorted(merged)]

    def tag_map(self) -> dict[str, str]:
        """The same as one mapping."""
        return {tag["Key"]: tag["Value"] for tag in self.tags()}


class ResourceType(ABC):
    """A resource type. `create` makes the bare resource; `configure` sets what an update can change, and runs after both."""

    name: ClassVar[str]
    immutable: ClassVar[frozenset[str]] = frozenset()
    mutable: ClassVar[frozenset[str]] = frozenset()
    attributes: ClassVar[frozenset[str]] = frozenset()
    gone: ClassVar[frozenset[str]] = frozenset()
    """Error codes of a delete that mean that somebody else removed it first."""

    def check(self, properties: Mapping[str, Any]) -> list[str]:
        """What the engine cannot do with these unresolved properties: each a property's path with the reason."""
        known = self.immutable | self.mutable
        return [f"property {name} is not supported by the embedded AWS" for name in sorted(set(properties) - known)]

    def replaced_by(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Whether a change inside a mutable property needs a new resource in the place of the old one."""
        return False

    @abstractmethod
    def create(self, order: Order) -> Made:
        """Make the resource, with its immutable properties."""

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:  # noqa: B027 many types have nothing to configure
        """Set the mutable properties; `before` holds the properties it had, empty when it was just created."""

    def refreshed(self, order: Order, made: Made) -> Made:
        """The resource as an update left it: attributes may have changed."""
        return made

    @abstractmethod
    def delete(self, order: Order, made: Made) -> None:
        """Remove the resource."""
