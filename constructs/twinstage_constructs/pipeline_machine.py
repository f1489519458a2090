"""The state machine of a data product, as its twin runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from twinstage_constructs.policies import allow, table_arns
from twinstage_constructs.run_machine import RunMachine, map_statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from twinstage.model.pipeline_twin import TwinDefinition
    from twinstage_constructs.names import RunNames
    from twinstage_constructs.policies import Statement


class PipelineMachine(RunMachine):
    """The machine `twin-<run>`, running `definition`. `functions` maps production's function names to the ARNs of the twin's.

    Its role calls these functions and works with items of the tables that the definition names, each by the actions its tasks take, and
    no more.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: RunNames,
        account: str,
        region: str,
        definition: TwinDefinition,
        functions: Mapping[str, str],
        boundary: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            names=names,
            definition=json.dumps(definition.document, indent=1, ensure_ascii=False),
            substitutions={placeholder: functions[name] for placeholder, name in definition.functions.items()},
            statements=_statements(names, account, region, definition, functions),
            boundary=boundary,
        )


def _statements(
    names: RunNames, account: str, region: str, definition: TwinDefinition, functions: Mapping[str, str]
) -> list[Statement]:
    """What the definition calls, and a distributed map's children.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html#connect-lambda-iam
    """
    called = [functions[name] for name in sorted(set(definition.functions.values()))]
    return [
        *([allow(["lambda:InvokeFunction"], called)] if called else []),
        *(
            allow([f"dynamodb:{action}" for action in sorted(actions)], table_arns(region, account, [table]))
            for table, actions in definition.items.items()
        ),
        *(map_statements(names, account, region) if definition.distributed else []),
    ]
