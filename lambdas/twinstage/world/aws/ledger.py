"""The ledger of a replay: which event of a shard was begun last. Written before the event, so that a crash leaves a trace."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from twinstage.world.aws.clients import aws_errors
from twinstage.world.interface import AlreadyBegun


class DynamoLedger:
    """One item a shard in the twin's ledger table: `{"pk": "<arm>/<shard>", "begun": position}`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb, self.table = dynamodb, table

    def begun(self, shard: str) -> int:
        """The position of the event begun last, -1 where none was."""
        with aws_errors("dynamodb", "GetItem"):
            answer = self.dynamodb.get_item(TableName=self.table, Key={"pk": {"S": shard}}, ConsistentRead=True)
        return int(answer["Item"]["begun"]["N"]) if "Item" in answer else -1

    def begin(self, shard: str, position: int) -> None:
        """Write down that the event at `position` is about to be executed. Raises AlreadyBegun where that, or a later one, is written down already."""
        with aws_errors("dynamodb", "PutItem"):
            try:
                self.dynamodb.put_item(
                    TableName=self.table,
                    Item={"pk": {"S": shard}, "begun": {"N": str(position)}},
                    ConditionExpression="attribute_not_exists(pk) OR begun < :position",
                    ExpressionAttributeValues={":position": {"N": str(position)}},
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                raise AlreadyBegun(shard, position) from error

    def start(self, arm: str, now_s: float) -> float:
        """When the replay of an arm began, in seconds since the epoch: `now_s` for whoever asks first, and the same for all others."""
        item = {"pk": {"S": _start_of(arm)}, "start_s": {"N": repr(now_s)}}
        with aws_errors("dynamodb", "PutItem"):
            try:
                self.dynamodb.put_item(TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
        with aws_errors("dynamodb", "GetItem"):
            held = self.dynamodb.get_item(TableName=self.table, Key={"pk": item["pk"]}, ConsistentRead=True)
        return float(held["Item"]["start_s"]["N"])

    def forget_start(self, arm: str) -> None:
        """Forget when an arm's replay began."""
        self.forget(_start_of(arm))

    def forget(self, shard: str) -> None:
        """Forget a shard: its next replay starts from nothing."""
        with aws_errors("dynamodb", "DeleteItem"):
            self.dynamodb.delete_item(TableName=self.table, Key={"pk": {"S": shard}})


def _start_of(arm: str) -> str:
    """No shard is called so: their names have a slash behind the arm."""
    return f"start:{arm}"
