"""The state machine of a rehearsal, from `rehearsal.asl.json`."""

from __future__ import annotations

from pathlib import Path
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
    from collections.abc import Mapping

    from twinstage_constructs.lambda_function import LambdaFunction
    from twinstage_constructs.names import RunNames
    from twinstage_constructs.policies import Statement

DEFINITION = Path(__file__).with_name("rehearsal.asl.json")


class RehearsalMachine(Construct):
    """The machine `twin-<run>`. `stages` maps each state's word to its function; the definition calls it
    `${<State>Function}`.

    Every event, with its data, goes to the machine's log group, and every execution is traced. `arn` is a token.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: RunNames,
        account: str,
        region: str,
        evidence_bucket: str,
        stages: Mapping[str, LambdaFunction],
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
            statements=_statements(names, account, region, evidence_bucket, stages),
            boundary=boundary,
        )
        machine = sfn.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=names.machine,
            state_machine_type="STANDARD",
            role_arn=role.attr_arn,
            definition_string=DEFINITION.read_text(encoding="utf-8"),
            definition_substitutions={f"{state}Function": stage.arn for state, stage in stages.items()},
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


def _statements(
    names: RunNames, account: str, region: str, evidence_bucket: str, stages: Mapping[str, LambdaFunction]
) -> list[Statement]:
    """Call the stages, read the two arrays the distributed maps iterate over, run the maps' children, log and trace.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    states = f"arn:aws:states:{region}:{account}"
    return [
        allow(["lambda:InvokeFunction"], [stage.arn for stage in stages.values()]),
        allow(["s3:GetObject"], [f"arn:aws:s3:::{evidence_bucket}/runs/{names.run}/prepare/*"]),
        allow(["states:StartExecution"], [f"{states}:stateMachine:{names.machine}"]),
        allow(
            ["states:DescribeExecution", "states:StopExecution"],
            [f"{states}:execution:{names.machine}/*"],
        ),
        allow(MACHINE_PLUMBING, ["*"]),
    ]
