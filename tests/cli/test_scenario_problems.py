"""A scenario with mistakes: every one of them at once, each with its file, line, pointer and the way to mend it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

PACKAGED = Path(__file__).parents[2] / "scenarios"
GOOD = """\
schema: twinstage:scenario:1
name: small
production:
  zones: production/zones
  tables: production/tables
  functions:
    enactor: {code: baseline, handler: app.handler}
capture:
  zones: [EX.test]
  tables: [plans]
  functions: [enactor]
change:
  functions:
    enactor: {code: candidate}
events: {file: events.jsonl}
invariants:
  - {id: I1, kind: resolves, names: [api.ex.test]}
"""
EVENT: dict[str, Any] = {
    "id": "e1",
    "timestamp": "2025-10-19T02:14:07Z",
    "type": "lambda_invoke",
    "payload": {"function": "enactor", "event": {}},
}

PLANS = {
    "Table": {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    },
    "Items": [{"pk": {"S": "plan"}}],
}


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """The folder of a scenario without a mistake."""
    folder = tmp_path / "small"
    for name in ("production/zones", "production/tables", "baseline", "candidate"):
        (folder / name).mkdir(parents=True)
    zone = {"Id": "/hostedzone/Z1", "Name": "ex.test.", "Config": {"PrivateZone": False}}
    (folder / "production/zones/hosted-zones.json").write_text(json.dumps({"HostedZones": [zone]}))
    (folder / "production/zones/ex.test.json").write_text(json.dumps({"ResourceRecordSets": []}))
    (folder / "production/tables/plans.json").write_text(json.dumps(PLANS))
    write_events(folder, EVENT)
    (folder / "scenario.yaml").write_text(GOOD)
    return folder


def write_events(folder: Path, *events: Any) -> None:
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))


def problems(folder: Path) -> list[tuple[str, int, str, str, str]]:
    """File, line, pointer, message and hint of every problem."""
    with pytest.raises(InputError) as caught:
        load_scenario(folder / "scenario.yaml")
    return [(Path(p.file).name, p.line, p.pointer, p.message, p.hint) for p in caught.value.problems]


def edit(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "scenario.yaml").write_text(text)
    return folder


def test_a_scenario_is_loaded_with_everything_it_names(scenario: Path) -> None:
    loaded = load_scenario(scenario / "scenario.yaml")
    assert loaded.scenario.name == "small"
    assert (loaded.zones, loaded.tables) == (scenario / "production/zones", scenario / "production/tables")
    assert loaded.functions["enactor"]["code"] == scenario / "baseline"
    assert loaded.candidate == {"enactor": {"code": scenario / "candidate"}}
    assert [event.id for event in loaded.intake.events] == ["e1"]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PACKAGED.glob("*/scenario.yaml")))
def test_the_packaged_scenarios_have_no_problem(twinstage: Callable[..., Ran], name: str) -> None:
    ran = twinstage("scenario", "validate", PACKAGED / name, "--json")
    assert ran.code == 0
    assert ran.document["schema"] == "twinstage:scenario-validate:1"
    assert [entry["name"] for entry in ran.document["scenarios"]] == [name]
    assert ran.document["scenarios"][0]["events"] > 0


BAD = """\
schema: twinstage:scenario:1
name: Small Scenario
production:
  zones: production/nowhere
  tables: production/tables
  functions:
    enactor: {code: lost, handler: app.handler}
    planner: {code: baseline}
capture:
  zones: [ex.test.]
  tables: [plans, leases]
  functions: [enactor, cleaner]
change:
  functions:
    planner: {code: candidate}
  end_state:
    may_differ: [api.ex.test, "*.exx.test.", "table:leases", "table:lease", "a*.ex.test"]
events:
  file: gone.jsonl
invariants:
  - {id: I1, kind: resolves, names: [api.ex.test, api.exx.test]}
  - id: I1
    kind: never_decreases
    names: [api.ex.test]
    generation: plan
  - {id: I2, kind: reaches, names: [api.ex.test], generation: "plan-{generation}."}
criteria:
  speed: {}
  performance: {max_calls_ratio: 0}
seed: -1
"""
# Line, pointer, a part of the message, a part of the hint.
MISTAKES = [
    (2, "/name", "'Small Scenario' does not match", "twinstage schema scenario"),
    (4, "/production/zones", "production/nowhere is not a folder beside the scenario", "looked for /"),
    (7, "/production/functions/enactor/code", "lost is not a folder beside the scenario", "looked for /"),
    (8, "/production/functions/planner", "'handler' is a required property", "twinstage schema scenario"),
    (10, "/capture/zones/0", "ex.test. is captured, but not in the listing in production.zones", "describe it there"),
    (11, "/capture/tables/1", "leases is captured, but not in the folder production.tables", "describe it there"),
    (12, "/capture/functions/1", "cleaner is captured, but not in production.functions", "describe it there"),
    (15, "/change/functions/planner", "planner changes but is not captured", "add it to capture.functions"),
    (
        17,
        "/change/end_state/may_differ/1",
        "*.exx.test. lies in nothing that is captured",
        "mend the name, or leave it",
    ),
    (
        17,
        "/change/end_state/may_differ/3",
        "table:lease lies in nothing that is captured",
        "mend the name, or leave it",
    ),
    (17, "/change/end_state/may_differ/4", "'a*.ex.test' does not match", "twinstage schema scenario"),
    (19, "/events/file", "gone.jsonl does not exist", "looked for /"),
    (21, "/invariants/0/names/1", "api.exx.test lies in no captured zone", "add its zone to capture.zones"),
    (22, "/invariants/1/id", "I1 appears twice", "ids of invariants are unique"),
    (25, "/invariants/1/generation", "'plan' does not match", "twinstage schema scenario"),
    (26, "/invariants/2", "'at_least' is a required property", "twinstage schema scenario"),
    (27, "/criteria", "'speed' was unexpected", "twinstage schema scenario"),
    (
        29,
        "/criteria/performance/max_calls_ratio",
        "0 is less than or equal to the minimum of 0",
        "twinstage schema scenario",
    ),
    (30, "/seed", "-1 is less than the minimum of 0", "twinstage schema scenario"),
]


def test_every_mistake_is_told_at_once_with_exit_code_2(twinstage: Callable[..., Ran], scenario: Path) -> None:
    (scenario / "scenario.yaml").write_text(BAD)
    ran = twinstage("scenario", "validate", scenario)
    assert (ran.code, ran.out) == (2, "")
    lines = ran.err.splitlines()
    assert lines[0] == f"error BAD_INPUT: {len(MISTAKES)} problems:"
    assert len(lines) == len(MISTAKES) + 1
    for told, (line, place, message, hint) in zip(lines[1:], MISTAKES, strict=True):
        match = re.fullmatch(r"  (?P<file>.*):(?P<line>\d+) at (?P<place>\S+): (?P<message>.*) \((?P<hint>.*)\)", told)
        assert match is not None, told
        assert (match["file"], int(match["line"]), match["place"]) == (str(scenario / "scenario.yaml"), line, place)
        assert message in match["message"]
        assert hint in match["hint"]


def test_with_json_every_mistake_is_in_one_document(twinstage: Callable[..., Ran], scenario: Path) -> None:
    (scenario / "scenario.yaml").write_text(BAD)
    ran = twinstage("scenario", "validate", scenario, "--json")
    assert ran.code == 2
    document = ran.document
    assert (document["schema"], document["code"]) == ("twinstage:error:1", "BAD_INPUT")
    assert [(p["line"], p["pointer"]) for p in document["problems"]] == [(line, place) for line, place, *_ in MISTAKES]
    assert all(set(p) == {"file", "line", "pointer", "message", "hint"} for p in document["problems"])


def test_a_rehearsal_of_such_a_scenario_does_not_begin(
    twinstage: Callable[..., Ran], scenario: Path, tmp_path: Path
) -> None:
    (scenario / "scenario.yaml").write_text(BAD)
    ran = twinstage("rehearse", scenario, "--local", "--store", tmp_path / "store")
    assert ran.code == 2
    assert not (tmp_path / "store").exists()


def test_problems_of_several_scenarios_are_told_together(
    twinstage: Callable[..., Ran], scenario: Path, tmp_path: Path
) -> None:
    shutil.copytree(scenario, tmp_path / "second")
    for folder in (scenario, tmp_path / "second"):
        edit(folder, ("name: small", "name: Small"))
    ran = twinstage("scenario", "validate", scenario, tmp_path / "second", PACKAGED / "enactor-update", "--json")
    assert [Path(p["file"]).parent.name for p in ran.document["problems"]] == ["second", "small"]


def test_problems_of_events_and_dumps_are_told_with_those_of_the_scenario(scenario: Path) -> None:
    edit(scenario, ("name: small", "name: Small"))
    write_events(scenario, EVENT, {**EVENT, "id": "e2", "type": "reboot"})
    (scenario / "production/zones/hosted-zones.json").write_text("{")
    assert [(name, line, place) for name, line, place, _, _ in problems(scenario)] == [
        ("events.jsonl", 2, "/type"),
        ("hosted-zones.json", 1, ""),
        ("scenario.yaml", 2, "/name"),
    ]


def test_an_event_on_what_is_not_captured_is_a_problem_at_the_events_own_line_told_once(scenario: Path) -> None:
    zone = {"id": "e4", "timestamp": EVENT["timestamp"], "type": "dns_update"}
    changes = [{"Action": "DELETE", "ResourceRecordSet": {"Name": "a.ex.test.", "Type": "A"}}]
    write_events(
        scenario,
        EVENT,
        EVENT | {"id": "e2", "payload": {"function": "planner", "event": {}}},
        EVENT | {"id": "e3", "payload": {"function": "planner", "event": {}}},
        zone | {"payload": {"zone": "Ex.test", "changes": changes}},
        zone | {"id": "e5", "payload": {"zone": "other.test", "changes": changes}},
        zone | {"id": "e6", "payload": {"zone_id": "ZANY", "changes": changes}},
    )
    add = "add it to capture.{} of scenario.yaml"
    assert [(line, place, message, hint) for _, line, place, message, hint in problems(scenario)] == [
        (2, "/payload/function", "event e2 names planner, which is not captured", add.format("functions")),
        (5, "/payload/zone", "event e5 names other.test., which is not captured", add.format("zones")),
    ]


@pytest.mark.parametrize(
    ("invariants", "criteria", "told"),
    [
        ("I1", "{safety: {}}", []),
        ("I1", "{consistency: {}}", []),
        ("none", "{consistency: {}}", []),
        ("I1", "{}", [("/criteria", "no criterion is asked for: nothing could be approved")]),
        ("none", "{safety: {}}", [("/criteria/safety", "safety is asked for, but no invariant counts")]),
        (
            "shown",
            "{safety: {}, consistency: {}}",
            [("/criteria/safety", "safety is asked for, but no invariant counts")],
        ),
    ],
)
def test_there_must_be_something_that_can_be_judged(
    scenario: Path, invariants: str, criteria: str, told: list[tuple[str, str]]
) -> None:
    one = "  - {id: I1, kind: resolves, names: [api.ex.test]}\n"
    given = {"I1": one, "shown": one.replace("}", ", counts: false}"), "none": ""}[invariants]
    heading = "invariants:\n"
    edit(scenario, (heading + one, (heading + given if given else "") + f"criteria: {criteria}\n"))
    if not told:
        assert (
            load_scenario(scenario / "scenario.yaml").scenario.criteria.keys() == YAML(typ="safe").load(criteria).keys()
        )
        return
    assert [
        (place, message.partition(": nothing could break")[0]) for _, _, place, message, _ in problems(scenario)
    ] == told


def test_without_production_beside_it_a_scenario_captures_what_is_in_the_account(scenario: Path) -> None:
    production = GOOD[GOOD.index("production:") : GOOD.index("capture:")]
    edit(scenario, (production, ""), ("functions: [enactor]", "functions: [enactor, anything]"))
    loaded = load_scenario(scenario / "scenario.yaml")
    assert (loaded.zones, loaded.tables, loaded.functions) == (None, None, {})


@pytest.mark.parametrize(
    ("replaced", "by"),
    [
        ("events: {file: events.jsonl}", "events: [events.jsonl]"),
        ("events: {file: events.jsonl}", "events: {file: events.jsonl, format: csv}"),
        ("events: {file: events.jsonl}", "events: {file: events.jsonl, max_quarantined: many}"),
        ("enactor: {code: candidate}", "enactor: candidate"),
        ("enactor: {code: baseline, handler: app.handler}", "enactor: {code: [baseline], handler: app.handler}"),
        ("zones: [EX.test]", "zones: {EX.test: 1}"),
        ("zones: [EX.test]", "zones: [5]"),
        ("capture:", "captured:"),
        ("  - {id: I1, kind: resolves, names: [api.ex.test]}", "  api.ex.test"),
        ("  - {id: I1, kind: resolves, names: [api.ex.test]}", "  - api.ex.test"),
        ("names: [api.ex.test]", "names: api.ex.test"),
        ("  zones: production/zones\n", "  zones: [production/zones]\n"),
    ],
)
def test_what_has_another_shape_is_told_by_the_schema(scenario: Path, replaced: str, by: str) -> None:
    found = problems(edit(scenario, (replaced, by)))
    assert any("twinstage schema scenario" in hint for *_, hint in found)


@pytest.mark.parametrize("text", ["", "[]", "5", "a scenario"])
def test_a_file_that_holds_no_scenario_is_refused(scenario: Path, text: str) -> None:
    (scenario / "scenario.yaml").write_text(text)
    ((_, line, place, message, _),) = problems(scenario)
    assert (line, place) == (0 if not text else 1, "")
    assert message.endswith("is not of type 'object'")


def test_a_scenario_is_found_by_its_file_its_folder_or_its_name(scenario: Path) -> None:
    expected = scenario / "scenario.yaml"
    assert find_scenario(str(expected), []) == expected
    assert find_scenario(str(scenario), []) == expected
    assert find_scenario("small", [Path("/nowhere"), scenario.parent]) == expected


def test_an_unknown_scenario_is_told_with_those_there_are(twinstage: Callable[..., Ran], scenario: Path) -> None:
    with pytest.raises(
        InputError, match=r"large: no such scenario \(give a scenario\.yaml, its folder, or one of: small\)"
    ):
        find_scenario("large", [scenario.parent])
    ran = twinstage("rehearse", "no-such-scenario", "--local", "--json")
    assert ran.code == 2
    assert ran.document["problems"][0]["message"] == "no such scenario"
    assert "enactor-update" in ran.document["problems"][0]["hint"]
