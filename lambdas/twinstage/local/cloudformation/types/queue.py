"""AWS::SQS: Queue and QueuePolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import CallFailed, Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS: Mapping[str, Any] = {
    "ContentBasedDeduplication": False,
    "DelaySeconds": 0,
    "KmsDataKeyReusePeriodSeconds": 300,
    "KmsMasterKeyId": "",
    "MaximumMessageSize": 262144,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": True,
    "VisibilityTimeout": 30,
}


class Queue(ResourceType):
    """AWS::SQS::Queue."""

    name = "AWS::SQS::Queue"
    immutable = frozenset({"FifoQueue", "QueueName"})
    mutable = frozenset(DEFAULTS) | {"Tags"}
    attributes = frozenset({"Arn", "QueueName", "QueueUrl"})
    gone = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})

    def create(self, order: Order) -> Made:
        """CreateQueue."""
        fifo = str(order.get("FifoQueue", "")).lower() == "true"
        name = order.get("QueueName", order.name(75) + (".fifo" if fifo else ""))
        settings = order.pick(*sorted(DEFAULTS)) | ({"FifoQueue": True} if fifo else {})
        url = order.call(
            "sqs", "CreateQueue", QueueName=name, Attributes=settings or None, tags=order.tag_map() or None
        )["QueueUrl"]
        arn = f"arn:aws:sqs:{order.region}:{order.account}:{name}"
        return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """SetQueueAttributes with what differs, and tags."""
        if not before:
            return
        queue = {"QueueUrl": made.physical_id}
        changed = {
            name: order.get(name, default) for name, default in DEFAULTS.items() if order.get(name) != before.get(name)
        }
        if changed:
            order.call("sqs", "SetQueueAttributes", **queue, Attributes=changed)
        lost = sorted(set(order.call("sqs", "ListQueueTags", **queue).get("Tags", {})) - set(order.tag_map()))
        if lost:
            order.call("sqs", "UntagQueue", **queue, TagKeys=lost)
        if order.tag_map():
            order.call("sqs", "TagQueue", **queue, Tags=order.tag_map())

    def delete(self, order: Order, made: Made) -> None:
        """DeleteQueue."""
        order.call("sqs", "DeleteQueue", QueueUrl=made.physical_id)


class QueuePolicy(ResourceType):
    """AWS::SQS::QueuePolicy. It is stored, told, and decided on by the gate."""

    name = "AWS::SQS::QueuePolicy"
    mutable = frozenset({"PolicyDocument", "Queues"})
    attributes = frozenset({"Id"})

    def create(self, order: Order) -> Made:
        """The queues get it in configure."""
        return Made(
            order.name(128), {"Id": order.name(128)}, "the embedded AWS stores a queue's policy and does not enforce it"
        )

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Put the policy on its queues, and take it from those that no longer are."""
        for url in order.need("Queues"):
            _set(order, url, order.need("PolicyDocument"))
        for url in (url for url in before.get("Queues") or () if url not in order.need("Queues")):
            _clear(order, url)

    def delete(self, order: Order, made: Made) -> None:
        """Take the policy from its queues."""
        for url in order.need("Queues"):
            _clear(order, url)


def _set(order: Order, url: str, policy: Any) -> None:
    order.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": policy})


def _clear(order: Order, url: str) -> None:
    try:
        _set(order, url, "")
    except CallFailed as error:
        if error.code not in Queue.gone:
            raise
