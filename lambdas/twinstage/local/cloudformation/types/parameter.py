"""AWS::SSM::Parameter and AWS::CDK::Metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping


class Parameter(ResourceType):
    """AWS::SSM::Parameter."""

    name = "AWS::SSM::Parameter"
    immutable = frozenset({"Name"})
    mutable = frozenset({"AllowedPattern", "DataType", "Description", "Tags", "Tier", "Type", "Value"})
    attributes = frozenset({"Type", "Value"})
    gone = frozenset({"ParameterNotFound"})

    def create(self, order: Order) -> Made:
        """PutParameter."""
        name = order.get("Name", f"CFN-{order.name(512)}")
        given = order.pick("AllowedPattern", "DataType", "Description", "Tier", "Type", "Value")
        order.call("ssm", "PutParameter", Name=name, Tags=order.tags() or None, **given)
        return Made(name, order.pick("Type", "Value"))

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """PutParameter over the one that is there, and tags."""
        if not before:
            return
        given = order.pick("AllowedPattern", "DataType", "Description", "Tier", "Type", "Value")
        order.call("ssm", "PutParameter", Name=made.physical_id, Overwrite=True, **given)
        own = {"ResourceType": "Parameter", "ResourceId": made.physical_id}
        told = [tag["Key"] for tag in order.call("ssm", "ListTagsForResource", **own)["TagList"]]
        lost = [key for key in told if key not in order.tag_map()]
        if lost:
            order.call("ssm", "RemoveTagsFromResource", **own, TagKeys=lost)
        if order.tags():
            order.call("ssm", "AddTagsToResource", **own, Tags=order.tags())

    def refreshed(self, order: Order, made: Made) -> Made:
        """Its value is an attribute."""
        return Made(made.physical_id, order.pick("Type", "Value"))

    def delete(self, order: Order, made: Made) -> None:
        """DeleteParameter."""
        order.call("ssm", "DeleteParameter", Name=made.physical_id)


class CdkMetadata(ResourceType):
    """AWS::CDK::Metadata: it is nothing but an entry of the stack, on AWS too."""

    name = "AWS::CDK::Metadata"
    mutable = frozenset({"Analytics"})

    def create(self, order: Order) -> Made:
        """Nothing exists but the entry."""
        return Made(order.name(128))

    def delete(self, order: Order, made: Made) -> None:
        """Nothing to remove."""
