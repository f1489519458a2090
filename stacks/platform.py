"""What every run of an account shares: the evidence store, and the sweeper of what runs leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from twinstage.model.archive import zip_directory
from twinstage.model.native_import import IMPORTS
from twinstage_constructs.code_asset import code_asset
from twinstage_constructs.evidence_store import EXPIRY_DAYS, IMPORT_EXPIRY_DAYS, EvidenceStore
from twinstage_constructs.identity import identify
from twinstage_constructs.sweeper import Sweeper

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings


class PlatformStack(cdk.Stack):
    """`twinstage-platform`, in the twin account. Without a bundle it has no sweeper: `twinstage:bundle` names the code.

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
        identify(
            self,
            "platform",
            twin_account=settings.twin_account,
            production_account=settings.production_account,
            region=settings.region,
        )
        expiring = {"runs/": EXPIRY_DAYS, IMPORTS: IMPORT_EXPIRY_DAYS}
        store = EvidenceStore(
            self, "Evidence", name=settings.evidence_bucket, retain=settings.retain_evidence, expiring=expiring
        )
        if settings.bundle is not None:
            Sweeper(
                self,
                "Sweeper",
                code=code_asset(self, zip_directory(settings.path("bundle"))),
                runtime=settings.runtime,
                architecture=settings.architecture,
                account=settings.twin_account,
                region=settings.region,
                bucket=store.name,
                own_zones=settings.production_account not in ("", settings.twin_account),
            )
        cdk.CfnOutput(self, "EvidenceBucket", value=store.name)
