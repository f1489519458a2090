"""The state machine of a rehearsal, from `rehearsal.asl.json`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twinstage_constructs.policies import allow
from twinstage_constructs.run_machine import RunMachine, map_statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from twinstage_constructs.lambda_function import LambdaFunction
    from twinstage_constructs.names import RunNames

DEFINITION = Path(__file__).with_name("rehearsal.asl.json")


class RehearsalMachine(RunMachine):
    """The machine `twin-<run>`. `stages` maps each state's word to its function; the definition calls it
    `${<State>Function}`.

    Its role calls the stages, reads the two arrays that the distributed maps iterate over, and runs the maps' children.
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
        super().__init__(
            scope,
            construct_id,
            names=names,
            definition=DEFINITION.read_text(encoding="utf-8"),
            substitutions={f"{state}Function": stage.arn for state, stage in stages.items()},
            statements=[
                allow(["lambda:InvokeFunction"], [stage.arn for stage in stages.values()]),
                allow(["s3:GetObject"], [f"arn:aws:s3:::{evidence_bucket}/runs/{names.run}/prepare/*"]),
                *map_statements(names, account, region),
            ],
            boundary=boundary,
        )
