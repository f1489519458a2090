"""On-demand capture of the embedded production: its own capture function is invoked, and the snapshot fetched through the read-only role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from twinstage.local.deployment import EXTERNAL_ID
from twinstage.model.errors import TwinstageError
from twinstage.state.snapshot import get_manifest
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.aws.s3_store import S3Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.engine import Engine
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store

CAPTURE_FUNCTION, CAPTURE_ROLE = "twinstage-capture", "twin-capture"


def capture_production(engine: Engine, selection: Mapping[str, tuple[str, ...]], store: Store) -> Manifest:
    """Capture the selection in production's account and bring the snapshot into `store`.

    Raises TwinstageError with the capture function's own error where it failed.
    """
    production = engine.accounts.production
    payload = json.dumps({kind: list(names) for kind, names in selection.items()}).encode()
    answer = engine.client(production, "lambda").invoke(FunctionName=CAPTURE_FUNCTION, Payload=payload)
    document = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise TwinstageError(
            "CAPTURE_FAILED",
            f"the capture function failed: {document.get('errorType')}: {document.get('errorMessage')}",
        )
    source = S3Store(_as_twin(engine), f"twinstage-snapshots-{production}-{engine.region}")
    manifest = get_manifest(source, document["snapshot"])
    copy_snapshot(source, store, manifest)
    return manifest


def _as_twin(engine: Engine) -> Any:
    """S3 as the twin account sees production's: through `twin-capture`, for an hour at most."""
    role = f"arn:aws:iam::{engine.accounts.production}:role/{CAPTURE_ROLE}"
    sts = engine.client(engine.accounts.twin, "sts")
    tags = [{"Key": "twinstage:run", "Value": "capture"}]
    given = sts.assume_role(RoleArn=role, RoleSessionName="twinstage", ExternalId=EXTERNAL_ID, Tags=tags)["Credentials"]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=engine.region
    )
    return session.client("s3", endpoint_url=engine.endpoint, config=Config(s3={"addressing_style": "path"}))
