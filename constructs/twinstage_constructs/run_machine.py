"""The state machine of a run, whatever it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from twinstage_constructs.lambda_function import LOG_RETENTION_DAYS
from twinstage_constructs.policies import allow
from twinstage_constructs.roles import service_role
from twinstage_constructs.run_boundary import MACHINE_PLUMBING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage_constructs.names import RunNames
    from twinstage_constructs.policies import Statement


class RunMachine(Construct):
    """The machine `twin-<run>`. `definition` is its text, `substitutions` maps the text's placeholders to ARNs; its role may do what `statements` allow, log and trace.

    Every event, with its data, goes to the machine's log group, and every execution is traced. `arn` is a token.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: RunNames,
        definition: str,
        substitutions: Mapping[str, str],
        statements: Sequence[Statement],
        boundary: str,
    ) -> None:
        super().__init__(scope, construct_id)
        log = logs.CfnLogGroup(
            self,
            "Log",
            log_group_name=f"/aws/vendedlogs/states/{names.machine}",
            retention_in_days=LOG_RETENTION_DAYS,
        )
        log.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        role = service_role(
            self,
            "Role",
            name=f"{names.prefix}machine",
            service="states",
            statements=[*statements, allow(MACHINE_PLUMBING, ["*"])],
            boundary=boundary,
        )
        machine = sfn.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=names.machine,
            state_machine_type="STANDARD",
            role_arn=role.attr_arn,
            definition_string=definition,
            definition_substitutions=dict(substitutions) or None,
            logging_configuration=sfn.CfnStateMachine.LoggingConfigurationProperty(
                level="ALL",
                include_execution_data=True,
                destinations=[
                    sfn.CfnStateMachine.LogDestinationProperty(
                        cloud_watch_logs_log_group=sfn.CfnStateMachine.CloudWatchLogsLogGroupProperty(
                            log_group_arn=log.attr_arn
                        )
                    )
                ],
            ),
            tracing_configuration=sfn.CfnStateMachine.TracingConfigurationProperty(enabled=True),
        )
        self.arn: str = machine.attr_arn


def map_statements(names: RunNames, account: str, region: str) -> list[Statement]:
    """What a distributed map's machine needs to run its children.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    states = f"arn:aws:states:{region}:{account}"
    return [
        allow(["states:StartExecution"], [f"{states}:stateMachine:{names.machine}"]),
        allow(["states:DescribeExecution", "states:StopExecution"], [f"{states}:execution:{names.machine}/*"]),
    ]
