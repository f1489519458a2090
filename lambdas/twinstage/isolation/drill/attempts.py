"""What the drill tries: one call an attempt, named by what it would do to production, to another run, or to the twin's own limits.

Pure data. `{...}` in a parameter is a field of `Targets`. Many of these actions are classed as reads, and leak or act all the same:
sqs:ReceiveMessage, lambda:GetFunction, secretsmanager:GetSecretValue, dynamodb:Scan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Aim = Literal["production", "another run", "its own limits", "the shared store"]


@dataclass(frozen=True)
class Targets:
    """What an attempt aims at. `zone`, `table`, `function` are production's; `own_*` the twin's; `other` is another run's id."""

    production: str
    twin: str
    region: str
    run: str
    external_id: str
    own_zone: str
    own_vpc: str
    own_table: str
    zone: str = "Z00000000000PRODUCTION"
    zone_name: str = "production.example."
    vpc: str = "vpc-0production000000"
    table: str = "production-table"
    function: str = "production-function"
    function_role: str = "production-function"
    other: str = "other-run"

    def values(self) -> dict[str, str]:
        """Every word that a parameter may hold, with its value."""
        resources = f"{self.region}:{self.production}"
        return {
            **{name: str(value) for name, value in vars(self).items()},
            "table_arn": f"arn:aws:dynamodb:{resources}:table/{self.table}",
            "function_arn": f"arn:aws:lambda:{resources}:function:{self.function}",
            "snapshots": f"twinstage-snapshots-{self.production}-{self.region}",
            "evidence": f"twinstage-evidence-{self.twin}-{self.region}",
            "queue": f"https://sqs.{self.region}.amazonaws.com/{self.production}/production-queue",
        }


@dataclass(frozen=True)
class Attempt:
    """One call: boto3's name of the service and of its method, and the parameters."""

    name: str
    aim: Aim
    service: str
    method: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def parameters_of(attempt: Attempt, targets: Targets) -> dict[str, Any]:
    """An attempt's parameters with the targets in their places."""
    values = targets.values()
    return {name: _filled(value, values) for name, value in attempt.parameters.items()}


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for word, text in values.items():
            value = value.replace(f"{{{word}}}", text)
        return value
    if isinstance(value, dict):
        return {_filled(name, values): _filled(inner, values) for name, inner in value.items()}
    return [_filled(inner, values) for inner in value] if isinstance(value, list) else value


def _role(name: str) -> str:
    return f"arn:aws:iam::{{production}}:role/{name}"


_SESSION = {"RoleSessionName": "drill"}
_RECORD = {"Name": "drill.{zone_name}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"drill"'}]}
_VPC = {"VPCRegion": "{region}", "VPCId": "{own_vpc}"}
_FOREIGN_VPC = {"VPCRegion": "{region}", "VPCId": "{vpc}"}
_KEY = {"drill": {"S": "drill"}}
_ANYBODY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}'
_ANYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_LAMBDA_TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
_OTHER_TABLE = "twin-{other}-baseline-hosts"
_OTHER_MACHINE = "arn:aws:states:{region}:{twin}:stateMachine:twin-{other}"


def _change(zone: str, action: str) -> dict[str, Any]:
    return {
        "HostedZoneId": zone,
        "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": _RECORD}]},
    }


def _all(aim: Aim, service: str, *calls: tuple[str, str, Mapping[str, Any]]) -> tuple[Attempt, ...]:
    return tuple(Attempt(name, aim, service, method, parameters) for name, method, parameters in calls)


_TAGGED = {"Tags": [{"Key": "twinstage:run", "Value": "{run}"}]}
ROLES = _all(
    "production",
    "sts",
    ("assume the capture role", "assume_role", {"RoleArn": _role("twin-capture"), **_SESSION}),
    (
        "assume the capture role with its external id and a run",
        "assume_role",
        {"RoleArn": _role("twin-capture"), "ExternalId": "{external_id}", **_SESSION, **_TAGGED},
    ),
    ("assume the capture function's role", "assume_role", {"RoleArn": _role("twinstage-capture"), **_SESSION}),
    ("assume a production function's role", "assume_role", {"RoleArn": _role("{function_role}"), **_SESSION}),
    (
        "assume production's deployment role",
        "assume_role",
        {"RoleArn": _role("cdk-hnb659fds-deploy-role-{production}-{region}"), **_SESSION},
    ),
)
ZONES = _all(
    "production",
    "route53",
    ("write into a production zone", "change_resource_record_sets", _change("{zone}", "UPSERT")),
    ("delete from a production zone", "change_resource_record_sets", _change("{zone}", "DELETE")),
    ("delete a production zone", "delete_hosted_zone", {"Id": "{zone}"}),
    ("rename a production zone's comment", "update_hosted_zone_comment", {"Id": "{zone}", "Comment": "drill"}),
    (
        "tag a production zone",
        "change_tags_for_resource",
        {"ResourceType": "hostedzone", "ResourceId": "{zone}", "AddTags": [{"Key": "drill", "Value": "1"}]},
    ),
    ("read a production zone's records", "list_resource_record_sets", {"HostedZoneId": "{zone}"}),
    (
        "associate the twin's VPC with a production zone",
        "associate_vpc_with_hosted_zone",
        {"HostedZoneId": "{zone}", "VPC": _VPC},
    ),
    (
        "authorize the twin's VPC for a production zone",
        "create_vpc_association_authorization",
        {"HostedZoneId": "{zone}", "VPC": _VPC},
    ),
    (
        "disassociate a production VPC from its zone",
        "disassociate_vpc_from_hosted_zone",
        {"HostedZoneId": "{zone}", "VPC": _FOREIGN_VPC},
    ),
    (
        "show the twin's zone to a production VPC",
        "associate_vpc_with_hosted_zone",
        {"HostedZoneId": "{own_zone}", "VPC": _FOREIGN_VPC},
    ),
    (
        "make a zone in a production VPC",
        "create_hosted_zone",
        {"Name": "{zone_name}", "CallerReference": "drill", "VPC": _FOREIGN_VPC},
    ),
)
TABLES = _all(
    "production",
    "dynamodb",
    ("put an item into a production table", "put_item", {"TableName": "{table_arn}", "Item": _KEY}),
    ("delete an item of a production table", "delete_item", {"TableName": "{table_arn}", "Key": _KEY}),
    (
        "update an item of a production table",
        "update_item",
        {
            "TableName": "{table_arn}",
            "Key": _KEY,
            "UpdateExpression": "SET d = :d",
            "ExpressionAttributeValues": {":d": {"S": "d"}},
        },
    ),
    (
        "write a batch into a production table",
        "batch_write_item",
        {"RequestItems": {"{table_arn}": [{"PutRequest": {"Item": _KEY}}]}},
    ),
    (
        "write to a production table in a transaction",
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": "{table_arn}", "Item": _KEY}}]},
    ),
    (
        "write to a production table in PartiQL",
        "execute_statement",
        {"Statement": "INSERT INTO \"{table_arn}\" VALUE {'drill': 'drill'}"},
    ),
    ("delete a production table", "delete_table", {"TableName": "{table_arn}"}),
    (
        "let a production table's items expire",
        "update_time_to_live",
        {"TableName": "{table_arn}", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "drill"}},
    ),
    ("scan a production table", "scan", {"TableName": "{table_arn}"}),
    (
        "export a production table",
        "export_table_to_point_in_time",
        {"TableArn": "{table_arn}", "S3Bucket": "{evidence}"},
    ),
)
FUNCTIONS = _all(
    "production",
    "lambda",
    ("invoke a production function", "invoke", {"FunctionName": "{function_arn}", "Payload": b"{}"}),
    ("invoke the capture function", "invoke", {"FunctionName": "{production}:function:twinstage-capture"}),
    ("read a production function's code", "get_function", {"FunctionName": "{function_arn}"}),
    ("read a production function's settings", "get_function_configuration", {"FunctionName": "{function_arn}"}),
    (
        "replace a production function's code",
        "update_function_code",
        {"FunctionName": "{function_arn}", "ZipFile": b"x"},
    ),
    (
        "change a production function's settings",
        "update_function_configuration",
        {"FunctionName": "{function_arn}", "Timeout": 1},
    ),
    (
        "let anybody invoke a production function",
        "add_permission",
        {
            "FunctionName": "{function_arn}",
            "StatementId": "drill",
            "Action": "lambda:InvokeFunction",
            "Principal": "*",
        },
    ),
    (
        "stop a production function",
        "put_function_concurrency",
        {"FunctionName": "{function_arn}", "ReservedConcurrentExecutions": 0},
    ),
    ("delete a production function", "delete_function", {"FunctionName": "{function_arn}"}),
    (
        "read a production table's stream from the twin",
        "create_event_source_mapping",
        {
            "FunctionName": "twin-{run}-Replay",
            "EventSourceArn": "{table_arn}/stream/2026-01-01T00:00:00.000",
            "StartingPosition": "TRIM_HORIZON",
        },
    ),
    (
        "run a function of the twin as a production role",
        "create_function",
        {
            "FunctionName": "twin-{run}-drill",
            "Runtime": "python3.12",
            "Handler": "drill.handler",
            "Role": _role("{function_role}"),
            "Code": {"ZipFile": b"x"},
        },
    ),
)
STORES = (
    *_all(
        "production",
        "s3",
        ("write into production's snapshots", "put_object", {"Bucket": "{snapshots}", "Key": "drill", "Body": b"x"}),
        ("delete one of production's snapshots", "delete_object", {"Bucket": "{snapshots}", "Key": "drill"}),
        ("list production's snapshots", "list_objects_v2", {"Bucket": "{snapshots}"}),
        ("open production's snapshots", "put_bucket_policy", {"Bucket": "{snapshots}", "Policy": _ANYBODY}),
        ("delete production's snapshot store", "delete_bucket", {"Bucket": "{snapshots}"}),
    ),
    *_all(
        "the shared store",
        "s3",
        ("delete a snapshot's object", "delete_object", {"Bucket": "{evidence}", "Key": "objects/drill"}),
        ("open the evidence store", "put_bucket_policy", {"Bucket": "{evidence}", "Policy": _ANYBODY}),
    ),
)
OTHERS = (
    Attempt(
        "read a production secret", "production", "secretsmanager", "get_secret_value",
        {"SecretId": "arn:aws:secretsmanager:{region}:{production}:secret:production-secret-AbCdEf"},
    ),
    Attempt(
        "read a production parameter", "production", "ssm", "get_parameter",
        {"Name": "arn:aws:ssm:{region}:{production}:parameter/production", "WithDecryption": True},
    ),
    Attempt("take a message off a production queue", "production", "sqs", "receive_message", {"QueueUrl": "{queue}"}),
    Attempt(
        "send a message to a production queue", "production", "sqs", "send_message",
        {"QueueUrl": "{queue}", "MessageBody": "drill"},
    ),
    Attempt("empty a production queue", "production", "sqs", "purge_queue", {"QueueUrl": "{queue}"}),
    Attempt(
        "publish to a production topic", "production", "sns", "publish",
        {"TopicArn": "arn:aws:sns:{region}:{production}:production-topic", "Message": "drill"},
    ),
    Attempt(
        "put an event on production's bus", "production", "events", "put_events",
        {
            "Entries": [
                {
                    "Source": "drill", "DetailType": "drill", "Detail": "{}",
                    "EventBusName": "arn:aws:events:{region}:{production}:event-bus/default",
                }
            ]
        },
    ),
    Attempt(
        "start a production execution", "production", "stepfunctions", "start_execution",
        {"stateMachineArn": "arn:aws:states:{region}:{production}:stateMachine:production"},
    ),
    Attempt(
        "answer a production task", "production", "stepfunctions", "send_task_success",
        {"taskToken": "drill", "output": "{}"},
    ),
    Attempt(
        "decrypt with a production key", "production", "kms", "decrypt",
        {
            "KeyId": "arn:aws:kms:{region}:{production}:key/00000000-0000-0000-0000-000000000000",
            "CiphertextBlob": b"drill",
        },
    ),
    Attempt(
        "read a production function's log", "production", "logs", "filter_log_events",
        {"logGroupIdentifier": "arn:aws:logs:{region}:{production}:log-group:/aws/lambda/{function}"},
    ),
)  # fmt: skip
RUNS = (
    Attempt("write into another run's table", "another run", "dynamodb", "put_item", {"TableName": _OTHER_TABLE, "Item": _KEY}),
    Attempt("delete another run's table", "another run", "dynamodb", "delete_table", {"TableName": _OTHER_TABLE}),
    Attempt("invoke another run's function", "another run", "lambda", "invoke", {"FunctionName": "twin-{other}-Replay"}),
    Attempt(
        "write another run's evidence", "another run", "s3", "put_object",
        {"Bucket": "{evidence}", "Key": "runs/{other}/verdict.json", "Body": b"{}"},
    ),
    Attempt("delete another run's machine", "another run", "stepfunctions", "delete_state_machine", {"stateMachineArn": _OTHER_MACHINE}),
    Attempt("start another run's machine", "another run", "stepfunctions", "start_execution", {"stateMachineArn": _OTHER_MACHINE}),
)  # fmt: skip
LIMITS = (
    Attempt(
        "write its own policy", "its own limits", "iam", "put_role_policy",
        {"RoleName": "twin-{run}-drill", "PolicyName": "more", "PolicyDocument": _ANYTHING},
    ),
    Attempt(
        "take its own boundary off", "its own limits", "iam", "delete_role_permissions_boundary",
        {"RoleName": "twin-{run}-drill"},
    ),
    Attempt(
        "make a role without a boundary", "its own limits", "iam", "create_role",
        {"RoleName": "twin-{run}-free", "AssumeRolePolicyDocument": _LAMBDA_TRUST},
    ),
    Attempt("make a user", "its own limits", "iam", "create_user", {"UserName": "drill"}),
    Attempt(
        "change its boundary's policy", "its own limits", "iam", "create_policy_version",
        {
            "PolicyArn": "arn:aws:iam::{twin}:policy/twin-{run}-boundary",
            "PolicyDocument": _ANYTHING,
            "SetAsDefault": True,
        },
    ),
    Attempt("take a session token", "its own limits", "sts", "get_session_token", {}),
    Attempt(
        "deploy a stack", "its own limits", "cloudformation", "create_stack",
        {"StackName": "drill", "TemplateBody": '{"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}'},
    ),
)  # fmt: skip

ATTEMPTS: tuple[Attempt, ...] = (*ROLES, *ZONES, *TABLES, *FUNCTIONS, *STORES, *OTHERS, *RUNS, *LIMITS)
"""Every one must be refused."""

ALLOWED: tuple[Attempt, ...] = (
    Attempt("say who it is", "its own limits", "sts", "get_caller_identity"),
    Attempt("read its own table", "its own limits", "dynamodb", "scan", {"TableName": "{own_table}"}),
    Attempt(
        "list the evidence store", "its own limits", "s3", "list_objects_v2", {"Bucket": "{evidence}", "MaxKeys": 1}
    ),
)
"""Every one must succeed: a role that may do nothing at all would be refused everything, and prove nothing."""
