"""Tables: what a template says is what DynamoDB has, and an update changes it."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.local.cloud import Cloud, outputs, resource

pytestmark = pytest.mark.engine


class TestTables:
    KEYS = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g")],
        "BillingMode": "PAY_PER_REQUEST",
    }

    def index(self, name: str) -> dict[str, Any]:
        keys = [{"AttributeName": "g", "KeyType": "HASH"}]
        return {
            "IndexName": name,
            "KeySchema": keys,
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]},
        }

    def full(self, *indexes: str) -> dict[str, Any]:
        local = {
            "IndexName": "local",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        properties = {
            **self.KEYS,
            "GlobalSecondaryIndexes": [self.index(name) for name in indexes],
            "LocalSecondaryIndexes": [local],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true"},
            "SSESpecification": {"SSEEnabled": True},
            "Tags": [{"Key": "a", "Value": "b"}],
        }
        return {"Table": resource("AWS::DynamoDB::Table", properties)}

    def test_everything_of_a_table(self, cloud: Cloud) -> None:
        stack = cloud.deploy(self.full("one"), Outputs=outputs(Stream={"Fn::GetAtt": ["Table", "StreamArn"]}))
        dynamodb, name = cloud.client("dynamodb"), stack.id_of("Table")

        table = dynamodb.describe_table(TableName=name)["Table"]
        assert [(i["IndexName"], i["Projection"]) for i in table["GlobalSecondaryIndexes"]] == [
            ("one", self.index("one")["Projection"])
        ]
        assert [i["IndexName"] for i in table["LocalSecondaryIndexes"]] == ["local"]
        assert table["LatestStreamArn"] == stack.outputs["Stream"]
        assert table["SSEDescription"]["Status"] == "ENABLED"
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": "ttl",
        }
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "a", "Value": "b"}]

    def test_an_update_changes_a_table_in_place(self, cloud: Cloud) -> None:
        stack = cloud.deploy(self.full("one"))
        dynamodb, name = cloud.client("dynamodb"), stack.id_of("Table")
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
        changed = self.full("two")
        for gone in ("TimeToLiveSpecification", "PointInTimeRecoverySpecification", "Tags"):
            del changed["Table"]["Properties"][gone]

        assert stack.update(changed) == "UPDATE_COMPLETE", stack.failures

        table = dynamodb.describe_table(TableName=name)["Table"]
        assert stack.id_of("Table") == name
        assert table["ItemCount"] == 1
        assert [i["IndexName"] for i in table["GlobalSecondaryIndexes"]] == ["two"]
        assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
        assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == []

    def test_one_update_may_change_what_dynamodb_changes_one_at_a_time_only(self, cloud: Cloud) -> None:
        """UpdateTable takes encryption, class and protection alone:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
        """
        throughput = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
        before, after = self.full("one"), self.full("one")
        properties = after["Table"]["Properties"]
        properties |= {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": throughput,
            "DeletionProtectionEnabled": True,
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/plans"},
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        }
        properties["GlobalSecondaryIndexes"] = [self.index("one") | {"ProvisionedThroughput": throughput}]
        stack = cloud.deploy(before)
        dynamodb, name = cloud.client("dynamodb"), stack.id_of("Table")
        made = dynamodb.describe_table(TableName=name)["Table"]

        assert stack.update(after) == "UPDATE_COMPLETE", stack.failures

        table = dynamodb.describe_table(TableName=name)["Table"]
        assert table["DeletionProtectionEnabled"]
        assert table["SSEDescription"]["SSEType"] == "KMS"
        assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
        assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        assert table["LatestStreamArn"] != made["LatestStreamArn"]
        (index,) = table["GlobalSecondaryIndexes"]
        for capacity in (table["ProvisionedThroughput"], index["ProvisionedThroughput"]):
            assert {unit: capacity[unit] for unit in throughput} == throughput

        assert stack.update(before) == "UPDATE_COMPLETE", stack.failures

        table = dynamodb.describe_table(TableName=name)["Table"]
        assert not table["DeletionProtectionEnabled"]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert table.get("TableClassSummary", {"TableClass": "STANDARD"})["TableClass"] == "STANDARD"

    def test_a_protected_table_is_not_removed(self, cloud: Cloud) -> None:
        def table(protected: bool) -> dict[str, Any]:
            return {
                "Table": resource(
                    "AWS::DynamoDB::Table",
                    {
                        **self.KEYS,
                        "GlobalSecondaryIndexes": [self.index("global")],
                        "DeletionProtectionEnabled": protected,
                    },
                )
            }

        stack = cloud.deploy(table(protected=True))
        assert stack.delete() == "DELETE_FAILED"

    def test_a_new_key_makes_a_new_table(self, cloud: Cloud) -> None:
        def table(key: str) -> dict[str, Any]:
            keys = {
                "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
            }
            return {"Table": resource("AWS::DynamoDB::Table", {**keys, "BillingMode": "PAY_PER_REQUEST"})}

        stack = cloud.deploy(table("a"))
        before = stack.id_of("Table")

        assert stack.update(table("b")) == "UPDATE_COMPLETE"
        assert stack.id_of("Table") != before
        assert before not in cloud.client("dynamodb").list_tables()["TableNames"]


class TestImportedTables:
    KEYS = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }

    def table(self, bucket: str, **more: Any) -> dict[str, Any]:
        source = {
            "S3BucketSource": {"S3Bucket": bucket, "S3KeyPrefix": "data/"},
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": "GZIP",
        }
        return {
            "Table": resource("AWS::DynamoDB::Table", {**self.KEYS, "ImportSourceSpecification": source, **more}),
        }

    def put(self, cloud: Cloud, bucket: str, lines: bytes) -> None:
        cloud.client("s3").put_object(Bucket=bucket, Key="data/a.json.gz", Body=gzip.compress(lines))

    def test_a_table_out_of_s3_with_what_an_import_does_not_set(self, cloud: Cloud, bucket: str) -> None:
        self.put(cloud, bucket, b'{"Item": {"pk": {"S": "a"}}}\n{"Item": {"pk": {"S": "b"}}}\n')
        more = {
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
            "Tags": [{"Key": "a", "Value": "b"}],
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
        }
        stack = cloud.deploy(self.table(bucket, **more), Outputs=outputs(Stream={"Fn::GetAtt": ["Table", "StreamArn"]}))

        dynamodb, name = cloud.client("dynamodb"), stack.id_of("Table")
        table = dynamodb.describe_table(TableName=name)["Table"]
        assert sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=name)["Items"]) == ["a", "b"]
        assert (table["TableStatus"], table["LatestStreamArn"]) == ("ACTIVE", stack.outputs["Stream"])
        assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == more["Tags"]
        assert stack.delete() == "DELETE_COMPLETE"

    def test_an_import_with_errors_fails_the_stack_and_leaves_no_table(self, cloud: Cloud, bucket: str) -> None:
        self.put(cloud, bucket, b'{"Item": {"pk": {"N": "1"}}}')
        stack = cloud.create(self.table(bucket, TableName=bucket))

        assert stack.status == "ROLLBACK_COMPLETE"
        assert "could not use 1 of 1 items" in stack.failures["Table"]
        assert bucket not in cloud.client("dynamodb").list_tables()["TableNames"]
