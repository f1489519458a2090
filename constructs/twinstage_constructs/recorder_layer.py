"""The layer that runs an unmodified handler and records every AWS call it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from twinstage.model.archive import zip_files
from twinstage_constructs.code_asset import code_asset
from twinstage_constructs.identity import SECTION, told_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from twinstage_constructs.names import RunNames

RECORDER_HANDLER = "twinstage_recorder.handler"
ORIGINAL_HANDLER_VARIABLE = "TWINSTAGE_HANDLER"


RECORDED_MODULES = frozenset({"twinstage_recorder", "boto3", "botocore"})
"""The recorder, and what it records in. Python finds a package's own modules before a layer's."""


def shadowing_modules(names: Iterable[str]) -> list[str]:
    """Those of RECORDED_MODULES that a package with files of these names would bring itself: it would run unrecorded."""
    return sorted(RECORDED_MODULES & {name.partition("/")[0].partition(".")[0] for name in names})


class RecorderLayer(Construct):
    """`python/twinstage_recorder/` from the package's directory.

    `arn` is a token: it changes with the layer's content.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, names: RunNames, package: Path, runtimes: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        code = code_asset(self, zip_files(_layer_files(package)))
        layer = lambda_.CfnLayerVersion(
            self,
            "Layer",
            layer_name=f"{names.prefix}recorder",
            description="Records the AWS calls of the handler it runs",
            content=lambda_.CfnLayerVersion.ContentProperty(s3_bucket=code.bucket, s3_key=code.key),
            compatible_runtimes=list(runtimes),
        )
        layer.add_metadata(SECTION, told_package(code.key))
        self.arn: str = layer.ref


def _layer_files(package: Path) -> dict[str, bytes]:
    return {
        f"python/{package.name}/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
