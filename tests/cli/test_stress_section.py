"""The `stress` section with mistakes: every one of them at once, each with its line, pointer and the way to mend it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_scenario_problems import EVENT, GOOD, scenario, write_events
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError
from twinstage.model.load_profile import Breakpoint, OpenLoad

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.errors import InputProblem
    from twinstage.model.stress_config import StressConfig

__all__ = ["scenario"]  # the fixture

RECORD = {"Name": "api.ex.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
UPSERT = {"Action": "UPSERT", "ResourceRecordSet": RECORD}
SECTION: dict[str, Any] = {
    "target": {"function": "enactor"},
    "load": {"profile": "breakpoint", "from_per_s": 1, "to_per_s": 20, "level_s": 30},
}


def written(folder: Path, **fields: Any) -> Path:
    """The scenario with a `stress` section."""
    file = folder / "scenario.yaml"
    file.write_text(
        GOOD + "seed: 7\nstress:\n" + "".join(f"  {n}: {json.dumps(v)}\n" for n, v in (SECTION | fields).items())
    )
    return file


def read(folder: Path, **fields: Any) -> StressConfig:
    found = load_scenario(written(folder, **fields)).scenario.stress
    assert found is not None
    return found


def problems(folder: Path, **fields: Any) -> list[InputProblem]:
    with pytest.raises(InputError) as caught:
        load_scenario(written(folder, **fields))
    return list(caught.value.problems)


def test_a_section_without_a_mistake_is_read_with_its_defaults(scenario: Path) -> None:
    found = read(scenario)

    assert found.load == OpenLoad(Breakpoint(1, 20, 30), seed=7)
    assert (found.world, found.generators, found.requests, found.reached) == ("memory", 1, None, "")
    assert (found.service_level.failed, found.knee_loss_at_most) == (0.01, 0.2)
    assert found.thresholds.knee_per_s_at_least is None


def test_every_threshold_is_read(scenario: Path) -> None:
    asked = {"knee_per_s": {"at_least": 5}, "knee_loss": {"at_most": 0.1}, "p99_ms": {"at_most": 800, "at_per_s": 10}}
    found = read(scenario, thresholds={**asked, "failed": {"at_most": 0.02}, "headroom": {"at_least": 0.3}})

    limits = found.thresholds
    assert (limits.knee_per_s_at_least, limits.p99_ms_at_most, limits.at_per_s) == (5, 800, 10)
    assert (limits.failed_at_most, limits.headroom_at_least, found.knee_loss_at_most) == (0.02, 0.3, 0.1)


def test_requests_are_read_in_from_the_file_that_is_named(scenario: Path) -> None:
    (scenario / "requests.jsonl").write_text('{"step": "take"}\n\n{"step": "flip"}\n')

    assert read(scenario, requests="requests.jsonl").requests == ({"step": "take"}, {"step": "flip"})


@pytest.mark.parametrize(
    ("content", "line"), [("", 0), ("[1]\n", 1), ('{"a": 1}\n{"a": 1, "a": 2}\n', 2), ("{}\n\nnothing\n", 3)]
)
def test_a_line_that_is_no_request_is_told_with_its_number(scenario: Path, content: str, line: int) -> None:
    (scenario / "requests.jsonl").write_text(content)

    [problem] = problems(scenario, requests="requests.jsonl")

    assert (problem.file, problem.line) == (str(scenario / "requests.jsonl"), line)


def test_what_stands_before_the_load_is_read_in_from_the_file_that_is_named(scenario: Path) -> None:
    item = {"pk": {"S": "p1"}}
    payload = {"table": "plans", "keys": item, "new_image": item, "old_image": None}
    (scenario / "plans.jsonl").write_text(json.dumps(EVENT | {"type": "item_change", "payload": payload}) + "\n")

    [given] = read(scenario, given="plans.jsonl").given

    assert (given["table"], given["new_image"]) == ("plans", item)
    [batch] = read(scenario, given=[{"zone": "ex.test.", "changes": [UPSERT]}]).given
    assert batch["changes"] == [UPSERT]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"target": {"function": "planner"}}, "/stress/target/function"),
        ({"target": {"zone": "other.test"}}, "/stress/target/zone"),
        ({"target": {"table": "plans", "operation": "Query"}}, "/stress/target"),
        ({"target": {"table": "plans"}}, "/stress/target"),
        ({"target": {"table": "plans", "operation": "DropTable"}}, "/stress/target/operation"),
        ({"target": {"machine": True}}, "/stress/target"),
        ({"target": {"function": "enactor", "zone": "ex.test"}}, "/stress/target/zone"),
        ({"requests": "nothing.jsonl"}, "/stress/requests"),
        ({"load": {"profile": "step", "from_per_s": 9, "to_per_s": 3, "by_per_s": 1, "level_s": 1}}, "/stress/load/to_per_s"),
        ({"load": {"profile": "constant", "rate_per_s": 1e5, "for_s": 60}}, "/stress/load"),
        ({"load": {"profile": "constant", "rate_per_s": -1, "for_s": 60}}, "/stress/load/rate_per_s"),
        ({"load": {"model": "closed", "users": 3}}, "/stress/load"),
        ({"target": {"zone": "ex.test"}, "requests": "given.jsonl"}, "/stress/requests"),
        ({"load": {}}, "/stress/load"),
        ({"world": "twin", "load": {"profile": "soak", "rate_per_s": 1, "for_s": 901}}, "/stress/load"),
        ({"world": "twin", "service_times": {"handler_s": 1}}, "/stress/service_times"),
        ({"service_times": {"handler_ms": 1}}, "/stress/service_times"),
        ({"given": "nothing.jsonl"}, "/stress/given"),
        ({"given": "given.jsonl"}, ""),
        ({"given": [{"function": "enactor", "event": {}}]}, "/stress/given"),
        ({"given": [{"table": "locks", "keys": {"pk": {"S": "a"}}, "new_image": None}]}, "/stress/given/0/table"),
        ({"given": [{"table": "plans"}]}, "/stress/given/0"),
        ({"world": "twin", "given": [{"zone": "ex.test.", "changes": [UPSERT]}]}, "/stress/given"),
        ({"service_times": {"dynamodb.PutItem": {"mean_s": -1}}}, "/stress/service_times/dynamodb.PutItem/mean_s"),
        ({"quotas": {"route53.nothing": {"rate_per_s": 1}}}, "/stress/quotas/route53.nothing"),
        ({"quotas": {"route53.requests": {"per_day": 1}}}, "/stress/quotas/route53.requests/per_day"),
        ({"thresholds": {"p99_ms": {"at_most": 5, "at_per_s": 21}}}, "/stress/thresholds/p99_ms/at_per_s"),
        ({"target": {"zone": "ex.test"}, "requests": "given.jsonl", "concurrency": 2}, "/stress/concurrency"),
    ],
)  # fmt: skip
def test_what_cannot_be_stressed_is_told_with_its_place(scenario: Path, fields: dict[str, Any], pointer: str) -> None:
    (scenario / "given.jsonl").write_text("{}\n")

    found = problems(scenario, **fields)

    assert pointer in {problem.pointer for problem in found}
    assert all(problem.line > 0 for problem in found)


def test_all_problems_are_told_at_once(scenario: Path) -> None:
    found = problems(
        scenario,
        target={"function": "planner"},
        requests="nothing.jsonl",
        load={"profile": "ramp", "from_per_s": 0, "to_per_s": 0, "for_s": 5},
        quotas={"route53.nothing": {"rate_per_s": 1}},
    )

    assert len({problem.pointer for problem in found}) == 4


def test_a_criterion_that_is_not_asked_for_judges_no_load(scenario: Path) -> None:
    file = written(scenario)
    file.write_text(file.read_text() + "criteria: {safety: {}}\n")

    with pytest.raises(InputError, match="performance"):
        load_scenario(file)


def test_a_target_that_nothing_was_recorded_of_needs_requests(scenario: Path) -> None:
    write_events(scenario, EVENT | {"type": "dns_update", "payload": {"zone": "ex.test", "changes": [UPSERT]}})
    (scenario / "given.jsonl").write_text("{}\n")

    [problem] = problems(scenario)

    assert (problem.pointer, "requests" in problem.hint) == ("/stress/target", True)
    assert read(scenario, requests="given.jsonl").requests == ({},)
    [again] = problems(scenario, requests="given.jsonl", load={"profile": "recorded"})
    assert again.pointer == "/stress/load/profile"


def test_a_zone_that_events_name_by_its_id_may_be_stressed_with_what_they_recorded(scenario: Path) -> None:
    change = {"zone_id": "Z1", "changes": [UPSERT]}
    write_events(scenario, EVENT, EVENT | {"id": "e2", "type": "dns_update", "payload": change})

    assert read(scenario, target={"zone": "EX.test"}, world="twin").reached == "zone"


@pytest.mark.parametrize(("scale", "refused"), [(1, True), (50, False)])
def test_a_recorded_day_that_no_generator_lives_through_has_to_be_played_faster(
    scenario: Path, scale: float, refused: bool
) -> None:
    write_events(scenario, EVENT, EVENT | {"id": "e2", "timestamp": "2025-10-19T10:14:07Z"})
    load = {"world": "twin", "load": {"profile": "recorded", "scale": scale}}

    if refused:
        [problem] = problems(scenario, **load)
        assert (problem.pointer, "raise scale" in problem.hint) == ("/stress/load", True)
    else:
        assert read(scenario, **load).world == "twin"
