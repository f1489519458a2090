"""Tables: made, described, listed, changed, deleted.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from dynamo_calls import ACCOUNT, REGION, START, Dynamo, definitions, index, n, s, schema_of
from dynamo_calls import create_request as request

ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/table"
INVALID = "One or more parameter values were invalid: "


def test_a_table_is_described_as_it_was_made_and_is_there_at_once() -> None:
    dynamo = Dynamo()
    made = dynamo("CreateTable", **request())["TableDescription"]
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert made == {**described, "TableStatus": "CREATING"}
    table_id = described.pop("TableId")
    assert len(table_id) == 36
    assert described == {
        **schema_of("pk:S", "sk:N"),
        "TableName": "table",
        "TableStatus": "ACTIVE",
        "TableArn": ARN,
        "CreationDateTime": datetime.fromtimestamp(START, UTC),
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "BillingModeSummary": {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": datetime.fromtimestamp(START, UTC),
        },
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "DeletionProtectionEnabled": False,
    }


def test_settings_and_indexes_are_described_again() -> None:
    dynamo = Dynamo()
    dynamo.create(
        "table",
        "pk:S",
        "sk:N",
        definitions=definitions("other:B"),
        LocalSecondaryIndexes=[index("local", "pk", "other", projection="KEYS_ONLY")],
        GlobalSecondaryIndexes=[
            {
                **index("global", "other", projection="INCLUDE", included=["x"]),
                "OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5},
            }
        ],
        OnDemandThroughput={"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 8},
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/key"},
        TableClass="STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled=True,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert described["LocalSecondaryIndexes"] == [
        {
            **index("local", "pk", "other", projection="KEYS_ONLY"),
            "IndexArn": f"{ARN}/index/local",
            "IndexSizeBytes": 0,
            "ItemCount": 0,
        }
    ]
    assert described["GlobalSecondaryIndexes"] == [
        {
            **index("global", "other", projection="INCLUDE", included=["x"]),
            "IndexArn": f"{ARN}/index/global",
            "IndexSizeBytes": 0,
            "ItemCount": 0,
            "IndexStatus": "ACTIVE",
            "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
            "OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5},
        }
    ]
    assert described["OnDemandThroughput"] == {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 8}
    assert described["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "alias/key"}
    assert described["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert described["DeletionProtectionEnabled"] is True
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert described["LatestStreamArn"] == f"{ARN}/stream/{described['LatestStreamLabel']}"


def test_counts_and_sizes_follow_the_items() -> None:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", GlobalSecondaryIndexes=[index("global", "g")], definitions=definitions("g:S"))
    dynamo.put({"pk": s("a")})
    dynamo.put({"pk": s("b"), "g": s("xyz")})
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (2, 3 + 3 + 4)
    (indexed,) = described["GlobalSecondaryIndexes"]
    assert (indexed["ItemCount"], indexed["IndexSizeBytes"]) == (1, 7)
    dynamo("DeleteItem", TableName="table", Key={"pk": s("b")})
    described = dynamo("DescribeTable", TableName=ARN)["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (1, 3)
    assert described["GlobalSecondaryIndexes"][0]["IndexSizeBytes"] == 0


def test_tables_are_listed_by_name_a_page_at_a_time() -> None:
    dynamo = Dynamo()
    for name in ("ccc", "aaa", "bbb"):
        dynamo.create(name)
    assert dynamo("ListTables") == {"TableNames": ["aaa", "bbb", "ccc"]}
    assert dynamo("ListTables", Limit=2) == {"TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"}
    assert dynamo("ListTables", Limit=2, ExclusiveStartTableName="bbb") == {"TableNames": ["ccc"]}


def test_a_deleted_table_is_gone_with_its_items() -> None:
    dynamo = Dynamo()
    dynamo.create()
    dynamo.put({"pk": s("a")})
    deleted = dynamo("DeleteTable", TableName="table")["TableDescription"]
    assert (deleted["TableName"], deleted["TableStatus"]) == ("table", "DELETING")
    refused = dynamo.refusal("DescribeTable", TableName="table")
    assert (refused.error, refused.message) == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: table not found",
    )
    refused = dynamo.refusal("GetItem", TableName="table", Key={"pk": s("a")})
    assert (refused.error, refused.message) == ("ResourceNotFoundException", "Requested resource not found")
    dynamo.create()
    assert dynamo.get({"pk": s("a")}) is None


def test_a_protected_table_is_not_deleted() -> None:
    dynamo = Dynamo()
    dynamo.create(DeletionProtectionEnabled=True)
    assert dynamo.message("DeleteTable", TableName="table") == (
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    )
    dynamo("UpdateTable", TableName="table", DeletionProtectionEnabled=False)
    dynamo("DeleteTable", TableName="table")
    assert dynamo("ListTables") == {"TableNames": []}


def test_a_name_is_taken_once() -> None:
    dynamo = Dynamo()
    dynamo.create()
    refused = dynamo.refusal("CreateTable", **request())
    assert (refused.error, refused.message) == ("ResourceInUseException", "Table already exists: table")


def test_a_provisioned_table_has_its_throughput_and_its_indexes_theirs() -> None:
    dynamo = Dynamo()
    throughput = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    indexes = [{**index("global", "sk"), "ProvisionedThroughput": throughput}]
    bad = request(
        BillingMode="PROVISIONED", ProvisionedThroughput=throughput, GlobalSecondaryIndexes=[index("global", "sk")]
    )
    assert dynamo.message("CreateTable", **bad) == INVALID + "ProvisionedThroughput is not specified for index: global"
    dynamo.create(
        "table",
        "pk:S",
        "sk:N",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=throughput,
        GlobalSecondaryIndexes=indexes,
    )
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert described["ProvisionedThroughput"] == {**throughput, "NumberOfDecreasesToday": 0}
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == {
        **throughput,
        "NumberOfDecreasesToday": 0,
    }
    assert "BillingModeSummary" not in described


def test_throughput_is_changed_and_the_change_is_dated() -> None:
    dynamo = Dynamo()
    dynamo.create(BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2})
    same = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    assert dynamo.message("UpdateTable", TableName="table", ProvisionedThroughput=same) == (
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        "Current ReadCapacityUnits provisioned for the table: 3. Requested ReadCapacityUnits: 3. "
        "Current WriteCapacityUnits provisioned for the table: 2. Requested WriteCapacityUnits: 2. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )
    dynamo("UpdateTable", TableName="table", TableClass="STANDARD")
    dynamo.now += 60
    other = {"ReadCapacityUnits": 4, "WriteCapacityUnits": 1}
    updated = dynamo("UpdateTable", TableName="table", ProvisionedThroughput=other)["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"
    at = datetime.fromtimestamp(START + 60, UTC)
    described = dynamo("DescribeTable", TableName="table")["Table"]["ProvisionedThroughput"]
    assert described == {**other, "NumberOfDecreasesToday": 0, "LastIncreaseDateTime": at, "LastDecreaseDateTime": at}


def test_billing_goes_on_demand_and_back() -> None:
    dynamo = Dynamo()
    throughput = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    dynamo.create(
        "table",
        "pk:S",
        "sk:N",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=throughput,
        GlobalSecondaryIndexes=[{**index("global", "sk"), "ProvisionedThroughput": throughput}],
    )
    text = "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    wrong = {"TableName": "table", "BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": throughput}
    assert dynamo.message("UpdateTable", **wrong) == INVALID + text
    dynamo("UpdateTable", TableName="table", BillingMode="PAY_PER_REQUEST")
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    before = dynamo.database
    dynamo("UpdateTable", TableName="table", BillingMode="PAY_PER_REQUEST")
    assert dynamo.database == before
    wrong = {"TableName": "table", "ProvisionedThroughput": throughput}
    assert dynamo.message("UpdateTable", **wrong).startswith(INVALID + "Neither ReadCapacityUnits nor")
    back = {"TableName": "table", "BillingMode": "PROVISIONED"}
    text = "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
    assert dynamo.message("UpdateTable", **back) == INVALID + text
    text = "ProvisionedThroughput must be specified for index: global"
    assert dynamo.message("UpdateTable", **back, ProvisionedThroughput=throughput) == INVALID + text
    updates = [{"Update": {"IndexName": "global", "ProvisionedThroughput": throughput}}]
    dynamo("UpdateTable", **back, ProvisionedThroughput=throughput, GlobalSecondaryIndexUpdates=updates)
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 3


def test_an_update_must_ask_for_something() -> None:
    dynamo = Dynamo()
    dynamo.create()
    assert dynamo.message("UpdateTable", TableName="table").startswith("At least one of ProvisionedThroughput, ")
    refused = dynamo.refusal("UpdateTable", TableName="none", DeletionProtectionEnabled=True)
    assert refused.error == "ResourceNotFoundException"


def test_settings_are_updated() -> None:
    dynamo = Dynamo()
    dynamo.create(SSESpecification={"Enabled": False})
    assert "SSEDescription" not in dynamo("DescribeTable", TableName="table")["Table"]
    dynamo("UpdateTable", TableName="table", SSESpecification={"Enabled": True})
    dynamo("UpdateTable", TableName="table", TableClass="STANDARD")
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert described["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS"}
    assert described["TableClassSummary"] == {"TableClass": "STANDARD"}


def test_tags_are_put_listed_and_taken_away() -> None:
    dynamo = Dynamo()
    dynamo.create(Tags=[{"Key": "a", "Value": "1"}])
    dynamo("TagResource", ResourceArn=ARN, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    tags = [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    assert dynamo("ListTagsOfResource", ResourceArn=ARN) == {"Tags": tags}
    dynamo("UntagResource", ResourceArn=ARN, TagKeys=["a", "never"])
    assert dynamo("ListTagsOfResource", ResourceArn=ARN) == {"Tags": [{"Key": "b", "Value": ""}]}


def test_wrong_tags_are_refused() -> None:
    dynamo = Dynamo()
    dynamo.create()
    assert dynamo.message("TagResource", ResourceArn=ARN, Tags=[]) == "Atleast one Tag needs to be provided as Input."
    text = "Atleast one Tag Key needs to be provided as Input."
    assert dynamo.message("UntagResource", ResourceArn=ARN, TagKeys=[]) == text
    many = [{"Key": str(i), "Value": ""} for i in range(51)]
    assert (
        dynamo.message("TagResource", ResourceArn=ARN, Tags=many)
        == "Number of Tags exceed the current limit for the provided ResourceArn"
    )
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    text = "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"
    assert dynamo.message("TagResource", ResourceArn=ARN, Tags=twice) == text
    reserved = [{"Key": "aws:k", "Value": "1"}]
    text = "Tag Key cannot be prefixed with aws:, Key: aws:k"
    assert dynamo.message("TagResource", ResourceArn=ARN, Tags=reserved) == text
    assert dynamo.message("ListTagsOfResource", ResourceArn="table") == INVALID + "ARNs must start with 'arn:': table"
    elsewhere = ARN.replace(REGION, "us-west-2")
    text = f"Invalid TableArn: Invalid ResourceArn provided as input {elsewhere}"
    assert dynamo.message("ListTagsOfResource", ResourceArn=elsewhere) == text
    refused = dynamo.refusal("ListTagsOfResource", ResourceArn=ARN + "x")
    assert (refused.error, refused.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: ResourcArn: {ARN}x not found",
    )


def test_point_in_time_recovery_is_described_with_its_window() -> None:
    dynamo = Dynamo()
    dynamo.create()
    backups = dynamo("DescribeContinuousBackups", TableName="table")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}
    specification = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 2}
    dynamo("UpdateContinuousBackups", TableName="table", PointInTimeRecoverySpecification=specification)
    dynamo.now += 3 * 86400
    backups = dynamo("DescribeContinuousBackups", TableName="table")["ContinuousBackupsDescription"]
    assert backups == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": 2,
            "EarliestRestorableDateTime": datetime.fromtimestamp(START + 86400, UTC),
            "LatestRestorableDateTime": datetime.fromtimestamp(START + 3 * 86400, UTC),
        },
    }
    off = {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 3}
    text = "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
    request_ = {"TableName": "table", "PointInTimeRecoverySpecification": off}
    assert dynamo.message("UpdateContinuousBackups", **request_) == text
    del off["RecoveryPeriodInDays"]
    answer = dynamo("UpdateContinuousBackups", TableName="table", PointInTimeRecoverySpecification=off)
    recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery == {"PointInTimeRecoveryStatus": "DISABLED"}
    refused = dynamo.refusal("DescribeContinuousBackups", TableName="none")
    assert (refused.error, refused.message) == ("TableNotFoundException", "Table not found: none")


def test_limits_and_endpoints_are_described() -> None:
    dynamo = Dynamo()
    assert dynamo("DescribeLimits") == {
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    }
    (endpoint,) = dynamo("DescribeEndpoints")["Endpoints"]
    assert endpoint["Address"] == f"dynamodb.{REGION}.amazonaws.com"


def test_an_account_holds_so_many_tables() -> None:
    dynamo = Dynamo()
    for number in range(2500):
        dynamo.create(f"table-{number}")
    refused = dynamo.refusal("CreateTable", **request())
    assert refused.error == "LimitExceededException"
    dynamo("DeleteTable", TableName="table-7")
    dynamo.create()


def test_a_table_of_another_account_is_not_found() -> None:
    dynamo = Dynamo()
    dynamo.create()
    other = "arn:aws:dynamodb:eu-west-1:999999999999:table/table"
    assert dynamo.refusal("GetItem", TableName=other, Key={"pk": s("a")}).error == "ResourceNotFoundException"
    assert dynamo("GetItem", TableName=ARN, Key={"pk": s("a")}) == {}
    dynamo.put({"pk": s("a"), "x": n(1)}, table=ARN)
    assert dynamo.get({"pk": s("a")}) == {"pk": s("a"), "x": n(1)}
