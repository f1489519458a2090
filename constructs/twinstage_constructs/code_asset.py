"""Deterministic zips as deployment assets.

The CDK's own directory assets copy, fingerprint and zip at deploy time; a zip of ours is named by its digest, so that
it is written once, and `cdk deploy` uploads it only if the account does not have it yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import aws_cdk as cdk

from twinstage.model.canonical import sha256_hex

if TYPE_CHECKING:
    from constructs import Construct


class CodeLocation(NamedTuple):
    """Where a deployed zip is; both may be CDK tokens."""

    bucket: str
    key: str


def code_asset(scope: Construct, archive: bytes) -> CodeLocation:
    """Put a zip into the cloud assembly and among the assets of `scope`'s stack.

    The same bytes always get the same location.
    """
    digest = sha256_hex(archive)
    file = Path(cdk.Stage.of(scope).asset_outdir) / f"asset.{digest}.zip"  # type: ignore[union-attr]  # a stack is always in a stage
    if not file.exists():
        file.write_bytes(archive)
    location = cdk.Stack.of(scope).synthesizer.add_file_asset(
        source_hash=digest, file_name=file.name, packaging=cdk.FileAssetPackaging.FILE
    )
    return CodeLocation(location.bucket_name, location.object_key)
