"""What a rehearsal says of its change's impact, and what the knowledge graph takes from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.rehearsal.by_commands import twinstage
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from twinstage.local.rehearsal import Rehearsed


def test_a_run_says_what_its_change_touches_and_the_graph_takes_it_from_there(executed: Rehearsed) -> None:
    impact = json.loads((executed.run_dir / "impact.json").read_text())
    [changed] = impact["changed"]

    asked = twinstage("impact", f"function:{changed}", "--run", executed.run_dir)

    assert schema_violations("change-impact", impact) == []
    reached = {one["name"].partition(": ")[2] for one in impact["downstream"] if one["kind"] == "record"}
    assert reached
    affected = {one["node"].rpartition("|")[2] for one in asked["affected"] if one["node"].startswith("record:")}
    assert affected
    assert affected <= reached


def test_the_report_tells_of_it(executed: Rehearsed) -> None:
    assert 'id="impact"' in (executed.run_dir / "report.html").read_text()
    assert "### Impact" in (executed.run_dir / "report.md").read_text()
