"""DynamoDB tables shaped by the snapshot's manifest, one set an arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from twinstage_constructs.acknowledge import acknowledge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.model.manifest import TableManifest
    from twinstage_constructs.names import RunNames


class TwinTables(Construct):
    """The tables of one arm; `names` maps production's table name to the twin's, which is known at synthesis.

    Keys, indexes, time to live and stream are production's. Capacity is on demand whatever production has: a rehearsal
    measures code, not a provisioned limit. Point-in-time recovery is on only where production has it. Everything goes
    with the stack. `imports` names, by production's table name, the prefix of `bucket` from which a table is filled as
    it is made: whoever deploys reads there, no role of the twin does.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: RunNames,
        arm: str,
        tables: Iterable[TableManifest],
        bucket: str = "",
        imports: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.names: dict[str, str] = {}
        for table in tables:
            self.names[table.name] = names.of_arm(arm, table.name)
            prefix = (imports or {}).get(table.name)
            self._table(table, self.names[table.name], _import_source(bucket, prefix) if prefix else None)

    def _table(
        self,
        table: TableManifest,
        name: str,
        import_source: dynamodb.CfnTable.ImportSourceSpecificationProperty | None,
    ) -> None:
        shape = table.schema
        stream = shape.get("StreamSpecification")
        expiry = shape.get("TimeToLive")
        twin = dynamodb.CfnTable(
            self,
            table.name,
            table_name=name,
            billing_mode="PAY_PER_REQUEST",
            deletion_protection_enabled=False,
            attribute_definitions=[
                dynamodb.CfnTable.AttributeDefinitionProperty(
                    attribute_name=attribute["AttributeName"], attribute_type=attribute["AttributeType"]
                )
                for attribute in shape["AttributeDefinitions"]
            ],
            key_schema=_keys(shape),
            global_secondary_indexes=[
                dynamodb.CfnTable.GlobalSecondaryIndexProperty(**_index(index))
                for index in shape.get("GlobalSecondaryIndexes") or ()
            ]
            or None,
            local_secondary_indexes=[
                dynamodb.CfnTable.LocalSecondaryIndexProperty(**_index(index))
                for index in shape.get("LocalSecondaryIndexes") or ()
            ]
            or None,
            stream_specification=dynamodb.CfnTable.StreamSpecificationProperty(
                stream_view_type=stream["StreamViewType"]
            )
            if stream
            else None,
            time_to_live_specification=dynamodb.CfnTable.TimeToLiveSpecificationProperty(
                enabled=True, attribute_name=expiry["AttributeName"]
            )
            if expiry
            else None,
            point_in_time_recovery_specification=dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=True
            )
            if shape.get("PointInTimeRecovery")
            else None,
            import_source_specification=import_source,
        )
        acknowledge(twin, {"AwsSolutions-DDB3": "A twin is restored from its snapshot, not from a backup."})
        twin.apply_removal_policy(cdk.RemovalPolicy.DESTROY)


def _import_source(bucket: str, prefix: str) -> dynamodb.CfnTable.ImportSourceSpecificationProperty:
    return dynamodb.CfnTable.ImportSourceSpecificationProperty(
        s3_bucket_source=dynamodb.CfnTable.S3BucketSourceProperty(s3_bucket=bucket, s3_key_prefix=prefix),
        input_format="DYNAMODB_JSON",
        input_compression_type="GZIP",
    )


def _keys(shape: Mapping[str, Any]) -> list[dynamodb.CfnTable.KeySchemaProperty]:
    return [
        dynamodb.CfnTable.KeySchemaProperty(attribute_name=key["AttributeName"], key_type=key["KeyType"])
        for key in shape["KeySchema"]
    ]


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    projection = index["Projection"]
    return {
        "index_name": index["IndexName"],
        "key_schema": _keys(index),
        "projection": dynamodb.CfnTable.ProjectionProperty(
            projection_type=projection["ProjectionType"], non_key_attributes=projection.get("NonKeyAttributes")
        ),
    }
