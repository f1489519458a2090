"""One small snapshot, what is synthesized from it, and a way to look at the result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.archive import zip_files
from twinstage.model.canonical import sha256_hex
from twinstage.model.manifest import (
    FunctionManifest,
    HealthCheckManifest,
    Manifest,
    Part,
    TableManifest,
    ZoneManifest,
)

if TYPE_CHECKING:
    from pathlib import Path

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


HEALTH_CHECK = HealthCheckManifest(
    "0385ed2d-d65c-4f63-a19b-2412a31ef431", {"Type": "TCP", "IPAddress": "192.0.2.9", "Port": 443}
)


def zone(number: int) -> ZoneManifest:
    comment = "a zone of production" if number == 1 else ""
    return ZoneManifest(f"Z{number:012d}PRODUCTION", f"example{number}.internal.", False, 3, ZONE_PART, comment)


def function(name: str, environment: dict[str, str], **others: Any) -> FunctionManifest:
    configuration = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "MemorySize": 256,
        "Timeout": 30,
        "Environment": environment,
        **others,
    }
    return FunctionManifest(name, configuration, CODE_PART)


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
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLive": {"AttributeName": "expires"},
    },
    0,
    (),
)


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


def resolved(value: object) -> object:
    """A policy as it is deployed: references become ids and ARNs as long as the longest real ones."""
    if isinstance(value, dict):
        if "Fn::Join" in value:
            return "".join(str(resolved(part)) for part in value["Fn::Join"][1])
        if "Fn::GetAtt" in value:
            name, attribute = value["Fn::GetAtt"]
            return f"Z{name:0>20.20}" if attribute == "Id" else f"<{name}.{attribute}>"
        return {key: resolved(part) for key, part in value.items()}
    return [resolved(part) for part in value] if isinstance(value, list) else value
