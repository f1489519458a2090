"""One small snapshot, synthesized once a session; every template test reads the result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from twinstage.model.archive import zip_files
from twinstage.model.canonical import sha256_hex
from twinstage.model.manifest import FunctionManifest, Manifest, Part, TableManifest, ZoneManifest, new_manifest

PRODUCTION, TWIN, REGION = "111111111111", "222222222222", "us-east-1"


@dataclass(frozen=True)
class Template:
    """A synthesized template, looked at by type."""

    name: str
    document: dict[str, Any]

    def of_type(self, resource_type: str) -> list[dict[str, Any]]:
        return [r for r in self.document["Resources"].values() if r["Type"] == resource_type]

    def properties(self, resource_type: str) -> list[dict[str, Any]]:
        return [r["Properties"] for r in self.of_type(resource_type)]

    @property
    def types(self) -> set[str]:
        return {r["Type"] for r in self.document["Resources"].values()}

    def statements(self) -> list[tuple[str, dict[str, Any]]]:
        """(role's name, statement) of every statement of every role's inline policies."""
        return [
            (role["RoleName"], statement)
            for role in self.properties("AWS::IAM::Role")
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]


def write_snapshot(directory: Path, manifest: Manifest) -> dict[str, str]:
    """Write a manifest and the code of its functions; the context that names them."""
    objects = directory / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    for function in manifest.functions:
        (objects / function.code.sha256).write_bytes(CODE)
    file = directory / "snapshot.json"
    file.write_text(json.dumps(manifest.document()))
    return {"twinstage:snapshot": str(file), "twinstage:objects": str(objects)}


CODE = zip_files({"index.py": b"def handler(event, context):\n    return event\n"})
CODE_PART = Part(sha256_hex(CODE), len(CODE))
ZONE_PART = Part("0" * 64, 10)


def zone(number: int) -> ZoneManifest:
    return ZoneManifest(f"Z{number:012d}PRODUCTION", f"example{number}.internal.", False, 3, ZONE_PART)


def function(name: str, environment: dict[str, str]) -> FunctionManifest:
    return FunctionManifest(name, "python3.12", "index.handler", 256, 30, CODE_PART, environment)


PLANS = TableManifest(
    "dns-plans",
    {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "endpoint", "version")
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "BillingMode": "PROVISIONED",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-endpoint",
                "KeySchema": [
                    {"AttributeName": "endpoint", "KeyType": "HASH"},
                    {"AttributeName": "version", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["records"]},
            }
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLive": {"AttributeName": "expires"},
    },
    0,
    (),
)


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
                },
            ),
            function("planner", {"PLAN_TABLE": f"arn:aws:dynamodb:us-east-1:{PRODUCTION}:table/dns-plans"}),
        ],
    )


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> dict[str, str]:
    """A context that suffices for all three stacks."""
    directory = tmp_path_factory.mktemp("snapshot")
    for name in ("bundle/twinstage", "twinstage_recorder", "candidate"):
        (directory / name).mkdir(parents=True)
        (directory / name / "__init__.py").write_text("")
    (directory / "candidate" / "index.py").write_text("def handler(event, context):\n    return None\n")
    candidate = {"enactor": {"code": str(directory / "candidate"), "environment": {"FIX": "dns-plans", "MODE": "cas"}}}
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
        "twinstage:bundle": str(directory / "bundle"),
        "twinstage:recorder": str(directory / "twinstage_recorder"),
    }


def synthesize(context: dict[str, str], outdir: Path) -> dict[str, Template]:
    """Stack name -> template, and the whole cloud assembly in `outdir`. The app's own door, in this process."""
    import app

    cdk_app = app.new_app(str(outdir), context)
    app.build(cdk_app)
    assembly = cdk_app.synth()
    return {
        stack.stack_name: Template(stack.stack_name, json.loads((outdir / stack.template_file).read_bytes()))
        for stack in assembly.stacks
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
