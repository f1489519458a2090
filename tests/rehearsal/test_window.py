"""A whole window on a deployed twin: zones that the log makes and deletes, items, a failure of the moment, a pace, and the snapshot that production came to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import alias, change, rr
from tests.state.production_parts import CAPTURED, everything, item, production
from twinstage.local.run_input import RehearsalInput
from twinstage.model.event import Event, Expected
from twinstage.model.scenario import scenario_of
from twinstage.replay.intake import Intake
from twinstage.state.capture import capture

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.rehearsal import LocalRehearsal, Rehearsed

pytestmark = [pytest.mark.engine, pytest.mark.cdk]

NEW = rr("new.window.test.", "A", "192.0.2.9")
INSIDE = alias("www.made.test.", "A", "a.made.test.", "ZMADE")
MADE = [rr("a.made.test.", "A", "192.0.2.9"), INSIDE]
KEYS = {"pk": {"S": "plan"}, "sk": {"N": "1"}}
PLAN, NEXT = item("plan", "1"), item("plan", "1", generation={"N": "2"}, raw={"B": "AAE="})


def event(second: int, type_: str, expected: Expected | None = None, **payload: Any) -> Event:
    return Event(f"e{second}", f"2026-01-01T00:00:{second:02d}Z", type_, payload, expected or Expected(), second)  # type: ignore[arg-type]


DAY = (
    event(0, "dns_update", zone="window.test.", changes=[change("CREATE", NEW)]),
    event(1, "zone_create", zone_id="ZMADE", zone="made.test.", private=False),
    event(2, "dns_update", zone_id="ZMADE", changes=[change("CREATE", record) for record in MADE]),
    event(3, "zone_delete", Expected("refused", "HostedZoneNotEmpty"), zone_id="ZMADE"),
    event(4, "item_change", table="plans", keys=KEYS, old_image=PLAN, new_image=NEXT),
    event(5, "dns_update", Expected("error", "Throttling"), zone="window.test.", changes=[change("DELETE", NEW)]),
    event(6, "zone_delete", zone_id="ZGONETEST"),
    event(
        7,
        "dns_update",
        Expected("refused", "NoSuchHostedZone"),
        zone_id="ZGONETEST",
        changes=[change("CREATE", rr("a.gone.test.", "A", "192.0.2.9"))],
    ),
)


@dataclass
class Window:
    """Two executions of one twin, and what each left behind."""

    runs: tuple[Rehearsed, Rehearsed]

    def read(self, run: int, name: str) -> Any:
        return json.loads((self.runs[run].run_dir / name).read_text())


@pytest.fixture(scope="module")
def window(rehearsal: LocalRehearsal, tmp_path_factory: pytest.TempPathFactory) -> Window:
    before = production({"window.test": [], "gone.test": []}, {"plans": [PLAN]})
    after = production({"window.test": [NEW], "made.test": MADE}, {"plans": [NEXT]})
    start, later = (
        capture(held, everything(held), rehearsal.local, captured=CAPTURED, tool="tests", signer=rehearsal.signer)
        for held in (before, after)
    )
    document = {
        "schema": "twinstage:scenario:1",
        "name": "window",
        "capture": {"zones": ["window.test.", "gone.test."], "tables": ["plans"]},
        "events": {"file": "-", "pace": "x100", "max_late_s": 600, "later": later.id},
        "criteria": {},
    }
    given = RehearsalInput(scenario_of(document), Intake(DAY), snapshot=start)
    place: Path = tmp_path_factory.mktemp("window")
    with rehearsal.deployed(given) as twin:
        return Window((rehearsal.execute(twin, place / "first"), rehearsal.execute(twin, place / "second", "again")))


@pytest.mark.parametrize("run", [0, 1])
def test_every_check_of_the_evidence_passes_and_the_log_comes_to_the_later_snapshot(window: Window, run: int) -> None:
    findings = {found["check"]: found for found in window.read(run, "findings.json")["findings"]}
    assert {check: found["message"] for check, found in findings.items() if found["passed"] is not True} == {}
    assert {"later-snapshot", "pace", "final-state", "recorded-outcomes"} <= set(findings)
    assert "add up to the zones and the 1 tables" in findings["final-state"]["message"]
    assert "1 more failed in production for reasons of the moment" in findings["recorded-outcomes"]["message"]


def test_a_second_execution_finds_every_zone_where_the_first_found_it(window: Window) -> None:
    first, second = (window.read(run, "capture/baseline.json")["snapshot"] for run in (0, 1))
    assert first == second
    assert window.read(1, "fidelity/baseline.json")["equal"]


def test_what_a_twin_has_otherwise_is_listed_with_its_reason(window: Window) -> None:
    listed = {one["subject"]: one["reason"] for one in window.read(0, "fidelity/baseline.json")["substitutions"]}
    assert "nothing in a twin may make a zone" in listed["made.test."]
    assert "nothing in a twin may delete a zone" in listed["ZGONETEST"]


def test_lateness_and_profile_are_files_of_the_run(window: Window) -> None:
    late, profile = window.read(0, "lateness.json")["baseline"], window.read(0, "profile.json")["baseline"]
    assert (late["events"], late["valid"]) == (len(DAY), True)
    assert sum(row["count"] for row in profile["events"]) == len(DAY)
    assert {row["resource"] for row in profile["calls"]} >= {"ZMADE", "plans", "ZGONETEST"}
