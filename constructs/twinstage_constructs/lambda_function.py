"""A Lambda function with its own role and its own log group, both of which go with the stack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from twinstage_constructs.acknowledge import acknowledge
from twinstage_constructs.identity import SECTION, told_clone
from twinstage_constructs.names import function_log_group
from twinstage_constructs.policies import write_logs
from twinstage_constructs.roles import service_role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage_constructs.code_asset import CodeLocation
    from twinstage_constructs.policies import Statement

LOG_RETENTION_DAYS = 30


@dataclass(frozen=True)
class FunctionSpec:
    """What a function is: its code, how it runs, and what its role may do beyond writing to its own log.

    `layers` are ARNs; `environment` values and `statements` may hold CDK tokens. `reserved_concurrency` None leaves the
    account's pool open; `storage_mb` None leaves `/tmp` at Lambda's default. A clone's `own_handler` is that of the code it is the
    clone of: then the template's metadata repeats it, the package, and the variables of the environment that are `told`, so that
    none comes in unnoticed. `kept` are those of them whose value is kept on purpose, or the candidate's own: it need not name
    anything of the twin.
    """

    name: str
    description: str
    code: CodeLocation
    handler: str
    runtime: str
    architecture: str
    memory_mb: int
    timeout_s: int
    environment: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[Statement] = ()
    layers: Sequence[str] = ()
    reserved_concurrency: int | None = None
    storage_mb: int | None = None
    own_handler: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    kept: Sequence[str] = ()


class LambdaFunction(Construct):
    """The function `spec` says. No event source, URL, dead-letter queue or destination: whoever calls it has been
    granted that by name.

    `name` is known at synthesis; `arn` is a token. The role has the function's name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: FunctionSpec,
        account: str,
        region: str,
        boundary: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = spec.name
        log = logs.CfnLogGroup(
            self, "Log", log_group_name=function_log_group(spec.name), retention_in_days=LOG_RETENTION_DAYS
        )
        log.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        role = service_role(
            self,
            "Role",
            name=spec.name,
            service="lambda",
            statements=[write_logs(region, account, function_log_group(spec.name)), *spec.statements],
            boundary=boundary,
        )
        function = lambda_.CfnFunction(
            self,
            "Function",
            function_name=spec.name,
            description=spec.description,
            code=lambda_.CfnFunction.CodeProperty(s3_bucket=spec.code.bucket, s3_key=spec.code.key),
            handler=spec.handler,
            runtime=spec.runtime,
            architectures=[spec.architecture],
            memory_size=spec.memory_mb,
            timeout=spec.timeout_s,
            ephemeral_storage=lambda_.CfnFunction.EphemeralStorageProperty(size=spec.storage_mb)
            if spec.storage_mb
            else None,
            role=role.attr_arn,
            environment=lambda_.CfnFunction.EnvironmentProperty(variables=dict(spec.environment)),
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=log.ref),
            layers=list(spec.layers) or None,
            reserved_concurrent_executions=spec.reserved_concurrency,
        )
        if spec.own_handler:
            told = told_clone(spec.told, spec.kept, handler=spec.own_handler, package=spec.code.key)
            function.add_metadata(SECTION, told)
        acknowledge(function, {"AwsSolutions-L1": "A clone runs on production's runtime, a stage on its bundle's."})
        self.arn: str = function.attr_arn
