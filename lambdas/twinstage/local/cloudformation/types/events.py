"""AWS::Events::Rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping


DELIVERED = ("logs", "sqs", "events")
"""Services whose targets get events in the embedded AWS."""


def _notice(order: Order) -> str:
    if order.get("ScheduleExpression"):
        return "the embedded AWS stores schedules; this rule never fires"
    targets = [str(target["Arn"]) for target in order.get("Targets") or ()]
    lost = [arn for arn in targets if arn.split(":")[2] not in DELIVERED]
    return f"the embedded AWS stores these targets and delivers nothing to them: {', '.join(lost)}" if lost else ""


class Rule(ResourceType):
    """A rule and its targets. Schedules never fire, and events reach log groups, queues and buses only."""

    name = "AWS::Events::Rule"
    immutable = frozenset({"EventBusName", "Name"})
    mutable = frozenset({"Description", "EventPattern", "RoleArn", "ScheduleExpression", "State", "Tags", "Targets"})
    attributes = frozenset({"Arn"})
    gone = frozenset({"ResourceNotFoundException"})

    def create(self, order: Order) -> Made:
        """PutRule."""
        name = order.get("Name", order.name(64))
        arn = self._put(order, name)
        return Made(name, {"Arn": arn}, _notice(order))

    def _put(self, order: Order, name: str) -> str:
        given = order.pick("Description", "EventBusName", "EventPattern", "RoleArn", "ScheduleExpression", "State")
        answer = order.call("events", "PutRule", Name=name, Tags=order.tags() or None, **given)
        return str(answer["RuleArn"])

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Targets; on an update the rule itself too."""
        bus = order.pick("EventBusName")
        if before:
            self._put(order, made.physical_id)
        targets = order.get("Targets") or []
        lost = sorted({target["Id"] for target in before.get("Targets") or ()} - {target["Id"] for target in targets})
        if lost:
            order.call("events", "RemoveTargets", Rule=made.physical_id, Ids=lost, **bus)
        if targets:
            order.call("events", "PutTargets", Rule=made.physical_id, Targets=targets, **bus)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteRule, after its targets."""
        bus = order.pick("EventBusName")
        found = order.call("events", "ListTargetsByRule", Rule=made.physical_id, **bus).get("Targets", ())
        if found:
            order.call("events", "RemoveTargets", Rule=made.physical_id, Ids=[target["Id"] for target in found], **bus)
        order.call("events", "DeleteRule", Name=made.physical_id, **bus)
