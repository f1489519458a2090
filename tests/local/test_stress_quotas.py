"""While a rehearsal's load is under way, and only then, quotas bind what is under load and who generates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.local.conftest import Workshop, zip_of
from twinstage.local.deployment import TwinSpec
from twinstage.local.stress_quotas import StressQuotas

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.engine import Engine

ONE_REQUEST = {"route53.requests": {"rate_per_s": 1e-6, "burst": 1}}
LISTING = """
import boto3
from botocore.config import Config
client = boto3.client("route53", config=Config(retries={"total_max_attempts": 1}))
def handler(event, context):
    try:
        for _ in range(2):
            client.list_hosted_zones()
    except client.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""


@dataclass
class Run:
    """The functions of a twin, and the quotas of one execution of its machine."""

    workshop: Workshop
    name: str
    said: list[str]
    quotas: StressQuotas

    def told(self, function: str) -> Any:
        return self.workshop.invoke(f"twin-{self.name}-{function}")["Payload"]


def run_of(workshop: Workshop, engine: Engine, tmp_path: Path, stress: dict[str, Any] | None) -> Run:
    name = f"r{uuid4().hex[:8]}"
    said: list[str] = []
    for function in ("baseline-enactor", "candidate-enactor", "Stress", "Replicate"):
        workshop.client("lambda").create_function(
            FunctionName=f"twin-{name}-{function}",
            Role=workshop.role(),
            Code={"ZipFile": zip_of({"app.py": LISTING})},
            Runtime="python3.11",
            Handler="app.handler",
            Timeout=30,
        )
    spec = TwinSpec(
        run=name, snapshot=tmp_path, objects=tmp_path, arms=("baseline", "candidate"), candidate={}, keep_environment=()
    )
    document = {} if stress is None else {"stress": stress}
    return Run(workshop, name, said, StressQuotas(engine, spec, document, said.append))


def test_the_clones_and_the_generators_are_bound_from_the_load_to_the_next_state(
    workshop: Workshop, engine: Engine, tmp_path: Path
) -> None:
    run = run_of(workshop, engine, tmp_path, {"world": "twin", "quotas": ONE_REQUEST})

    run.quotas.entered("Stress")
    assert run.told("candidate-enactor") == "done"
    run.quotas.entered("Load")
    assert run.told("candidate-enactor") == "Throttling"
    assert run.told("Stress") == "Throttling"
    assert run.told("Replicate") == "done"
    run.quotas.entered("Loaded")
    assert run.told("candidate-enactor") == "done"
    (said,) = run.said
    assert said.startswith("quota route53.requests of ")
    assert "refused 2 requests, and admitted 1" in said


def test_each_load_begins_with_full_buckets(workshop: Workshop, engine: Engine, tmp_path: Path) -> None:
    quotas = {"route53.requests": {"rate_per_s": 1e-6, "burst": 2}}
    run = run_of(workshop, engine, tmp_path, {"world": "twin", "quotas": quotas})
    told = []
    for arm in ("baseline", "candidate"):
        run.quotas.entered("Load")
        told += [run.told(f"{arm}-enactor"), run.told(f"{arm}-enactor")]
    run.quotas.lift()

    assert told == ["done", "Throttling"] * 2


@pytest.mark.parametrize("stress", [None, {"quotas": ONE_REQUEST}, {"world": "memory", "quotas": ONE_REQUEST}])
def test_nothing_is_bound_without_a_load_on_the_twin_itself(
    workshop: Workshop, engine: Engine, tmp_path: Path, stress: dict[str, Any] | None
) -> None:
    run = run_of(workshop, engine, tmp_path, stress)
    run.quotas.entered("Load")

    assert run.told("candidate-enactor") == "done"
