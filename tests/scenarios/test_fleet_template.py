"""A stack's next version, and the tidying-up of it: applied to production's state in memory, under the recorded day."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from changed_in_process import called

from twinstage.cli.exploration_inputs import captured_production
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.role_change import role_change_of
from twinstage.rehearse.inputs import start_state
from twinstage.rehearse.steps import with_steps
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.route53 import record_sets
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.cli.scenario_file import ScenarioFile

FOLDER = Path(__file__).parents[2] / "scenarios/fleet-template"


@dataclass(frozen=True)
class Day:
    """What came of the recorded day: the responses in their order, the A records of hosts, the world it ended with."""

    responses: list[Any]
    hosts: set[str]
    aws: MemoryAws


def day(file: str, folder: Path, *, changed: bool = True) -> tuple[ScenarioFile, Day]:
    loaded = load_scenario(FOLDER / file)
    store = DirectoryStore(folder)
    manifest = captured_production(loaded, store)
    start = start_state(manifest, store)
    account, region = (str(manifest.captured[name]) for name in ("account", "region"))
    aws = MemoryAws(clock=lambda: 1_763_450_000.0, account=account, region=region)
    aws.restore(with_steps(start, loaded.scenario.steps if changed else ()))
    own = loaded.functions["registrar"]
    candidate = loaded.candidate.get("registrar", {}) if changed else {}
    environment = {**own["environment"], **candidate.get("environment", {})}
    with called(aws, candidate.get("code", own["code"]), own["handler"], environment) as handler:
        responses = [handler(event.payload["event"]) for event in loaded.intake.events]
    (hosted,) = aws.route53.zones.values()
    return loaded, Day(responses, {r["Name"] for r in record_sets(hosted.zone) if r["Name"].startswith("h-")}, aws)


@pytest.fixture
def before(tmp_path: Path) -> Day:
    return day("scenario.yaml", tmp_path / "before", changed=False)[1]


def test_the_next_version_ends_as_the_one_that_stands_and_has_what_it_adds(before: Day, tmp_path: Path) -> None:
    loaded, after = day("scenario.yaml", tmp_path / "after")
    assert after.responses == before.responses
    assert before.responses[1] == {"refused": "h-05"}, "the rack is full until one is retired"
    assert after.hosts == before.hosts
    (hosted,) = after.aws.route53.zones.values()
    assert ("status.fleet.example.", "CNAME", None) in hosted.zone.records
    assert loaded.scenario.document["change"]["template"]["roles"] == []


def test_tidied_up_the_registrar_takes_no_host_any_more(before: Day, tmp_path: Path) -> None:
    loaded, after = day("tidy.yaml", tmp_path / "after")
    refused = {response["refused"] for response in after.responses if "refused" in response}
    assert refused == {"h-04", "h-05", "h-06"}
    assert "h-06.fleet.example." in before.hosts - after.hosts
    (role,) = map(role_change_of, loaded.scenario.document["change"]["template"]["roles"])
    assert role.newly_denied("dynamodb:Query", "arn:aws:dynamodb:eu-central-1:111111111111:table/hosts")
