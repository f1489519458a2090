"""One small snapshot, synthesized once a session; every template test reads the result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.stacks.sample_twin import (
    HEALTH_CHECK,
    PLANS,
    PRODUCTION,
    REGION,
    TWIN,
    function,
    synthesize,
    write_snapshot,
    zone,
)
from twinstage.model.manifest import new_manifest

if TYPE_CHECKING:
    from tests.stacks.sample_twin import Template
    from twinstage.model.manifest import Manifest


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    return new_manifest(
        {"at": "2026-01-01T00:00:00Z", "account": PRODUCTION, "region": REGION},
        "tests",
        [zone(1), zone(2)],
        [PLANS],
        [
            function(
                "enactor",
                {
                    "PLAN_TABLE": "dns-plans",
                    "ZONE_ID": zone(1).id,
                    "ZONE_NAME": "example1.internal",
                    "PEER": "planner",
                    "API_KEY": "s3cret",
                    "LOG_LEVEL": "INFO",
                    "HEALTH_CHECK": HEALTH_CHECK.id,
                },
            ),
            function(
                "planner",
                {"PLAN_TABLE": f"arn:aws:dynamodb:us-east-1:{PRODUCTION}:table/dns-plans"},
                Architectures=["arm64"],
                EphemeralStorage={"Size": 1024},
                VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            ),
        ],
        health_checks=[HEALTH_CHECK],
    )


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> dict[str, str]:
    """A context that suffices for all three stacks."""
    directory = tmp_path_factory.mktemp("snapshot")
    for name in ("bundle/twinstage", "twinstage_recorder", "candidate"):
        (directory / name).mkdir(parents=True)
        (directory / name / "__init__.py").write_text("")
    (directory / "candidate" / "index.py").write_text("def handler(event, context):\n    return None\n")
    environment = {"FIX": "dns-plans", "MODE": "cas"}
    candidate = {
        "enactor": {"code": str(directory / "candidate"), "environment": environment, "memory_mb": 768, "timeout_s": 45}
    }
    return {
        **write_snapshot(directory, manifest),
        "twinstage:run": "demo",
        "twinstage:twin_account": TWIN,
        "twinstage:production_account": PRODUCTION,
        "twinstage:external_id": "tests-external-id",
        "twinstage:region": REGION,
        "twinstage:arms": "baseline,candidate",
        "twinstage:candidate": json.dumps(candidate),
        "twinstage:keep_environment": "LOG_LEVEL",
        "twinstage:approval_notices": "topic,bus",
        "twinstage:shaped_tables": "dns-plans",
        "twinstage:bundle": str(directory / "bundle"),
        "twinstage:recorder": str(directory / "twinstage_recorder"),
    }


@pytest.fixture(scope="session")
def templates(context: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    return synthesize(context, tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def twin(templates: dict[str, Template]) -> Template:
    return templates["twinstage-twin-demo"]


@pytest.fixture(scope="session")
def capture(templates: dict[str, Template]) -> Template:
    return templates["twinstage-capture"]


@pytest.fixture(scope="session")
def platform(templates: dict[str, Template]) -> Template:
    return templates["twinstage-platform"]
