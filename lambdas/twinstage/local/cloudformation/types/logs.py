"""AWS::Logs::LogGroup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping


class LogGroup(ResourceType):
    """A log group. Retention is stored; nothing expires in the embedded AWS."""

    name = "AWS::Logs::LogGroup"
    immutable = frozenset({"LogGroupName"})
    mutable = frozenset({"KmsKeyId", "RetentionInDays", "Tags"})
    attributes = frozenset({"Arn"})
    gone = frozenset({"ResourceNotFoundException"})

    def create(self, order: Order) -> Made:
        """CreateLogGroup."""
        name = order.get("LogGroupName", order.name(512))
        key = order.get("KmsKeyId")
        order.call("logs", "CreateLogGroup", logGroupName=name, kmsKeyId=key, tags=order.tag_map() or None)
        return Made(name, {"Arn": f"arn:aws:logs:{order.region}:{order.account}:log-group:{name}:*"})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Retention, key and tags."""
        group = {"logGroupName": made.physical_id}
        if "RetentionInDays" in order.properties:
            order.call("logs", "PutRetentionPolicy", **group, retentionInDays=order.get("RetentionInDays"))
        elif "RetentionInDays" in before:
            order.call("logs", "DeleteRetentionPolicy", **group)
        if not before:
            return
        if order.get("KmsKeyId") != before.get("KmsKeyId"):
            if order.get("KmsKeyId"):
                order.call("logs", "AssociateKmsKey", **group, kmsKeyId=order.get("KmsKeyId"))
            else:
                order.call("logs", "DisassociateKmsKey", **group)
        told = order.call("logs", "ListTagsLogGroup", **group).get("tags", {})
        lost = sorted(set(told) - set(order.tag_map()))
        if lost:
            order.call("logs", "UntagLogGroup", **group, tags=lost)
        if order.tag_map():
            order.call("logs", "TagLogGroup", **group, tags=order.tag_map())

    def delete(self, order: Order, made: Made) -> None:
        """DeleteLogGroup."""
        order.call("logs", "DeleteLogGroup", logGroupName=made.physical_id)
