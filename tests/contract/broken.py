"""Memory worlds with one rule broken each, to show that the comparison and the specification would notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.aws import MemoryAws, ServiceRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Break = Callable[["BrokenAws", str, dict[str, Any]], dict[str, Any]]


class BrokenAws(MemoryAws):
    """A memory world whose requests go through `broken` first, which asks `right` for the true answer."""

    broken: Break

    def answer(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, region: str | None = None
    ) -> dict[str, Any]:
        if service != "dynamodb":
            return super().answer(service, operation, parameters, region=region)
        return type(self).broken(self, operation, dict(parameters))

    def right(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The answer by the rules."""
        return super().answer("dynamodb", operation, parameters)


def ignores_conditions(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Every write happens, whatever its condition says."""
    try:
        return aws.right(operation, request)
    except ServiceRefused as refused:
        if refused.error != "ConditionalCheckFailedException":
            raise
        conditional = {"ConditionExpression", "ExpressionAttributeValues", "ReturnValuesOnConditionCheckFailure"}
        if operation == "UpdateItem":
            raise
        return aws.right(operation, {name: value for name, value in request.items() if name not in conditional})


def forgets_old_values(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """No write returns what was there."""
    answer = aws.right(operation, request)
    if operation in {"PutItem", "DeleteItem"}:
        answer.pop("Attributes", None)
    return answer


def sorts_numbers_as_text(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """A query of the table answers in the order of spellings."""
    answer = aws.right(operation, request)
    if operation == "Query" and "IndexName" not in request and "Items" in answer:
        answer["Items"].sort(key=lambda item: str(item["s"]), reverse=not request.get("ScanIndexForward", True))
    return answer


def loses_pages(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """A page never says that there is more."""
    answer = aws.right(operation, request)
    answer.pop("LastEvaluatedKey", None)
    return answer


def writes_half_a_transaction(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The puts of a cancelled transaction stay."""
    try:
        return aws.right(operation, request)
    except ServiceRefused as refused:
        if refused.error == "TransactionCanceledException":
            for action in request["TransactItems"]:
                if "Put" in action:
                    aws.right("PutItem", {name: action["Put"][name] for name in ("TableName", "Item")})
        raise


def deletes_nothing_in_batches(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """A batch takes deletes and leaves them."""
    if operation == "BatchWriteItem":
        aws.right(operation, request)
        [(table, requests)] = request["RequestItems"].items()
        for one in requests:
            if "DeleteRequest" in one:
                aws.right("PutItem", {"TableName": table, "Item": one["DeleteRequest"]["Key"]})
        return {"UnprocessedItems": {}}
    return aws.right(operation, request)


def takes_duplicate_keys(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """A batch may name an item twice."""
    try:
        return aws.right(operation, request)
    except ServiceRefused as refused:
        if "contains duplicates" in refused.message and operation == "BatchWriteItem":
            return {"UnprocessedItems": {}}
        raise


def words_it_otherwise(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Errors have the right code and other words."""
    try:
        return aws.right(operation, request)
    except ServiceRefused as refused:
        raise ServiceRefused("dynamodb", operation, refused.error, "wrong words", refused.members) from refused


def shows_index_without_projection(aws: BrokenAws, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """A local index shows whole items."""
    answer = aws.right(operation, request)
    if request.get("IndexName") == "by-r" and "Items" in answer:
        keys = [{name: item[name] for name in ("p", "s")} for item in answer["Items"]]
        table = request["TableName"]
        answer["Items"] = [aws.right("GetItem", {"TableName": table, "Key": key})["Item"] for key in keys]
    return answer


BREAKS: tuple[Break, ...] = (
    ignores_conditions,
    forgets_old_values,
    sorts_numbers_as_text,
    loses_pages,
    writes_half_a_transaction,
    deletes_nothing_in_batches,
    takes_duplicate_keys,
    words_it_otherwise,
    shows_index_without_projection,
)
