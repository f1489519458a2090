"""What a job writes for GitHub: workflow commands that nothing in a run can break out of, and a comment that fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.sample_run import SampleRun, finding
from twinstage.report import load_run
from twinstage.report.github import LARGEST_COMMENT, MOST_OF_A_KIND, Line, command, comment, workflow_commands
from twinstage.report.sarif import report_sarif
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twinstage.model.finding import Finding
    from twinstage.world.store import Store

COMMAND = re.compile(r"::(?P<kind>error|warning|notice) (?P<properties>[^:\r\n]*)::(?P<data>[^\r\n]*)")
MARKER = "<!-- twinstage dns -->"


def nowhere(_finding: Finding) -> Line:
    return Line()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return PrefixStore(DirectoryStore(tmp_path), "runs/sample-1")


def lines(store: Store, place: Callable[[Finding], Line] = nowhere) -> list[re.Match[str]]:
    text = workflow_commands(load_run(store), place).decode()
    found = [COMMAND.fullmatch(line) for line in text.splitlines()]
    assert None not in found, text
    return [match for match in found if match]


def test_an_approved_run_is_one_notice(store: Store) -> None:
    SampleRun(store).complete(rejected=False)

    first, *others = lines(store)

    assert (first["kind"], first["properties"].startswith("title=APPROVED%3A ")) == ("notice", True)
    assert {match["kind"] for match in others} <= {"notice"}


def test_what_broke_is_an_error_where_the_scenario_says_it(store: Store) -> None:
    SampleRun(store).complete(rejected=True)

    first, *others = lines(store, lambda found: Line("dns/scenario.yaml", 12) if found.check == "I3" else Line())

    assert first["kind"] == "error"
    assert first["properties"].startswith("title=REJECTED%3A ")
    [broken] = [match for match in others if "title=I3 (candidate)" in match["properties"] and match["kind"] == "error"]
    assert broken["properties"].endswith(",file=dns/scenario.yaml,line=12")


def test_no_more_is_said_of_a_kind_than_github_shows_and_the_rest_is_counted(store: Store) -> None:
    SampleRun(store).complete(rejected=True)
    many = [finding(f"check-{n}", "safety", "broken", arm="candidate", passed=False) for n in range(25)]
    put_json(store, "findings.json", {"findings": many})

    found = lines(store)

    errors = [match for match in found if match["kind"] == "error"]
    assert len(errors) == MOST_OF_A_KIND
    assert errors[-1]["data"] == "17 more findings in the report"


@given(kind=st.sampled_from(["error", "warning", "notice"]), message=st.text(), title=st.text(), file=st.text())
def test_no_text_ends_its_command_or_begins_another(kind: str, message: str, title: str, file: str) -> None:
    said = command(kind, message, title=title, place=Line(file, 3))

    match = COMMAND.fullmatch(said)
    assert match is not None
    assert match["kind"] == kind
    named = [entry.partition("=")[0] for entry in match["properties"].split(",")]
    assert named == (["title", "file", "line"] if file else ["title", "line"])


def test_a_comment_begins_with_its_marker_and_leads_to_the_whole(store: Store) -> None:
    SampleRun(store).complete(rejected=True)

    said = comment(load_run(store), MARKER, "https://github.example/acme/dns/actions/runs/1").decode()

    assert said.startswith(f"{MARKER}\n## ✗ REJECTED")
    assert said.endswith("[The whole report, and the evidence](https://github.example/acme/dns/actions/runs/1)\n")


def test_a_comment_that_is_too_long_is_cut_between_blocks_and_says_so(store: Store) -> None:
    SampleRun(store).complete(rejected=True)
    marker = "<!-- " + "x" * (LARGEST_COMMENT - 1500) + " -->"

    said = comment(load_run(store), marker, "").decode()

    assert len(said) <= LARGEST_COMMENT
    assert said.endswith("(cut here: the report has the rest)\n")


def test_sarif_says_the_same_place(store: Store) -> None:
    SampleRun(store).complete(rejected=True)

    told: Any = report_sarif(load_run(store), lambda _finding: Line("dns/scenario.yaml", 12)).decode()

    assert '"uri": "dns/scenario.yaml"' in told
    assert '"startLine": 12' in told
    assert "findings.json" not in told
