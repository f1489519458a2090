"""The adapters over boto3 keep the promises of `world.interface`: against the embedded AWS, and against AWS's rarer answers."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import boto3
import botocore.exceptions
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from tests.state.memory_zones import MemoryZones, alias, change, rr
from tests.state.production_parts import CAPTURED
from twinstage.model.archive import zip_directory, zip_files
from twinstage.model.errors import AwsError, InputError
from twinstage.model.record_set import ordered
from twinstage.state.capture import Production, Selection, capture
from twinstage.world.api_forms import code_sha256
from twinstage.world.aws.clients import aws_errors, client, config
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.aws.machine import Execution, Machine
from twinstage.world.aws.tables import DRAIN_ATTEMPTS, DynamoTables
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.dumps import FunctionDumps, TableDumps, ZoneDumps
from twinstage.world.interface import AlreadyBegun, HostedZone, Invocation, Refused
from twinstage.world.memory.route53 import zone_from
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = zip_files({"app.py": b"def handler(event, context):\n    return {'got': event}\n"})
SCHEMA: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def zone(aws: Any, *records: dict[str, Any]) -> HostedZone:
    """A hosted zone of its own name, with some record sets."""
    name = f"{aws.name('zone')}.test."
    route53 = aws.client("route53")
    id_ = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"].removeprefix("/hostedzone/")
    if records:
        changes = [change("CREATE", record | {"Name": record["Name"] + name}) for record in records]
        route53.change_resource_record_sets(HostedZoneId=id_, ChangeBatch={"Changes": changes})
    return HostedZone(name, id_, private=False)


def table(aws: Any, **more: Any) -> str:
    name: str = aws.name("table")
    aws.client("dynamodb").create_table(TableName=name, **SCHEMA, **more)
    return name


def function(aws: Any, code: bytes = CODE, **more: Any) -> str:
    name: str = aws.name("function")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    settings = {"Runtime": "python3.12", "Handler": "app.handler", "Timeout": 10, "MemorySize": 128} | more
    aws.client("lambda").create_function(FunctionName=name, Role=role, Code={"ZipFile": code}, **settings)
    return name


def items(number: int) -> list[dict[str, Any]]:
    return [
        {"pk": {"S": f"p{i % 3}"}, "sk": {"N": str(i)}, "b": {"B": "AAEC"}, "m": {"M": {"l": {"L": [{"NULL": True}]}}}}
        for i in range(number)
    ]


def test_zones_are_listed_and_their_record_sets_read_in_canonical_form(aws: Any) -> None:
    made = zone(aws, rr("*.", "TXT", '"x"'), rr("W.", "A", "192.0.2.2", "192.0.2.1", SetIdentifier="s", Weight=3))
    zones = Route53Zones(aws.client("route53"))
    assert made in list(zones.zones())
    assert list(zones.zones()) == sorted(zones.zones())
    found = list(zones.record_sets(made.id))
    assert found == ordered(found)
    assert [r for r in found if r["Type"] not in ("NS", "SOA")] == ordered(
        [
            rr(f"\\052.{made.name}", "TXT", '"x"'),
            rr(f"w.{made.name}", "A", "192.0.2.1", "192.0.2.2", SetIdentifier="s", Weight=3),
        ]
    )


def test_a_zone_of_many_pages_is_read_whole(aws: Any) -> None:
    made = zone(aws, *(rr(f"n{i}.", "A", "192.0.2.1") for i in range(250)))
    assert len(list(Route53Zones(aws.client("route53")).record_sets(made.id))) == 252


def test_with_a_vpc_only_the_zones_it_sees_are_listed(aws: Any) -> None:
    zone(aws)
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    name = f"{aws.name('private')}.test."
    private = aws.client("route53").create_hosted_zone(
        Name=name,
        CallerReference=name,
        VPC={"VPCId": vpc, "VPCRegion": aws.running.region},
        HostedZoneConfig={"PrivateZone": True},
    )
    id_ = private["HostedZone"]["Id"].removeprefix("/hostedzone/")
    of_vpc = Route53Zones(aws.client("route53"), vpc=vpc, region=aws.running.region)
    assert list(of_vpc.zones()) == [HostedZone(name, id_, private=True)]


def test_one_batch_means_the_same_to_route53_and_to_the_world_in_memory(aws: Any) -> None:
    made = zone(aws, rr("a.", "A", "192.0.2.1"))
    over_aws = Route53Zones(aws.client("route53"))
    in_memory = MemoryZones(zone_from(over_aws.record_sets(made.id), id=made.id, name=made.name))
    a, b = rr(f"a.{made.name}", "A", "192.0.2.1"), alias(f"b.{made.name}", "A", f"a.{made.name}", made.id)
    batches = [
        [change("CREATE", a)],
        [change("UPSERT", b), change("CREATE", rr(f"c.{made.name}", "CNAME", "x.test."))],
        [change("CREATE", rr(f"c.{made.name}", "TXT", '"beside"'))],
        [change("DELETE", a | {"TTL": 61})],
        [change("DELETE", a)],
    ]
    for batch in batches:
        answers = []
        for zones in (over_aws, in_memory):
            try:
                zones.change(made.id, batch)
                answers.append(None)
            except Refused as refused:
                answers.append((refused.error, refused.message))
        assert answers[0] == answers[1]
        assert list(over_aws.record_sets(made.id)) == list(in_memory.record_sets(made.id))


@pytest.fixture
def route53() -> Iterator[tuple[Stubber, Any]]:
    """A client that gives the answers it is told to: for what the embedded AWS has no occasion to say."""
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("route53")
    with Stubber(made) as stubber:
        yield stubber, made
    made.close()


CHANGES = [change("UPSERT", rr("a.ex.test.", "A", "192.0.2.1"))]


@pytest.mark.parametrize("code", ["InvalidChangeBatch", "InvalidInput", "NoSuchHostedZone", "NoSuchHealthCheck"])
def test_what_route53_says_about_a_batch_is_a_refusal(route53: Any, code: str) -> None:
    stubber, made = route53
    stubber.add_client_error("change_resource_record_sets", code, "why")
    with pytest.raises(Refused) as caught:
        Route53Zones(made).change("Z1", CHANGES)
    assert (caught.value.error, caught.value.message) == (code, "why")


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("Throttling", True),
        ("PriorRequestNotComplete", True),
        ("AccessDenied", False),
        ("InvalidClientTokenId", False),
        ("NoSuchThing", False),
    ],
)
def test_what_it_says_about_the_caller_or_the_hour_is_a_failure(route53: Any, code: str, retryable: bool) -> None:
    stubber, made = route53
    stubber.add_client_error("change_resource_record_sets", code, "why")
    with pytest.raises(AwsError) as caught:
        Route53Zones(made).change("Z1", CHANGES)
    assert (caught.value.error, caught.value.retryable, caught.value.exit_code) == (code, retryable, 5)


def test_a_change_is_done_when_it_is_in_sync(route53: Any) -> None:
    stubber, made = route53
    info = {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": "2026-01-01T00:00:00Z"}
    stubber.add_response(
        "change_resource_record_sets", {"ChangeInfo": info}, {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": CHANGES}}
    )
    stubber.add_response("get_change", {"ChangeInfo": info | {"Status": "INSYNC"}}, {"Id": "/change/C1"})
    Route53Zones(made).change("Z1", CHANGES)
    stubber.assert_no_pending_responses()


def test_a_change_that_nobody_waits_for_is_done_when_it_is_accepted(route53: Any) -> None:
    stubber, made = route53
    info = {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": "2026-01-01T00:00:00Z"}
    stubber.add_response("change_resource_record_sets", {"ChangeInfo": info})
    Route53Zones(made).change("Z1", CHANGES, wait=False)
    stubber.assert_no_pending_responses()


def test_the_zones_of_a_vpc_are_read_page_by_page(route53: Any) -> None:
    stubber, made = route53

    def page(id_: str, **token: str) -> dict[str, Any]:
        summary = {"HostedZoneId": id_, "Name": f"{id_.lower()}.test.", "Owner": {"OwningAccount": "1"}}
        return {"HostedZoneSummaries": [summary], "MaxItems": "1"} | token

    asked = {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}
    stubber.add_response("list_hosted_zones_by_vpc", page("ZB", NextToken="more"), asked)
    stubber.add_response("list_hosted_zones_by_vpc", page("ZA"), asked | {"NextToken": "more"})
    found = list(Route53Zones(made, vpc="vpc-1", region="us-east-1").zones())
    assert found == [HostedZone("za.test.", "ZA", private=True), HostedZone("zb.test.", "ZB", private=True)]


def test_items_are_written_in_batches_and_read_back_as_they_were(aws: Any) -> None:
    name, tables = table(aws), DynamoTables(aws.client("dynamodb"))
    assert tables.write(name, iter(items(60))) == 60
    assert tables.write(name, items(60)) == 60
    assert sorted(tables.scan(name), key=lambda item: int(item["sk"]["N"])) == items(60)


def test_the_shape_of_a_table_is_what_a_twin_of_it_needs(aws: Any) -> None:
    index = {
        "IndexName": "by-sk",
        "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    name = table(aws, GlobalSecondaryIndexes=[index], StreamSpecification=stream)
    dynamodb = aws.client("dynamodb")
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    assert DynamoTables(dynamodb).schema(name) == SCHEMA | {
        "GlobalSecondaryIndexes": [index],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLive": {"AttributeName": "expires"},
        "PointInTimeRecovery": True,
    }
    assert DynamoTables(dynamodb).schema(table(aws)) == SCHEMA


@pytest.fixture
def dynamodb() -> Iterator[tuple[Stubber, Any]]:
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("dynamodb")
    with Stubber(made) as stubber:
        yield stubber, made
    made.close()


def test_what_dynamodb_leaves_unprocessed_is_sent_again_after_longer_and_longer_pauses(dynamodb: Any) -> None:
    stubber, made = dynamodb
    requests = [{"PutRequest": {"Item": {"pk": {"S": str(i)}}}} for i in range(3)]
    for count in (3, 2, 1):
        left = {"t": requests[: count - 1]} if count > 1 else {}
        stubber.add_response("batch_write_item", {"UnprocessedItems": left}, {"RequestItems": {"t": requests[:count]}})
    pauses: list[float] = []
    tables = DynamoTables(made, pause=pauses.append, jitter=lambda: 0.5)
    assert tables.write("t", [r["PutRequest"]["Item"] for r in requests]) == 3
    assert pauses == [0.025, 0.05]


def test_a_table_that_takes_nothing_any_more_is_a_failure_that_a_retry_may_mend(dynamodb: Any) -> None:
    stubber, made = dynamodb
    request = {"PutRequest": {"Item": {"pk": {"S": "1"}}}}
    for _ in range(DRAIN_ATTEMPTS):
        stubber.add_response("batch_write_item", {"UnprocessedItems": {"t": [request]}}, {"RequestItems": ANY})
    pauses: list[float] = []
    with pytest.raises(AwsError, match="1 items of t were still unprocessed after 12 attempts") as caught:
        DynamoTables(made, pause=pauses.append, jitter=lambda: 1.0).write("t", [{"pk": {"S": "1"}}])
    assert caught.value.retryable
    assert (len(pauses), max(pauses)) == (DRAIN_ATTEMPTS, 5.0)


def test_a_ledger_remembers_what_was_begun_last_in_each_shard(aws: Any) -> None:
    name = aws.name("ledger")
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=key,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ledger = DynamoLedger(aws.client("dynamodb"), name)
    assert ledger.begun("baseline/all") == -1
    for position in range(3):
        ledger.begin("baseline/all", position)
    ledger.begin("candidate/all", 0)
    assert (ledger.begun("baseline/all"), ledger.begun("candidate/all"), ledger.begun("candidate/x")) == (2, 0, -1)
    ledger.forget("baseline/all")
    ledger.forget("baseline/all")
    assert ledger.begun("baseline/all") == -1


def test_of_two_who_begin_the_same_event_one_is_told(aws: Any) -> None:
    dynamodb, name = aws.client("dynamodb"), aws.name("ledger")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    one, other = DynamoLedger(dynamodb, name), DynamoLedger(dynamodb, name)
    one.begin("baseline/all", 9)
    other.begin("baseline/all", 10)
    for position in (9, 10):
        with pytest.raises(AlreadyBegun, match=f"began the event at {position} already"):
            one.begin("baseline/all", position)
    assert one.begun("baseline/all") == 10
    with pytest.raises(AwsError) as caught:
        DynamoLedger(dynamodb, "gone").begin("baseline/all", 0)
    assert caught.value.operation == "PutItem"


def test_a_function_is_read_with_its_code(aws: Any) -> None:
    name = function(aws, Environment={"Variables": {"PLAN_TABLE": "plans"}})
    functions = LambdaFunctions(aws.client("lambda"))
    found = functions.definition(name)
    assert found.configuration == {
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "MemorySize": 128,
        "Timeout": 10,
        "Environment": {"PLAN_TABLE": "plans"},
    }
    assert found.code == CODE


def test_a_function_is_captured_with_its_processor_storage_and_network(aws: Any) -> None:
    name = function(aws, Architectures=["arm64"], EphemeralStorage={"Size": 1024})

    configuration = LambdaFunctions(aws.client("lambda")).definition(name).configuration

    assert (configuration["Architectures"], configuration["EphemeralStorage"]) == (["arm64"], {"Size": 1024})
    assert "VpcConfig" not in configuration


def test_a_package_that_is_not_the_one_described_is_an_error(aws: Any) -> None:
    """As when the function is updated between the answer and the download."""
    api = aws.client("lambda")
    found = api.get_function(FunctionName=function(aws))
    found["Configuration"]["CodeSha256"] = code_sha256(b"another package")
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("lambda")
    answer = {
        "Configuration": {**found["Configuration"], "FunctionName": "enactor"},
        "Code": {"Location": found["Code"]["Location"]},
    }
    with Stubber(made) as stubber:
        stubber.add_response("get_function", answer, {"FunctionName": "enactor"})
        with pytest.raises(AwsError, match="CodeSha256Mismatch") as caught:
            LambdaFunctions(made).definition("enactor")
    made.close()
    assert (caught.value.operation, caught.value.details["retryable"]) == ("GetFunction", True)


@pytest.mark.parametrize(
    "told", [{"PackageType": "Image"}, {"Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:n:3"}]}]
)
def test_a_function_that_cannot_be_cloned_is_bad_input_that_names_it(told: dict[str, Any]) -> None:
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("lambda")
    with Stubber(made) as stubber:
        configuration = {"FunctionName": "enactor", **told}
        stubber.add_response("get_function", {"Configuration": configuration}, {"FunctionName": "enactor"})
        with pytest.raises(InputError) as caught:
            LambdaFunctions(made).definition("enactor")
    made.close()
    assert [problem.pointer for problem in caught.value.problems] == [f"/functions/enactor/{next(iter(told))}"]


def test_what_a_function_returns_is_an_answer_and_so_is_that_it_raised(aws: Any) -> None:
    functions = LambdaFunctions(aws.client("lambda"))
    assert functions.invoke(function(aws), {"n": 1}) == Invocation({"got": {"n": 1}})
    raising = function(aws, zip_files({"app.py": b"def handler(event, context):\n    raise KeyError('plan')\n"}))
    answer = functions.invoke(raising, {})
    assert (answer.error, answer.message) == ("KeyError", "'plan'")


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b"", Invocation(None)),
        (
            b'{"errorMessage": "Task timed out"}',
            Invocation({"errorMessage": "Task timed out"}, "Unhandled", "Task timed out"),
        ),
        (b"null", Invocation(None, "Unhandled", "")),
        (b'"text"', Invocation("text", "Unhandled", "")),
    ],
)
def test_a_failure_that_says_little_is_still_an_answer(payload: bytes, answer: Invocation) -> None:
    made = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1").client("lambda")
    with Stubber(made) as stubber:
        response = {"Payload": StreamingBody(io.BytesIO(payload), len(payload))}
        failed = {"FunctionError": "Unhandled"} if answer.error else {}
        stubber.add_response("invoke", response | failed, {"FunctionName": "f", "Payload": b"{}"})
        assert LambdaFunctions(made).invoke("f", {}) == answer
    made.close()


def test_what_is_not_there_is_a_failure_that_names_service_operation_and_code(aws: Any) -> None:
    functions, tables = LambdaFunctions(aws.client("lambda")), DynamoTables(aws.client("dynamodb"))
    for use, service, operation in (
        (lambda: functions.definition("gone"), "lambda", "GetFunction"),
        (lambda: functions.invoke("gone", {}), "lambda", "Invoke"),
        (lambda: tables.schema("gone"), "dynamodb", "DescribeTable"),
        (lambda: list(tables.scan("gone")), "dynamodb", "Scan"),
        (lambda: tables.write("gone", items(1)), "dynamodb", "BatchWriteItem"),
    ):
        with pytest.raises(AwsError) as caught:
            use()
        assert (caught.value.service, caught.value.operation) == (service, operation)
        assert caught.value.error.startswith("ResourceNotFound")
        assert not caught.value.retryable


def test_a_failure_to_reach_aws_at_all_may_be_retried() -> None:
    with pytest.raises(AwsError) as caught, aws_errors("s3", "GetObject"):
        raise botocore.exceptions.EndpointConnectionError(endpoint_url="http://localhost:1")
    assert (caught.value.error, caught.value.retryable) == ("EndpointConnectionError", True)


@pytest.mark.parametrize(
    ("endpoint", "style"),
    [("http://localhost:4566", "path"), ("http://127.0.0.1:1", "path"), ("https://s3.amazonaws.com", None), ("", None)],
)
def test_buckets_are_part_of_the_path_only_on_loopback(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, style: str | None
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    made = config(read_timeout_s=7, attempts=2)
    assert (made.s3 or {}).get("addressing_style") == style
    assert (made.read_timeout, made.retries) == (7, {"mode": "standard", "total_max_attempts": 2})


def test_a_client_is_made_from_the_environment_where_no_session_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("DEFAULT_REGION", "eu-west-1"),
        ("ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("SECRET_ACCESS_KEY", "secret"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    made = client("dynamodb")
    assert made.meta.region_name == "eu-west-1"
    made.close()


PASS = {
    "StartAt": "First",
    "States": {"First": {"Type": "Pass", "Next": "Second"}, "Second": {"Type": "Pass", "End": True}},
}
FAIL = {"StartAt": "Broken", "States": {"Broken": {"Type": "Fail", "Error": "Rejected", "Cause": "no good"}}}


@pytest.mark.parametrize(
    ("definition", "states", "ended"),
    [(PASS, ["First", "Second"], ("SUCCEEDED", "", "")), (FAIL, ["Broken"], ("FAILED", "Rejected", "no good"))],
)
def test_a_machine_is_run_to_its_end_and_tells_each_state_once(
    aws: Any, definition: Any, states: list[str], ended: tuple[str, str, str]
) -> None:
    states_client = aws.client("stepfunctions")
    made = states_client.create_state_machine(
        name=aws.name("machine"),
        definition=json.dumps(definition),
        roleArn=f"arn:aws:iam::{aws.running.accounts['production']}:role/any",
    )
    entered: list[str] = []
    looks = iter(range(200))
    machine = Machine(
        states_client,
        made["stateMachineArn"],
        lambda: pytest.fail("it never ends") if next(looks, None) is None else None,
    )
    execution = machine.run("run-1", {"run": "r1"}, entered.append)
    assert execution == Execution(execution.arn, *ended)
    assert entered == states == list(machine.entered(execution.arn))


def test_a_capture_over_the_api_is_the_snapshot_of_dumps_of_the_same_answers(aws: Any, tmp_path: Path) -> None:
    """What `aws … > file` would have written, imported; and the same account, captured."""
    made = zone(aws, rr("a.", "A", "192.0.2.2", "192.0.2.1"), rr("*.", "TXT", '"x"'))
    apex_alias = alias(f"www.{made.name}", "A", f"a.{made.name}", made.id)
    Route53Zones(aws.client("route53")).change(made.id, [change("CREATE", apex_alias)])
    plans, clone = table(aws), function(aws, Environment={"Variables": {"PLAN_TABLE": "plans"}})
    DynamoTables(aws.client("dynamodb")).write(plans, items(30))
    aws.client("dynamodb").update_time_to_live(
        TableName=plans, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    dumped(aws, tmp_path, made, plans, clone)
    over_api = Production(
        Route53Zones(aws.client("route53")), DynamoTables(aws.client("dynamodb")), LambdaFunctions(aws.client("lambda"))
    )
    out_of_dumps = Production(
        ZoneDumps(tmp_path / "zones"),
        TableDumps(tmp_path / "tables"),
        FunctionDumps(tmp_path / "functions", zip_directory),
    )
    store, selection = DirectoryStore(tmp_path / "store"), Selection((made.name,), (plans,), (clone,))
    captured, imported = (
        capture(source, selection, store, captured=CAPTURED, tool="tests") for source in (over_api, out_of_dumps)
    )
    assert captured == imported
    assert (captured.zones[0].record_sets, captured.tables[0].items) == (5, 30)


def dumped(aws: Any, folder: Path, made: HostedZone, plans: str, clone: str) -> None:
    """The API's answers, each in its file."""
    route53, dynamodb, functions = (aws.client(service) for service in ("route53", "dynamodb", "lambda"))
    answers = {
        "zones/hosted-zones.json": {"HostedZones": [route53.get_hosted_zone(Id=made.id)["HostedZone"]]},
        f"zones/{made.name}json": route53.list_resource_record_sets(HostedZoneId=made.id),
        f"tables/{plans}.json": {
            "Table": dynamodb.describe_table(TableName=plans)["Table"],
            "TimeToLiveDescription": dynamodb.describe_time_to_live(TableName=plans)["TimeToLiveDescription"],
            "Items": items(30)[::-1],
        },
        f"functions/{clone}.json": functions.get_function_configuration(FunctionName=clone)
        | {"Environment": {"Variables": {"PLAN_TABLE": "plans"}}},
    }
    for name, answer in answers.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(answer, default=str))
    (folder / f"functions/{clone}.zip").write_bytes(CODE)
