"""The composite action, its scripts executed in bash: what a job says, where it says it, and that no twin outlives it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.ci.conftest import RUN_ID
from tests.ci.pull_requests import BOT
from tests.rehearsal.small_scenario import HANDLER, write_small_scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ci.conftest import RemoteAccount
    from tests.ci.github_job import Job
    from tests.ci.pull_requests import PullRequest

MARKER = "<!-- twinstage dns -->"
SARIF, ARTIFACT = "github/codeql-action/upload-sarif", "actions/upload-artifact"
INPUTS = {"scenario": "dns", "comment": "true", "sarif": "true"}
# A candidate that takes the record away which customers ask for.
DELETES = HANDLER.replace('event["host"] + ".example.net."', '"www.example.net."').replace(
    '[{"Value": item["address"]["S"]}]', '[{"Value": "192.0.2.10"}]'
).replace('"TTL": 60', '"TTL": 300') % "DELETE"  # fmt: skip
# What stands in the place of the command: it says what it was asked, and fails where it is told to.
PROGRAM = """#!/usr/bin/env bash
echo "$*" >> "$RUNNER_TEMP/asked"
case "$*" in *"$FAILS"*) echo "refused"; exit "${CODE:-4}" ;; esac
case "$*" in
  "scenario publish"*) echo "dns@sha256:0" ;;
  "aws start"*) echo "arn:of:the:execution" ;;
  "aws wait"*) echo "APPROVED" ;;
  "aws fetch"*) mkdir -p "$EVIDENCE"; echo "# the report" > "$EVIDENCE/report.md" ;;
  "report"*) echo "a report" ;;
esac
"""
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="`gh --jq` is answered by jq, which is not installed")


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A folder in which the action finds a command that only says what it is asked."""
    program = tmp_path / "action/.venv/bin/twinstage"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM)
    program.chmod(0o755)
    return tmp_path / "action"


@needs_jq
@pytest.mark.parametrize("fails", ["aws deploy", "aws start", "aws wait", "aws fetch", "report"])
def test_whatever_fails_the_twin_is_destroyed_the_job_fails_and_says_so(
    job: Callable[..., Job], action: dict[str, Any], pull: PullRequest, stand_in: Path, fails: str
) -> None:
    mine = job(INPUTS, {"FAILS": fails}, stand_in)

    mine.run(action["runs"]["steps"])

    asked = (mine.temp / "asked").read_text().splitlines()
    assert f"aws destroy --run gh-{RUN_ID}-1" in asked
    assert mine.failed
    assert mine.steps["destroy"].outcome == "success"
    if fails != "report":
        assert len(pull.of_the_job) == 1


@needs_jq
@pytest.mark.parametrize(("fails", "code"), [("scenario publish", "4"), ("scenario publish", "2"), ("aws deploy", "2")])
def test_a_job_that_deployed_nothing_destroys_nothing_what_stands_under_its_id_is_another_jobs(
    job: Callable[..., Job], action: dict[str, Any], pull: PullRequest, stand_in: Path, fails: str, code: str
) -> None:
    mine = job(INPUTS, {"FAILS": fails, "CODE": code}, stand_in)

    mine.run(action["runs"]["steps"])

    asked = (mine.temp / "asked").read_text().splitlines()
    assert not [each for each in asked if each.startswith("aws destroy")]
    assert mine.failed
    assert mine.steps["destroy"].outcome == "skipped"
    assert len(pull.of_the_job) == 1


@needs_jq
def test_a_twin_whose_input_is_refused_once_it_stands_is_destroyed(
    job: Callable[..., Job], action: dict[str, Any], pull: PullRequest, stand_in: Path
) -> None:
    mine = job(INPUTS, {"FAILS": "aws wait", "CODE": "2"}, stand_in)

    mine.run(action["runs"]["steps"])

    assert mine.steps["destroy"].outcome == "success"
    assert mine.failed


@needs_jq
def test_a_job_takes_every_step_in_order_and_leaves_evidence_findings_and_comment(
    job: Callable[..., Job], action: dict[str, Any], pull: PullRequest, stand_in: Path
) -> None:
    mine = job({**INPUTS, "snapshot": "3f2a", "snapshots": "s3://kept"}, {"FAILS": "nothing"}, stand_in)

    mine.run(action["runs"]["steps"])

    run, evidence = f"gh-{RUN_ID}-1", mine.temp / f"twinstage/gh-{RUN_ID}-1"
    assert (mine.temp / "asked").read_text().splitlines()[:6] == [
        "scenario publish dns --store s3://kept --snapshot 3f2a",
        f"aws deploy dns@sha256:0 --run {run}",
        f"aws start --run {run}",
        f"aws wait --run {run} --execution arn:of:the:execution",
        f"aws fetch --run {run} --run-dir {evidence} --store {mine.temp}/twinstage/states",
        f"aws destroy --run {run}",
    ]
    assert mine.steps["wait"].outputs == {"verdict": "APPROVED"}
    assert mine.summary.read_text() == "# the report\n"
    assert mine.steps[ARTIFACT].given["path"] == str(evidence)
    assert mine.steps[SARIF].given["sarif_file"] == f"{mine.temp}/twinstage/findings.sarif"
    assert not mine.failed


@needs_jq
def test_the_jobs_one_comment_is_found_by_its_marker_and_nobody_elses_is_touched(
    job: Callable[..., Job], action: dict[str, Any], pull: PullRequest, stand_in: Path
) -> None:
    pull.say("mallory", f"{MARKER}\nAPPROVED, believe me")
    pull.say(BOT, "<!-- twinstage another -->\nof another scenario")
    pull.say(BOT, f"{MARKER}\nof the run before")
    mine = job(INPUTS, {"FAILS": "nothing"}, stand_in)

    mine.run(action["runs"]["steps"])

    assert [comment["body"] for comment in pull.comments] == [
        f"{MARKER}\nAPPROVED, believe me",
        "<!-- twinstage another -->\nof another scenario",
        "a report\n",
    ]
    assert pull.asked[-1] == ("PATCH", "/repos/acme/dns/issues/comments/102")


def test_a_run_id_that_is_none_is_refused_before_anything_is_asked(
    job: Callable[..., Job], action: dict[str, Any], stand_in: Path
) -> None:
    mine = job({**INPUTS, "run": "x; rm -rf /"}, {"FAILS": "nothing"}, stand_in)

    mine.run(action["runs"]["steps"])

    assert mine.steps["run"].outcome == "failure"
    assert not (mine.temp / "asked").exists()
    assert {name for name, step in mine.steps.items() if step.outcome == "success"} == {
        "actions/setup-python",
        "set Twinstage up",
    }


@needs_jq
@pytest.mark.long  # whole rehearsals; what the steps do when one of them fails is asked above, without one
@pytest.mark.cdk
def test_a_good_change_is_approved_in_an_account_by_a_role_that_may_do_no_more_than_that(
    job: Callable[..., Job], action: dict[str, Any], account: RemoteAccount, pull: PullRequest, tmp_path: Path
) -> None:
    write_small_scenario(tmp_path / "dns", "ci-good")
    mine = job(INPUTS, account.variables)

    mine.run(action["runs"]["steps"])

    assert not mine.failed, [(name, step.log) for name, step in mine.steps.items() if step.outcome == "failure"]
    assert mine.steps["wait"].outputs == {"verdict": "APPROVED"}
    assert mine.steps["annotate"].log.startswith("::notice title=APPROVED%3A Hosts are published with UPSERT::")
    assert "APPROVED" in mine.summary.read_text()
    assert pull.of_the_job[0].startswith(f"{MARKER}\n## ✓ APPROVED")
    assert f"https://github.example/acme/dns/actions/runs/{RUN_ID}" in pull.of_the_job[0]
    assert account.stacks() == []


@needs_jq
@pytest.mark.long  # the same
@pytest.mark.cdk
def test_a_bad_change_fails_the_job_and_is_shown_where_the_scenario_says_what_it_broke(
    job: Callable[..., Job], action: dict[str, Any], account: RemoteAccount, pull: PullRequest, tmp_path: Path
) -> None:
    scenario = write_small_scenario(tmp_path / "dns", "ci-bad")
    (tmp_path / "dns/candidate/publish.py").write_text(DELETES)
    mine = job(INPUTS, account.variables)

    mine.run(action["runs"]["steps"])

    line = 1 + next(n for n, text in enumerate(scenario.read_text().splitlines()) if "id: www-answers" in text)
    findings = json.loads((mine.temp / "twinstage/findings.sarif").read_text())["runs"][0]["results"]
    assert (mine.steps["wait"].outcome, mine.steps["wait"].outputs) == ("failure", {"verdict": "REJECTED"})
    assert f"::error title=www-answers (candidate),file=dns/scenario.yaml,line={line}::" in mine.steps["annotate"].log
    assert any(found["locations"][0]["physicalLocation"].get("region") == {"startLine": line} for found in findings)
    assert pull.of_the_job[0].startswith(f"{MARKER}\n## ✗ REJECTED")
    assert mine.failed
    assert account.stacks() == []


@needs_jq
@pytest.mark.long  # the same
@pytest.mark.cdk
def test_a_twin_that_cannot_be_deployed_leaves_nothing_and_says_so(
    job: Callable[..., Job], action: dict[str, Any], account: RemoteAccount, pull: PullRequest, tmp_path: Path
) -> None:
    write_small_scenario(tmp_path / "dns", "ci-shadow")
    # Its calls would not be recorded, so that the twin is not synthesized.
    (tmp_path / "dns/candidate/boto3.py").write_text("def client(*_): ...\n")
    mine = job(INPUTS, account.variables)

    mine.run(action["runs"]["steps"])

    assert (mine.steps["deploy"].outcome, mine.steps["start"].outcome) == ("failure", "skipped")
    assert mine.steps["destroy"].outcome == "success"
    assert "Nothing was rehearsed" in pull.of_the_job[0]
    assert account.stacks() == []
