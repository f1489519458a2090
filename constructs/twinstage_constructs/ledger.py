"""The ledger of a run: which events were applied, so that a retried replay applies none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from twinstage_constructs.acknowledge import acknowledge

if TYPE_CHECKING:
    from twinstage_constructs.names import RunNames


class Ledger(Construct):
    """The table `twin-<run>-ledger`, keyed by the string `pk`. It goes with the stack. `name` is known at synthesis."""

    def __init__(self, scope: Construct, construct_id: str, *, names: RunNames) -> None:
        super().__init__(scope, construct_id)
        self.name = names.ledger
        table = dynamodb.CfnTable(
            self,
            "Table",
            table_name=self.name,
            billing_mode="PAY_PER_REQUEST",
            attribute_definitions=[
                dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name="pk", attribute_type="S")
            ],
            key_schema=[dynamodb.CfnTable.KeySchemaProperty(attribute_name="pk", key_type="HASH")],
        )
        acknowledge(
            table, {"AwsSolutions-DDB3": "The ledger lives as long as its run; a lost one is a run begun again."}
        )
        table.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
