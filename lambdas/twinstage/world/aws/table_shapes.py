"""The shape of tables over DynamoDB's API: read, and changed request by request. A change goes on after its request was taken; whoever sends the next one waits until it is over.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html ("UpdateTable is an asynchronous operation"), and what may be sent again:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.MessagesAndCodes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import aws_errors
from twinstage.world.interface import Refused
from twinstage.world.table_change import twin_shape
from twinstage.world.table_form import table_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVE, GONE = "ACTIVE", "ResourceNotFoundException"
# What is wrong with the change itself. Denials, throttles and tables in use are failures of the moment, not answers.
_REFUSAL, _LIMIT = "ValidationException", "LimitExceededException"
# "Subscriber limit exceeded: ..." is of the change: so many indexes, tables, capacity units are not allowed. But "Only 10 tables can be created, updated, or
# deleted simultaneously" is of what else goes on just now, as is every other limit.
_OF_THE_CHANGE, _OF_THE_MOMENT = "Subscriber limit exceeded", "simultaneously"
_METHODS: Final = {
    "CreateTable": "create_table",
    "DeleteTable": "delete_table",
    "UpdateContinuousBackups": "update_continuous_backups",
    "UpdateTable": "update_table",
    "UpdateTimeToLive": "update_time_to_live",
}


class DynamoTableShapes:
    """The tables of one account, by what they are made of."""

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb

    def shape(self, table: str) -> dict[str, Any] | None:
        """What stands, as `twin_shape` tells it; None where there is no such table."""
        described = self._described(table)
        if described is None:
            return None
        with aws_errors("dynamodb", "DescribeTimeToLive"):
            expiry = self.dynamodb.describe_time_to_live(TableName=table).get("TimeToLiveDescription")
        with aws_errors("dynamodb", "DescribeContinuousBackups"):
            backups = self.dynamodb.describe_continuous_backups(TableName=table).get("ContinuousBackupsDescription")
        return twin_shape(table_schema(described, expiry=expiry, backups=backups, place=f"/tables/{table}"))

    def settled(self, table: str) -> bool:
        """Whether nothing of a table, or of its indexes, is still being made, changed or removed. A table that is not there is settled."""
        described = self._described(table)
        if described is None:
            return True
        states = [described["TableStatus"]]
        states += [index.get("IndexStatus", ACTIVE) for index in described.get("GlobalSecondaryIndexes") or ()]
        return all(state == ACTIVE for state in states)

    def carry_out(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Send one request. Raises Refused where DynamoDB does not take it, AwsError where it failed."""
        with aws_errors("dynamodb", operation):
            try:
                getattr(self.dynamodb, _METHODS[operation])(**parameters)
            except ClientError as error:
                code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
                if code == _REFUSAL or (code == _LIMIT and _is_of_the_change(message)):
                    raise Refused(code, message) from error
                if code == _LIMIT:
                    raise AwsError("dynamodb", operation, code, message, retryable=True) from error
                raise

    def _described(self, table: str) -> Mapping[str, Any] | None:
        with aws_errors("dynamodb", "DescribeTable"):
            try:
                answer: Mapping[str, Any] = self.dynamodb.describe_table(TableName=table)["Table"]
            except ClientError as error:
                if error.response["Error"]["Code"] == GONE:
                    return None
                raise
        return answer


def _is_of_the_change(message: str) -> bool:
    """Whether a limit would refuse the request at any other time too."""
    return message.startswith(_OF_THE_CHANGE) and _OF_THE_MOMENT not in message
