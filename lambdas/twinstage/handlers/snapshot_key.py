"""The key with which the capture function signs: one of AWS KMS, if the stack names one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.aws.clients import client
from twinstage.world.aws.kms_signer import KmsKey

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_VARIABLE = "SNAPSHOT_KEY"


def capture_signer(variables: Mapping[str, str]) -> KmsKey | None:
    """The key that the environment names, or None: then its snapshots are not signed."""
    key = variables.get(KEY_VARIABLE)
    return KmsKey(client("kms"), key) if key else None
