"""Handlers as people write them run unmodified, and see of boto3 what they would see on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

RECORDS = [
    {
        "ResourceRecordSets": [{"Name": "a.", "Type": "A"}],
        "IsTruncated": True,
        "NextRecordName": "b.",
        "NextRecordType": "A",
        "MaxItems": "1",
    },
    {"ResourceRecordSets": [{"Name": "b.", "Type": "A"}], "IsTruncated": False, "MaxItems": "1"},
]


class TestClients:
    def test_a_client_made_at_import_asks_with_the_parameters_it_was_given(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            dynamodb = boto3.client("dynamodb")
            def lambda_handler(event, context):
                return dynamodb.get_item(TableName="plans", Key={"pk": {"S": event["pk"]}})["Item"]
            """,
            {"GetItem": [{"Item": {"pk": {"S": "x"}}}]},
            events=[{"pk": "x"}],
        )
        (call,) = told.asked
        assert (call["service"], call["operation"], call["region"]) == ("dynamodb", "GetItem", "us-east-1")
        assert call["parameters"] == {"TableName": "plans", "Key": {"pk": {"S": "x"}}}
        assert told.response == {"pk": {"S": "x"}}

    def test_calls_made_while_importing_are_asked_too_and_only_once(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            NAME = boto3.client("ssm").get_parameter(Name="/zone")["Parameter"]["Value"]
            def lambda_handler(event, context):
                return NAME
            """,
            {"GetParameter": [{"Parameter": {"Value": "example.com"}}]},
            events=[{}, {}],
        )
        assert told.operations == ["GetParameter"]
        assert [ended["response"] for ended in told.ended] == ["example.com", "example.com"]

    def test_sessions_configs_and_regions_are_those_of_the_client(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            from botocore.config import Config
            def lambda_handler(event, context):
                boto3.Session(region_name="eu-west-1").client("dynamodb").list_tables()
                boto3.client("dynamodb", region_name="eu-central-1", config=Config(retries={"max_attempts": 1})).list_tables()
                boto3.setup_default_session(region_name="ap-south-1")
                boto3.client("dynamodb").list_tables()
                boto3.client("route53").list_hosted_zones()
                return boto3.Session().region_name
            """,
            region="us-west-2",
        )
        assert [call["region"] for call in told.asked] == ["eu-west-1", "eu-central-1", "ap-south-1", None]
        assert told.response == "us-west-2"

    def test_route_53_ids_are_customised_as_botocore_does(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            def lambda_handler(event, context):
                boto3.client("route53").get_hosted_zone(Id="/hostedzone/Z1")
            """
        )
        assert told.asked[0]["parameters"] == {"Id": "Z1"}

    def test_a_paginator_asks_page_after_page(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            route53 = boto3.client("route53")
            def lambda_handler(event, context):
                pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId="Z1")
                return [record["Name"] for page in pages for record in page["ResourceRecordSets"]]
            """,
            {"ListResourceRecordSets": RECORDS},
        )
        assert told.response == ["a.", "b."]
        assert told.asked[1]["parameters"]["StartRecordName"] == "b."

    def test_a_waiter_polls_and_its_sleeps_are_virtual(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            def lambda_handler(event, context):
                boto3.client("route53").get_waiter("resource_record_sets_changed").wait(Id="C1")
            """,
            {"GetChange": [{"ChangeInfo": {"Status": "PENDING"}}, {"ChangeInfo": {"Status": "INSYNC"}}]},
            timeout_s=60,
        )
        assert [call["slept_s"] for call in told.asked] == [0, 30]

    def test_a_bucket_object_is_read_through_its_streaming_body(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3, json
            def lambda_handler(event, context):
                body = boto3.client("s3").get_object(Bucket="b", Key="k")["Body"]
                return json.loads(body.read())
            """,
            {"GetObject": [{"Body": '{"n": 1}'}]},
        )
        assert told.response == {"n": 1}

    def test_files_are_uploaded_and_downloaded_by_boto3s_own_transfers(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3, os, tempfile
            s3 = boto3.client("s3")
            def lambda_handler(event, context):
                with tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, "file")
                    with open(path, "w") as file:
                        file.write("content")
                    s3.upload_file(path, "bucket", "up")
                    s3.put_object(Bucket="bucket", Key="put", Body=open(path, "rb"))
                    s3.download_file("bucket", "down", path)
                    with open(path) as file:
                        return file.read()
            """,
            {"HeadObject": [{"ContentLength": 3, "ETag": "x"}], "GetObject": [{"Body": "new", "ContentLength": 3}]},
        )
        assert told.operations == ["PutObject", "PutObject", "HeadObject", "GetObject"]
        assert [call["parameters"]["Body"] for call in told.asked[:2]] == ["b'content'", "b'content'"]
        assert told.response == "new"

    def test_another_function_is_invoked_and_its_payload_read(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3, json
            def lambda_handler(event, context):
                answer = boto3.client("lambda").invoke(FunctionName="other", Payload=json.dumps({"n": 1}))
                return json.loads(answer["Payload"].read())
            """,
            {"Invoke": [{"StatusCode": 200, "Payload": '{"n": 2}'}]},
        )
        assert told.response == {"n": 2}


class TestResources:
    def test_a_table_takes_and_gives_python_values(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            from boto3.dynamodb.conditions import Attr, Key
            from decimal import Decimal
            table = boto3.resource("dynamodb").Table("plans")
            def lambda_handler(event, context):
                table.put_item(Item={"pk": "plan", "generation": 11}, ConditionExpression=Attr("pk").not_exists())
                found = table.query(KeyConditionExpression=Key("pk").eq("plan"), ScanIndexForward=False, Limit=1)
                return [item["generation"] for item in found["Items"]]
            """,
            {"Query": [{"Items": [{"generation": {"N": "11"}}], "Count": 1, "ScannedCount": 1}]},
        )
        put, query = told.asked
        assert put["parameters"]["Item"] == {"pk": {"S": "plan"}, "generation": {"N": "11"}}
        assert put["parameters"]["ConditionExpression"] == "attribute_not_exists(#n0)"
        assert query["parameters"]["ExpressionAttributeValues"] == {":v0": {"S": "plan"}}
        assert told.response == [11]

    def test_a_batch_writer_writes_its_batches(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            def lambda_handler(event, context):
                with boto3.resource("dynamodb").Table("plans").batch_writer() as batch:
                    for n in range(30):
                        batch.put_item(Item={"pk": str(n)})
            """,
            {"BatchWriteItem": [{"UnprocessedItems": {}}]},
        )
        assert [len(call["parameters"]["RequestItems"]["plans"]) for call in told.asked] == [25, 5]

    def test_collections_and_lazily_loaded_attributes_ask(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            def lambda_handler(event, context):
                dynamodb = boto3.resource("dynamodb")
                return [table.name for table in dynamodb.tables.all()], dynamodb.Table("a").item_count
            """,
            {"ListTables": [{"TableNames": ["a", "b"]}], "DescribeTable": [{"Table": {"ItemCount": 7}}]},
        )
        assert told.response == [["a", "b"], 7]


class TestErrors:
    def test_a_failure_is_botocores_own_exception_with_all_the_service_told(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            from botocore.exceptions import ClientError
            dynamodb = boto3.client("dynamodb")
            def lambda_handler(event, context):
                try:
                    dynamodb.put_item(TableName="t", Item={"pk": {"S": "x"}})
                except dynamodb.exceptions.ConditionalCheckFailedException as error:
                    assert isinstance(error, ClientError)
                    return [str(error), error.response["Item"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
            """,
            {
                "PutItem": [
                    {
                        "error": "ConditionalCheckFailedException",
                        "message": "The conditional request failed",
                        "members": {"Item": {"pk": {"S": "x"}}},
                    }
                ]
            },
        )
        message, item, status = told.response
        assert message == (
            "An error occurred (ConditionalCheckFailedException) when calling the PutItem operation: "
            "The conditional request failed"
        )
        assert (item, status) == ({"pk": {"S": "x"}}, 400)

    def test_wrong_parameters_are_refused_before_anybody_is_asked(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            from botocore.exceptions import ParamValidationError
            def lambda_handler(event, context):
                try:
                    boto3.client("dynamodb").get_item(TableName="t", Keyy=1)
                except ParamValidationError as error:
                    return str(error)
            """
        )
        assert told.asked == []
        assert 'Unknown parameter in input: "Keyy"' in told.response

    def test_a_handler_that_swallows_everything_goes_on(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            route53 = boto3.client("route53")
            def lambda_handler(event, context):
                for _ in range(3):
                    try:
                        route53.change_resource_record_sets(HostedZoneId="Z", ChangeBatch={"Changes": [
                            {"Action": "DELETE", "ResourceRecordSet": {"Name": "a.", "Type": "A"}}]})
                    except:
                        pass
                return "done"
            """,
            {"ChangeResourceRecordSets": [{"error": "InvalidChangeBatch", "message": "no"}]},
        )
        assert (len(told.asked), told.response) == (3, "done")

    def test_what_a_handler_does_to_an_answer_or_to_its_parameters_stays_with_it(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            dynamodb = boto3.client("dynamodb")
            def lambda_handler(event, context):
                key = {"pk": {"S": "x"}}
                seen = []
                for _ in range(2):
                    item = dynamodb.get_item(TableName="t", Key=key)["Item"]
                    seen.append(list(item["l"]["L"]))
                    item["l"]["L"].append("mine")
                key["pk"]["S"] = "y"
                return seen
            """,
            {"GetItem": [{"Item": {"l": {"L": []}}}]},
        )
        assert told.response == [[], []]
        assert told.asked[0]["parameters"]["Key"] == {"pk": {"S": "x"}}

    def test_strings_of_an_enum_are_strings(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3, enum
            class Table(str, enum.Enum):
                PLANS = "plans"
            def lambda_handler(event, context):
                for name in (Table.PLANS, "plans"):
                    boto3.client("dynamodb").describe_table(TableName=name)
            """
        )
        first, second = told.asked
        assert first == second
        assert first["parameters"] == {"TableName": "plans"}

    def test_equal_calls_have_equal_keys(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            def lambda_handler(event, context):
                for name in ("a", "b", "a"):
                    boto3.client("dynamodb").describe_table(TableName=name)
            """
        )
        first, second, third = (call["key"] for call in told.asked)
        assert first == third != second


class TestHooksOfClients:
    def test_event_handlers_of_a_session_reach_its_clients_and_no_others(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            def lambda_handler(event, context):
                seen = []
                hooked = boto3.Session()
                hooked.events.register("provide-client-params.dynamodb.*", lambda params, **_: seen.append(params))
                for session in (boto3.Session(), hooked, boto3):
                    session.client("dynamodb").list_tables()
                return len(seen)
            """
        )
        assert told.response == 1

    def test_event_handlers_of_one_environment_are_not_anothers(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3
            dynamodb = boto3.client("dynamodb")
            def lambda_handler(event, context):
                seen = []
                if event.get("hook"):
                    dynamodb.meta.events.register("provide-client-params.dynamodb.*", lambda params, **_: seen.append(params))
                    dynamodb.meta.events.register("after-call.dynamodb.ListTables", lambda parsed, **_: parsed.update(hooked=True))
                answer = dynamodb.list_tables()
                return [len(seen), answer.get("hooked")]
            """
        )
        told = handlers.converse(
            {"A": {"function": function, "events": [{"hook": True}]}, "B": {"function": function}},
        )
        assert told["A"].response == [1, True]
        assert told["B"].response == [0, None]
