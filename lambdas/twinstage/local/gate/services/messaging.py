"""Queues, topics, event buses and logs.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ (Amazon SQS, SNS, EventBridge, CloudWatch Logs)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.local.gate.call import Call, Check

if TYPE_CHECKING:
    from twinstage.local.gate.call import Asked

_UNSCOPED_LOGS = (
    "CreateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies", "GetLogDelivery", "ListLogDeliveries",
    "PutResourcePolicy", "UpdateLogDelivery", "DescribeQueries", "DeleteResourcePolicy",
)  # fmt: skip


def sqs(asked: Asked) -> Call:
    """A queue's URL names its account and its name, and so the queue. A batch takes its single action's permission."""
    action = f"sqs:{asked.operation.removesuffix('Batch')}"
    if url := asked.text("QueueUrl"):
        owner, name = url.rstrip("/").split("/")[-2:]
        return Call(asked.operation, (Check(action, asked.arn(name, account=owner)),))
    if name := asked.text("QueueName"):
        owner = asked.text("QueueOwnerAWSAccountId")
        return Call(asked.operation, (Check(action, asked.arn(name, account=owner)),))
    return Call(asked.operation, (Check(action, "*"),) if asked.operation == "ListQueues" else ())


def sns(asked: Asked) -> Call:
    """Topics; a subscription's ARN begins with its topic's."""
    action = f"sns:{asked.operation.removesuffix('Batch')}"
    if arn := asked.text("TopicArn", "TargetArn", "ResourceArn"):
        return Call(asked.operation, (Check(action, arn),))
    if subscription := asked.text("SubscriptionArn"):
        return Call(asked.operation, (Check(action, subscription.rpartition(":")[0]),))
    if asked.operation == "CreateTopic":
        return Call(asked.operation, (Check(action, asked.arn(asked.parameters["Name"])),))
    return Call(asked.operation, (Check(action, "*"),) if asked.operation.startswith("List") else ())


def events(asked: Asked) -> Call:
    """Rules on their bus, or the bus itself."""
    action, given = f"events:{asked.operation}", asked.parameters
    if asked.operation == "PutEvents":
        buses = dict.fromkeys(entry.get("EventBusName") or "default" for entry in given["Entries"])
        return Call(asked.operation, tuple(Check(action, _bus(asked, bus)) for bus in buses))
    if asked.operation in ("ListRules", "ListEventBuses"):
        return Call(asked.operation, (Check(action, "*"),))
    bus = asked.text("EventBusName") or "default"
    rule = asked.text("Name", "Rule")
    if asked.operation in ("PutPermission", "RemovePermission", "DescribeEventBus", "CreateEventBus", "DeleteEventBus"):
        name = asked.text("EventBusName", "Name") or "default"
        return Call(asked.operation, (Check(action, _bus(asked, name)),))
    if resource := asked.text("ResourceARN"):
        return Call(asked.operation, (Check(action, resource),))
    place = "" if bus == "default" else f"{_bus(asked, bus).rpartition('/')[2]}/"
    owner = bus.split(":")[4] if bus.startswith("arn:") else ""
    checks = [Check(action, asked.arn(f"rule/{place}{rule}", account=owner))] if rule else []
    roles = [target["RoleArn"] for target in given.get("Targets", ()) if "RoleArn" in target]
    passed = {"iam:passedtoservice": ("events.amazonaws.com",)} if roles else {}
    return Call(asked.operation, (*checks, *(Check("iam:PassRole", role) for role in roles)), passed)


def _bus(asked: Asked, name: str) -> str:
    return asked.arn(name if name.startswith("arn:") else f"event-bus/{name}")


def logs(asked: Asked) -> Call:
    """Groups, and with `:log-stream:` their streams."""
    action = f"logs:{asked.operation}"
    group = asked.text("logGroupName", "logGroupIdentifier", "logGroupArn", "resourceArn")
    if group.startswith("arn:"):
        return Call(
            asked.operation, (Check(action, group if group.endswith("*") else f"{group.removesuffix(':*')}:*"),)
        )
    if group:
        stream = asked.text("logStreamName")
        tail = f":log-stream:{stream}" if stream else ":*"
        return Call(asked.operation, (Check(action, asked.arn(f"log-group:{group}{tail}")),))
    if asked.operation == "DescribeLogGroups":
        return Call(asked.operation, (Check(action, asked.arn("log-group:*")),))
    return Call(asked.operation, (Check(action, "*"),) if asked.operation in _UNSCOPED_LOGS else ())
