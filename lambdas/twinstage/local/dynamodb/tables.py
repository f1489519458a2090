"""DynamoDB of one engine, put together: its tables, its exports and imports, and the places where moto would look for tables."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from twinstage.local.dynamodb.databases import Databases
from twinstage.local.dynamodb.exports import Exports
from twinstage.local.dynamodb.imports import Imports
from twinstage.local.dynamodb.jobs import Jobs
from twinstage.local.dynamodb.service import DynamoDb
from twinstage.local.moto_contract import extends, replaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.local.dynamodb.exports import S3


class Tables:
    """Everything of DynamoDB's that an engine has. `s3`: (account, region) -> the operator's S3 client. The clock is the wall's."""

    def __init__(self, s3: S3) -> None:
        self.databases, self._jobs = Databases(time.time), Jobs()
        self._exports = Exports(self.databases, self._jobs, s3)
        self._imports = Imports(self.databases, self._jobs, s3)
        self.service = DynamoDb(self.databases, self._exports, self._imports)

    def stop(self) -> None:
        """End the exports and imports that are at work. Idempotent."""
        self._jobs.stop_all()

    def forget_all(self) -> None:
        """Forget every table, export and import. `stop` first: what is at work would go on."""
        self._exports.forget_all()
        self._imports.forget_all()
        self.databases.forget_all()

    def install(self) -> None:
        """Answer, or refuse, where another service of moto's would ask moto's own DynamoDB, which holds nothing."""

        @replaces("moto.dynamodb.models:DynamoDBBackend.iter_tagged_resources")
        def tagged_resources(backend: Any) -> Iterator[Any]:
            """What the Resource Groups Tagging API lists."""
            from moto.core.resource_tagging import TaggedResource

            for arn, tags in self._tagged(backend.account_id, backend.region_name):
                yield TaggedResource(arn=arn, tags=tags, resource_type="dynamodb:table")

        @replaces("moto.dynamodb.models:DynamoDBBackend.tag_resource")
        def tag_resource(backend: Any, arn: str, tags: dict[str, str]) -> None:
            """TagResources of the Tagging API."""
            pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
            self._change(backend, "TagResource", {"ResourceArn": arn, "Tags": pairs})

        @replaces("moto.dynamodb.models:DynamoDBBackend.untag_resource")
        def untag_resource(backend: Any, arn: str, tag_keys: list[str]) -> None:
            """UntagResources of the Tagging API."""
            self._change(backend, "UntagResource", {"ResourceArn": arn, "TagKeys": list(tag_keys)})

        @extends("moto.resourcegroupstaggingapi.models:iter_taggable_backends")
        def taggable_backends(original: Any, account_id: str, region_name: str) -> Iterator[Any]:
            """moto leaves services out that nobody used, and never sees DynamoDB used."""
            from moto.dynamodb.models import dynamodb_backends

            dynamodb_backends[account_id][region_name]
            yield from original(account_id, region_name)

        @extends("moto.awslambda.models:LambdaBackend.create_event_source_mapping")
        def event_source_mapping(original: Any, backend: Any, spec: dict[str, Any]) -> Any:
            """Nobody here polls a table's stream for a function."""
            from moto.awslambda.exceptions import InvalidParameterValueException

            if str(spec.get("EventSourceArn", "")).split(":")[2:3] == ["dynamodb"]:
                raise InvalidParameterValueException(
                    "The embedded AWS has no event source mappings of DynamoDB streams: read the stream itself"
                )
            return original(backend, spec)

    def _tagged(self, account: str, region: str) -> Iterator[tuple[str, dict[str, str]]]:
        held = self.databases.held(account, region)
        page: dict[str, Any] = {}
        while True:
            listed = self.databases.execute(held, "ListTables", page)
            for name in listed["TableNames"]:
                arn = self.databases.execute(held, "DescribeTable", {"TableName": name})["Table"]["TableArn"]
                tags = self.databases.execute(held, "ListTagsOfResource", {"ResourceArn": arn}).get("Tags", ())
                yield arn, {tag["Key"]: tag["Value"] for tag in tags}
            if "LastEvaluatedTableName" not in listed:
                return
            page = {"ExclusiveStartTableName": listed["LastEvaluatedTableName"]}

    def _change(self, backend: Any, operation: str, request: dict[str, Any]) -> None:
        self.databases.execute(self.databases.held(backend.account_id, backend.region_name), operation, request)
