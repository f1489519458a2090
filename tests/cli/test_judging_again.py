"""`twinstage validate` and `twinstage report` over a run directory: nothing but results is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.sample_rehearsal import rehearsed, touching
from tests.state.memory_zones import MemoryZones, change
from tests.state.production_parts import CAPTURED, MemoryFunctions, MemoryTables
from tests.validate.evidence_parts import CLEAN, DOCUMENT, FIDELITY, FLIP, TREE_1, Day, call, outcome
from twinstage.report.pipeline_files import render_pipeline
from twinstage.state.capture import Production, Selection, capture
from twinstage.validate.history import History
from twinstage.world.jsons import get_json, put_json, put_lines
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

    from twinstage.world.memory.route53 import Zone

BAD = (outcome(0), outcome(1, call(change("DELETE", TREE_1))))


def snapshot(zones: dict[str, Zone], store: DirectoryStore) -> dict[str, str]:
    source = Production(MemoryZones(*zones.values()), MemoryTables(), MemoryFunctions())
    found = capture(source, Selection(("ex.test.",)), store, captured=CAPTURED, tool="tests")
    return {"snapshot": found.digest, "snapshot_id": found.id}


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[..., Path]:
    """Writes a run as the state machine leaves it behind, and gives its directory."""

    def write(day: Day, *reached: str) -> Path:
        run, store = DirectoryStore(tmp_path / "run"), DirectoryStore(tmp_path / "store")
        started = {
            **snapshot(day.zones, store),
            "quarantined": 0,
            "events": "sha256:0",
            "code": {},
            "seed": 0,
            "tool": "t",
        }
        put_json(run, "input/run.json", started)
        put_json(run, "input/scenario.json", day.document)
        put_lines(run, "input/events.jsonl", (event.document() for event in day.evidence().events))
        for arm in reached:
            outcomes = getattr(day, arm)
            history = History(dict(day.zones))
            list(history.steps(outcomes))
            put_json(run, f"fidelity/{arm}.json", FIDELITY)
            put_lines(run, f"replay/{arm}/all/00000000.jsonl", outcomes)
            put_json(run, f"capture/{arm}.json", {"arm": arm, **snapshot(dict(history.zones), store)})
        return tmp_path / "run"

    return write


ARMS = ("baseline", "candidate")


@pytest.mark.parametrize(
    ("day", "reached", "verdict", "code"),
    [
        (Day(), ARMS, "APPROVED", 0),
        (Day(candidate=BAD), ARMS, "REJECTED", 1),
        (Day(), ("baseline",), "INCONCLUSIVE", 3),
        (Day(candidate=(FLIP,)), ARMS, "INCONCLUSIVE", 3),
    ],
)
def test_a_run_is_judged_again_with_the_verdict_as_exit_code(
    twinstage: Callable[..., Ran],
    run_of: Callable[..., Path],
    day: Day,
    reached: tuple[str, ...],
    verdict: str,
    code: int,
) -> None:
    run = run_of(day, *reached)
    ran = twinstage("validate", "--results", run, "--store", run.parent / "store", "--json")
    assert (ran.code, ran.document["schema"], ran.document["verdict"]) == (code, "twinstage:validate:1", verdict)
    spoken = twinstage("validate", "--results", run, "--store", run.parent / "store")
    assert (spoken.code, spoken.out.splitlines()[-1]) == (code, verdict)
    assert len(spoken.out.splitlines()) == len(ran.document["findings"]) + 1


def test_only_the_criteria_asked_for_are_judged_and_always_the_evidence(
    twinstage: Callable[..., Ran], run_of: Callable[..., Path]
) -> None:
    run = run_of(Day(candidate=BAD), *ARMS)
    ran = twinstage(
        "validate",
        "--results",
        run,
        "--store",
        run.parent / "store",
        "--criteria",
        "performance",
        "--json",
    )
    assert (ran.code, ran.document["verdict"]) == (0, "APPROVED")
    assert {finding["criterion"] for finding in ran.document["findings"]} == {"evidence", "performance"}


def test_criteria_that_the_scenario_leaves_out_are_judged_by_their_defaults(
    twinstage: Callable[..., Ran], run_of: Callable[..., Path]
) -> None:
    run = run_of(replace(Day(), document=DOCUMENT | {"criteria": {"safety": {}}}), *ARMS)
    assert twinstage("validate", "--results", run, "--store", run.parent / "store").code == 0


def test_a_failure_that_the_machine_wrote_down_makes_it_inconclusive(
    twinstage: Callable[..., Ran], run_of: Callable[..., Path]
) -> None:
    run = run_of(Day(), *ARMS)
    put_json(
        DirectoryStore(run), "failure.json", {"state": "Report", "arm": None, "error": "States.Timeout", "cause": ""}
    )
    ran = twinstage("validate", "--results", run, "--store", run.parent / "store", "--json")
    assert ran.code == 3
    assert "Report failed: States.Timeout" in [finding["message"] for finding in ran.document["findings"]]


def test_a_report_is_rendered_again_from_results_only(
    twinstage: Callable[..., Ran], run_of: Callable[..., Path]
) -> None:
    run = run_of(Day(baseline=(FLIP, CLEAN)), *ARMS)
    before: dict[str, Any] = {
        name: get_json(DirectoryStore(run), name) for name in ("input/run.json", "input/scenario.json")
    }
    ran = twinstage("report", run, "--json")
    assert ran.code == 0
    assert {"report.html", "report.md", "junit.xml"} <= set(ran.document["files"])
    assert all((run / name).is_file() for name in ran.document["files"])
    assert {name: get_json(DirectoryStore(run), name) for name in before} == before
    first = {name: (run / name).read_bytes() for name in ran.document["files"]}
    twinstage("report", run)
    assert {name: (run / name).read_bytes() for name in first} == first


def test_the_reports_of_a_data_products_rehearsal_are_rendered_again_from_its_result_and_graph(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    place = DirectoryStore(tmp_path / "rehearsed")
    put_json(place, "result.json", rehearsed())
    put_json(place, "graph.json", touching().document())
    ran = twinstage("report", tmp_path / "rehearsed", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["files"] == ["junit.xml", "report.html", "report.md", "results.sarif"]
    assert {name: place.get(name) for name in ran.document["files"]} == render_pipeline(rehearsed(), touching())
