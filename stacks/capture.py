"""What Twinstage has in the production account: a read-only role, a snapshot store and a daily capture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from stacks.settings import CAPTURED
from twinstage.model.archive import zip_directory
from twinstage_constructs.acknowledge import acknowledge, wildcard_reasons
from twinstage_constructs.code_asset import code_asset
from twinstage_constructs.evidence_store import EXPIRY_DAYS, EvidenceStore
from twinstage_constructs.identity import identify
from twinstage_constructs.lambda_function import FunctionSpec, LambdaFunction
from twinstage_constructs.policies import allow, document, function_arns, table_arns, trust, zone_arns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

    from stacks.settings import Settings
    from twinstage_constructs.policies import Statement

CAPTURE_ROLE = "twin-capture"
CAPTURE_FUNCTION = "twinstage-capture"
KEY_VARIABLE = "SNAPSHOT_KEY"
LARGEST_STORAGE_MB = 10_240
HOUR_S = 3600
RUN_TAGGED = {"StringLike": {"aws:RequestTag/twinstage:run": "*"}}
"""A request without the tag does not match: whoever assumes the role says what for.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

LIST_ZONES = ("route53:ListHostedZones",)
READ_ZONES = ("route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource")
READ_HEALTH_CHECKS = ("route53:GetHealthCheck", "route53:ListTagsForResource")
READ_TABLES = (
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:ListTagsOfResource",
    "dynamodb:Scan",
)
READ_FUNCTIONS = (
    "lambda:GetFunction",
    "lambda:ListAliases",
    "lambda:ListFunctionEventInvokeConfigs",
    "lambda:ListProvisionedConcurrencyConfigs",
    "lambda:ListVersionsByFunction",
)
"""All that capture may do in production: what it calls. Two of these do more than their class says: Scan uses read
capacity, GetFunction shows environment values and code."""
EXPORT_TABLES = ("dynamodb:ExportTableToPointInTime",)
READ_EXPORTS = ("dynamodb:DescribeExport",)
"""What an export takes beside: only where the settings ask for exports."""


class CaptureStack(cdk.Stack):
    """`twinstage-capture`, in the production account: the only edge between a twin and production, and it reads.

    The twin account assumes `twin-capture` with the external id, for an hour at most, under a session tag that names
    the run: it reads production and fetches snapshots, or fetches snapshots alone where the settings mask them. The
    function captures once a day, with a role of its own that reads the same and writes to the snapshot store. Where the
    settings select what is captured, both may read that alone.
    """

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        super().__init__(
            scope,
            "twinstage-capture",
            env=cdk.Environment(account=settings.production_account, region=settings.region),
            description="Twinstage: the read-only edge to production, and its daily snapshot",
            analytics_reporting=False,
        )
        identify(
            self,
            "capture",
            twin_account=settings.twin_account,
            production_account=settings.production_account,
            region=settings.region,
        )
        self._settings = settings
        store = EvidenceStore(
            self,
            "Snapshots",
            name=settings.snapshot_bucket,
            retain=settings.retain_evidence,
            expiring={"exports/": EXPIRY_DAYS},
        )
        role = self._role(store)
        self._daily(self._function(store))
        cdk.CfnOutput(self, "CaptureRoleArn", value=role.attr_arn)
        cdk.CfnOutput(self, "SnapshotBucket", value=store.name)

    def _role(self, store: EvidenceStore) -> iam.CfnRole:
        policy = trust(
            {"AWS": f"arn:aws:iam::{self._settings.twin_account}:root"},
            {"StringEquals": {"sts:ExternalId": self._settings.external_id}, **RUN_TAGGED},
        )
        policy["Statement"].append(
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{self._settings.twin_account}:root"},
                "Action": "sts:TagSession",
                "Condition": RUN_TAGGED,
            }
        )
        # Masked values would be masked for nobody if whoever may fetch the snapshots could read what was masked.
        masked = "masking" in self._settings.capture_options
        statements = [*([] if masked else read_production(self._settings)), *_fetch(store)]
        role = iam.CfnRole(
            self,
            "Role",
            role_name=CAPTURE_ROLE,
            description="Reads what a snapshot holds, for the twin account",
            max_session_duration=HOUR_S,
            assume_role_policy_document=policy,
            policies=[iam.CfnRole.PolicyProperty(policy_name="read-only", policy_document=document(statements))],
        )
        acknowledge(role, wildcard_reasons(statements))
        return role

    def _function(self, store: EvidenceStore) -> LambdaFunction:
        return LambdaFunction(
            self,
            "Capture",
            spec=FunctionSpec(
                name=CAPTURE_FUNCTION,
                description="Captures production into a snapshot",
                code=code_asset(self, zip_directory(self._settings.path("bundle"))),
                handler="twinstage.handlers.capture_production.handler",
                runtime=self._settings.runtime,
                architecture=self._settings.architecture,
                memory_mb=1024,
                timeout_s=900,
                environment={
                    "SNAPSHOT_BUCKET": store.name,
                    "POWERTOOLS_SERVICE_NAME": "twinstage",
                    **({KEY_VARIABLE: self._settings.snapshot_key} if self._settings.snapshot_key else {}),
                },
                # Items pass through files before they are parts: a table must fit here.
                storage_mb=LARGEST_STORAGE_MB,
                statements=[
                    *read_production(self._settings),
                    *_read(store),
                    allow(["s3:PutObject"], [f"{store.arn}/*"]),
                    *_for_options(self._settings, store),
                ],
            ),
            account=self._settings.production_account,
            region=self._settings.region,
            boundary=None,
        )

    def _daily(self, function: LambdaFunction) -> None:
        rule = events.CfnRule(
            self,
            "Daily",
            name="twinstage-capture-daily",
            description="Captures production once a day",
            schedule_expression="rate(1 day)",
            # Without a selection there is nothing to capture: the rule waits for one.
            state="ENABLED" if self._settings.capture else "DISABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="capture",
                    arn=function.arn,
                    input=json.dumps({**self._settings.capture, **self._settings.capture_options}),
                )
            ],
        )
        lambda_.CfnPermission(
            self,
            "DailyMayInvoke",
            action="lambda:InvokeFunction",
            function_name=function.arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
            source_account=self._settings.production_account,
        )


def read_production(settings: Settings) -> list[Statement]:
    """Read what the settings select, or all of it where they select nothing.

    IAM knows a hosted zone by its id alone, and a selection names it: with any zone selected, every zone may be read.
    """
    chosen: Mapping[str, Sequence[str]] = settings.capture or dict.fromkeys(CAPTURED, ("*",))
    zones, tables, functions = (chosen.get(kind, ()) for kind in CAPTURED)
    region, account = settings.region, settings.production_account
    return [
        *(
            [
                allow(LIST_ZONES, ["*"]),
                allow(READ_ZONES, zone_arns("*")),
                allow(READ_HEALTH_CHECKS, ["arn:aws:route53:::healthcheck/*"]),
            ]
            if zones
            else []
        ),
        *([allow(READ_TABLES, table_arns(region, account, tables))] if tables else []),
        *([allow(READ_FUNCTIONS, _with_versions(function_arns(region, account, functions)))] if functions else []),
        *([_decrypt(region, settings.kms_keys)] if settings.kms_keys else []),
    ]


def _decrypt(region: str, keys: Sequence[str]) -> Statement:
    """Use these keys as DynamoDB and Lambda decrypt what they show, and for nothing else."""
    services = [f"{service}.{region}.amazonaws.com" for service in ("dynamodb", "lambda")]
    return allow(["kms:Decrypt"], keys) | {"Condition": {"StringEquals": {"kms:ViaService": services}}}


def _with_versions(arns: Sequence[str]) -> list[str]:
    """Functions, and their versions and aliases, whose ARNs go on after another colon. `*` covers both."""
    return [form for arn in arns for form in ((arn,) if arn.endswith("*") else (arn, f"{arn}:*"))]


def _for_options(settings: Settings, store: EvidenceStore) -> list[Statement]:
    """What the options of the daily capture take: exports into the store, the key of the masks, the key that signs.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html#S3DataExport_Requesting_Permissions
    """
    statements: list[Statement] = []
    if settings.capture_options.get("items") == "export":
        names = (settings.capture or {"tables": ("*",)}).get("tables", ())
        tables = table_arns(settings.region, settings.production_account, names)
        statements += [
            allow(EXPORT_TABLES, tables),
            allow(READ_EXPORTS, [f"{table}/export/*" for table in tables]),
            allow(["s3:AbortMultipartUpload"], [f"{store.arn}/exports/*"]),
        ]
    if key := settings.capture_options.get("mask_key"):
        statements.append(allow(["secretsmanager:GetSecretValue"], [key]))
    if settings.snapshot_key:
        statements.append(allow(["kms:GetPublicKey", "kms:Sign"], [settings.snapshot_key]))
    return statements


def _fetch(store: EvidenceStore) -> list[Statement]:
    """Read snapshots, and not what exports left beside them."""
    places = [f"{store.arn}/{kind}/*" for kind in ("objects", "snapshots")]
    return [allow(["s3:GetObject"], places), allow(["s3:ListBucket"], [store.arn])]


def _read(store: EvidenceStore) -> list[Statement]:
    return [allow(["s3:GetObject"], [f"{store.arn}/*"]), allow(["s3:ListBucket"], [store.arn])]
