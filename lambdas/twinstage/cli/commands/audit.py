"""`twinstage audit [TEMPLATE or cdk.out]`: does anything in a synthesized stack lead out of the twin?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.isolation.audit.identity import KINDS, Claims
from twinstage.isolation.audit.prove import audit as prove
from twinstage.isolation.audit.reading import read_templates

if TYPE_CHECKING:
    from twinstage.isolation.audit.report import AuditReport, Violation

VIOLATED = 1


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path("cdk.out"))
@click.option(
    "--stack", "kind", type=click.Choice(KINDS), help="Which stack of ours it is.  [default: what it says of itself]"
)
@click.option("--run", metavar="RUN", default="", help="The run whose twin it is.  [default: what it says of itself]")
@click.option(
    "--twin-account", metavar="ACCOUNT", default="", help="The account of twins.  [default: what it says of itself]"
)
@click.option(
    "--production-account",
    metavar="ACCOUNT",
    default="",
    help="Production's account.  [default: what it says of itself]",
)
@click.option("--region", metavar="REGION", default="", help="The region.  [default: what it says of itself]")
@json_option
def audit(
    path: Path, kind: str | None, run: str, twin_account: str, production_account: str, region: str, as_json: bool
) -> int:
    """Prove that nothing in PATH leads out of the twin: a CloudFormation template, or the folder that `cdk synth` writes.

    Closed world: whatever is not known to be safe is a violation, and every IAM violation names an ARN that could be reached. Exits 0 proven, 1 violated, 2
    where PATH is no template or does not say whose it is.
    """
    console = Console(as_json)
    claims = Claims(kind or "", run, twin_account, production_account, region)
    report = prove(read_templates(path), claims, clock=time.process_time)
    for violation in report.violations:
        console.say(_told(violation))
    console.say(_summary(report))
    console.data(report.document())
    return 0 if report.proven else VIOLATED


def _told(violation: Violation) -> str:
    rule, found = violation.rule, violation.finding
    place = f"{violation.file}:{violation.line}" if violation.line else violation.file
    return "\n".join(
        (
            f"{rule.code} {rule.title}",
            f"  {place} at {found.pointer or '/'}",
            f"  {found.message}",
            f"  why:  {rule.why}",
            f"  mend: {rule.mend}",
            "",
        )
    )


def _summary(report: AuditReport) -> str:
    document = report.document()
    verdict = "proven" if report.proven else f"{len(report.violations)} violations"
    looked = f"{document['statements']} IAM statements and {document['resources']} resources of {len(report.audited)} templates"
    lines = [f"{verdict}: {looked}, in {document['proof_ms']:.0f} ms", f"profile: {report.profile}"]
    return "\n".join([*lines, *(f"  not proven: {weakness}" for weakness in report.weaknesses)])
