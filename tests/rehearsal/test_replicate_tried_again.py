"""Replicate tells what another invocation may mend from what none will: the machine tries again by the name of the error."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from small_scenario import ZONE_ID

from twinstage.local import route53
from twinstage.world.memory.route53.refused import Route53Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Stage

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


@contextmanager
def route53_that_answers(code: str) -> Iterator[None]:
    """The engine's Route 53 refuses everything with this code, under a status that botocore does not repeat by itself."""

    def refuse(*_: Any, **__: Any) -> None:
        raise Route53Refused(code, "not now")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(route53, "execute", refuse)
        yield


def replicated(stage: Stage) -> dict[str, Any]:
    """What the Replicate function gives back for the zone."""
    functions = stage.rehearsal.engine.client(stage.rehearsal.engine.accounts.twin, "lambda")
    part = {"kind": "zone", "zone": ZONE_ID}
    payload = json.dumps({"run": stage.twin.spec.run, "arm": "baseline", "part": part})
    answer = functions.invoke(FunctionName=f"twin-{stage.twin.spec.run}-Replicate", Payload=payload)
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


def test_what_aws_would_not_do_now_is_tried_again_and_what_it_will_not_do_is_not(stage: Stage, tmp_path: Path) -> None:
    stage.rehearsal.execute(stage.twin, tmp_path, name="replicated-before")

    with route53_that_answers("ServiceUnavailable"):
        now = replicated(stage)
    with route53_that_answers("AccessDenied"):
        never = replicated(stage)

    assert (now["errorType"], "ServiceUnavailable" in now["errorMessage"]) == ("TryAgain", True)
    assert (never["errorType"], "AccessDenied" in never["errorMessage"]) == ("AwsError", True)
    assert replicated(stage) == {"done": True}
