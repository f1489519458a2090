"""What every run of an account shares: the evidence store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from twinstage.model.native_import import IMPORTS
from twinstage_constructs.evidence_store import EXPIRY_DAYS, IMPORT_EXPIRY_DAYS, EvidenceStore

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings


class PlatformStack(cdk.Stack):
    """`twinstage-platform`, in the twin account.

    Twins find the store by its name, so that no export ties their stacks to this one.
    """

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        super().__init__(
            scope,
            "twinstage-platform",
            env=cdk.Environment(account=settings.twin_account, region=settings.region),
            description="Twinstage: what every run shares",
            analytics_reporting=False,
        )
        expiring = {"runs/": EXPIRY_DAYS, IMPORTS: IMPORT_EXPIRY_DAYS}
        store = EvidenceStore(
            self, "Evidence", name=settings.evidence_bucket, retain=settings.retain_evidence, expiring=expiring
        )
        cdk.CfnOutput(self, "EvidenceBucket", value=store.name)
