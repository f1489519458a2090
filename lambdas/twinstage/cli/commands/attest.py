"""`twinstage attest RUN`: an approved run attested, signed by this user's key or by one of AWS KMS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twinstage.cli.commands.approve import run_argument, run_at
from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.cli.snapshots import own_key
from twinstage.rehearse.attestation import ATTESTATION, attest
from twinstage.world.aws.clients import client
from twinstage.world.aws.kms_signer import KmsKey

if TYPE_CHECKING:
    from twinstage.cli.stores import Place
    from twinstage.world.signers import Signer


@click.command("attest")
@run_argument
@click.option(
    "--kms-key", metavar="KEY", help="Id, ARN or alias of a key of KMS, ECC_NIST_P256.  [default: this user's own key]"
)
@json_option
def attest_command(run: Place, kms_key: str | None, as_json: bool) -> None:
    """Attest that the code of RUN (its folder, or s3://BUCKET/runs/RUN) passed its scenario on its snapshot: attestation.json, an in-toto statement in a DSSE envelope.

    `rehearse --local` does this itself. Exits 4 where the run is not approved, by its verdict or by the people who were to.
    """
    run_at(run)
    signer: Signer = own_key() if kms_key is None else KmsKey(client("kms"), kms_key)
    made, console = attest(run.store, signer), Console(as_json)
    console.say(f"{run.root}/{ATTESTATION}, signed by {signer.key_id}")
    console.data({"schema": "twinstage:attest:1", "run": run.root, "key": signer.key_id, "envelope": made})
