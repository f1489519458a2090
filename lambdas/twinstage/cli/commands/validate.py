"""`twinstage validate --results RUN`: the results of a run, judged again."""

from __future__ import annotations

from pathlib import Path

import click

from twinstage.cli.commands.rehearse import EXIT_CODES
from twinstage.cli.console import Console
from twinstage.cli.options import json_option, results_in, store_option
from twinstage.handlers.results import Results
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.finding import weigh
from twinstage.model.scenario import CRITERIA
from twinstage.validate.checks.isolation import isolation_findings, merged
from twinstage.validate.verdict import judge
from twinstage.world.store import DirectoryStore


@click.command()
@click.option(
    "--results", type=click.Path(path_type=Path, file_okay=False, exists=True), required=True, help="A run directory."
)
@click.option(
    "--criteria",
    default=",".join(CRITERIA),
    show_default=True,
    help="Which criteria to judge by; the evidence is always judged.",
)
@store_option
@json_option
def validate(results: Path, criteria: str, store: Path, as_json: bool) -> int:
    """Judge the results of a run again, by some criteria or by all. Exits 0 APPROVED, 1 REJECTED, 3 INCONCLUSIVE."""
    asked = [name.strip() for name in criteria.split(",") if name.strip()]
    if unknown := sorted(set(asked) - set(CRITERIA)):
        raise InputError(
            [
                InputProblem(
                    "--criteria", 0, "", f"no such criterion: {', '.join(unknown)}", f"there are {', '.join(CRITERIA)}"
                )
            ]
        )
    with results_in(results) as place:
        evidence = Results(place, DirectoryStore(store)).evidence()
        isolation = isolation_findings(place)
    findings = merged(judge(evidence, asked), isolation)
    console, verdict = Console(as_json), weigh(findings)
    words = {True: "passed", False: "failed", None: "undecided"}
    for finding in findings:
        console.say(
            f"{words[finding.passed]:9}  {finding.criterion:11}  {finding.check:18}  {finding.arm or '-':9}  {finding.message}"
        )
    console.say(str(verdict))
    console.data(
        {
            "schema": "twinstage:validate:1",
            "verdict": str(verdict),
            "findings": [finding.document() for finding in findings],
        }
    )
    return EXIT_CODES[verdict]
