"""AWS::SNS: Topic, Subscription and TopicPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import CallFailed, Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = (
    "DisplayName",
    "KmsMasterKeyId",
    "FifoTopic",
    "ContentBasedDeduplication",
    "TracingConfig",
    "SignatureVersion",
)


class Topic(ResourceType):
    """AWS::SNS::Topic."""

    name = "AWS::SNS::Topic"
    immutable = frozenset({"FifoTopic", "TopicName"})
    mutable = frozenset(SETTINGS) - {"FifoTopic"} | {"Subscription", "Tags"}
    attributes = frozenset({"TopicArn", "TopicName"})
    gone = frozenset({"NotFound", "NotFoundException"})

    def create(self, order: Order) -> Made:
        """CreateTopic."""
        name = order.get("TopicName", order.name(256))
        settings = order.pick(*SETTINGS)
        arn = order.call("sns", "CreateTopic", Name=name, Attributes=settings or None, Tags=order.tags() or None)[
            "TopicArn"
        ]
        return Made(arn, {"TopicArn": arn, "TopicName": name})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Subscriptions declared inside the topic; on an update attributes and tags."""
        had, has = before.get("Subscription") or [], order.get("Subscription") or []
        for subscription in (subscription for subscription in has if subscription not in had):
            order.call("sns", "Subscribe", TopicArn=made.physical_id, **subscription)
        lost = [subscription for subscription in had if subscription not in has]
        for found in (
            order.call("sns", "ListSubscriptionsByTopic", TopicArn=made.physical_id)["Subscriptions"] if lost else ()
        ):
            if {"Endpoint": found["Endpoint"], "Protocol": found["Protocol"]} in lost:
                order.call("sns", "Unsubscribe", SubscriptionArn=found["SubscriptionArn"])
        if not before:
            return
        for name in (name for name in SETTINGS if order.get(name) != before.get(name)):
            order.call(
                "sns",
                "SetTopicAttributes",
                TopicArn=made.physical_id,
                AttributeName=name,
                AttributeValue=order.get(name, ""),
            )
        topic = {"ResourceArn": made.physical_id}
        told = [tag["Key"] for tag in order.call("sns", "ListTagsForResource", **topic).get("Tags", ())]
        gone = [key for key in told if key not in order.tag_map()]
        if gone:
            order.call("sns", "UntagResource", **topic, TagKeys=gone)
        if order.tags():
            order.call("sns", "TagResource", **topic, Tags=order.tags())

    def delete(self, order: Order, made: Made) -> None:
        """DeleteTopic."""
        for found in order.call("sns", "ListSubscriptionsByTopic", TopicArn=made.physical_id)["Subscriptions"]:
            order.call("sns", "Unsubscribe", SubscriptionArn=found["SubscriptionArn"])
        order.call("sns", "DeleteTopic", TopicArn=made.physical_id)


class Subscription(ResourceType):
    """AWS::SNS::Subscription."""

    name = "AWS::SNS::Subscription"
    immutable = frozenset(
        {"Endpoint", "FilterPolicy", "FilterPolicyScope", "Protocol", "RawMessageDelivery", "TopicArn"}
    )
    attributes = frozenset({"Arn"})
    gone = frozenset({"NotFound", "NotFoundException"})

    def create(self, order: Order) -> Made:
        """Subscribe."""
        settings = order.pick("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery")
        given = order.pick("TopicArn", "Protocol", "Endpoint")
        arn = order.call("sns", "Subscribe", **given, Attributes=settings or None, ReturnSubscriptionArn=True)[
            "SubscriptionArn"
        ]
        return Made(arn, {"Arn": arn})

    def delete(self, order: Order, made: Made) -> None:
        """Unsubscribe."""
        order.call("sns", "Unsubscribe", SubscriptionArn=made.physical_id)


class TopicPolicy(ResourceType):
    """AWS::SNS::TopicPolicy. It is stored, told, and decided on by the gate."""

    name = "AWS::SNS::TopicPolicy"
    immutable = frozenset({"Topics"})
    mutable = frozenset({"PolicyDocument"})
    attributes = frozenset({"Id"})

    def create(self, order: Order) -> Made:
        """The topics get it in configure; what they had is AWS's default, which allows the owner."""
        return Made(
            order.name(128), {"Id": order.name(128)}, "the embedded AWS stores a topic's policy and does not enforce it"
        )

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """SetTopicAttributes."""
        for arn in order.need("Topics"):
            self._set(order, arn, order.need("PolicyDocument"))

    def delete(self, order: Order, made: Made) -> None:
        """Give the owner's policy back."""
        for arn in order.need("Topics"):
            owner = {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "SNS:Publish",
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": order.account}},
            }
            try:
                self._set(order, arn, {"Version": "2008-10-17", "Statement": [owner]})
            except CallFailed as error:
                if error.code not in Topic.gone:
                    raise

    def _set(self, order: Order, arn: str, policy: Any) -> None:
        order.call("sns", "SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
