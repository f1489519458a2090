"""The function behind one state of the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage_constructs.lambda_function import FunctionSpec, LambdaFunction
from twinstage_constructs.names import STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

    from twinstage_constructs.code_asset import CodeLocation
    from twinstage_constructs.names import RunNames
    from twinstage_constructs.policies import Statement

MEMORY_MB = 1024
COMPUTING_MEMORY_MB = 3008
"""An exploration and a way back keep every state they came to, a stress every request under way, and all compute all the time: this much brings more than one whole processor, and every account may have it.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
"""
LONG_TIMEOUT_S = 900
SHORT_TIMEOUT_S = 300
_LONG = ("Replicate", "VerifyFidelity", "Apply", "Replay", "Capture", "Explore", "Stress", "Rollback", "Cleanup")
_COMPUTING = ("Explore", "Stress", "Rollback")


@dataclass(frozen=True)
class StageSettings:
    """What all stages of a twin have in common. `environment` reaches every handler."""

    names: RunNames
    account: str
    region: str
    code: CodeLocation
    runtime: str
    architecture: str
    boundary: str
    environment: Mapping[str, str]


class StageFunction(LambdaFunction):
    """`twin-<run>-<State>`, running `twinstage.handlers.<state>.handler` from the bundle, with a role of its own."""

    def __init__(
        self, scope: Construct, state: str, *, settings: StageSettings, statements: Sequence[Statement]
    ) -> None:
        super().__init__(
            scope,
            state,
            spec=FunctionSpec(
                name=settings.names.stage(state),
                description=f"{state} of rehearsal {settings.names.run}",
                code=settings.code,
                handler=f"twinstage.handlers.{STAGES[state]}.handler",
                runtime=settings.runtime,
                architecture=settings.architecture,
                memory_mb=COMPUTING_MEMORY_MB if state in _COMPUTING else MEMORY_MB,
                timeout_s=LONG_TIMEOUT_S if state in _LONG else SHORT_TIMEOUT_S,
                environment=settings.environment,
                statements=statements,
            ),
            account=settings.account,
            region=settings.region,
            boundary=settings.boundary,
        )
