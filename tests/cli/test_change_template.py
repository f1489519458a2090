"""A scenario whose change is a template: read with what it names, lowered, planned with the template's own guards, or refused with every problem at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.validate.evidence_parts import DOCUMENT, Day, outcome
from twinstage.cli.plan_asked import functions_plan
from twinstage.cli.planned import Limits, state_of
from twinstage.cli.scenario_file import ScenarioFile, load_scenario
from twinstage.cli.stores import Place
from twinstage.local.planning import planned
from twinstage.local.run_input import RehearsalInput
from twinstage.model.archive import zip_files
from twinstage.model.errors import InputError
from twinstage.model.finding import Verdict, weigh
from twinstage.model.validation import schema_violations
from twinstage.validate.checks.plan import plan_findings
from twinstage.validate.verdict import judge
from twinstage.world.store import DirectoryStore

FOLDER = Path(__file__).parents[2] / "scenarios/fleet-template"
CODE = "def handler(event, context):\n    return 'another'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "fleet")
    return tmp_path / "fleet"


def rewritten(folder: Path, before: str, after: str, file: str = "template.yaml") -> None:
    text = (folder / file).read_text()
    assert before in text
    (folder / file).write_text(text.replace(before, after))


def with_change(folder: Path, **members: Any) -> None:
    document = yaml.safe_load((folder / "scenario.yaml").read_text())
    document["change"] |= members
    (folder / "scenario.yaml").write_text(yaml.safe_dump(document))


def plan_of(loaded: ScenarioFile, tmp_path: Path) -> dict[str, Any]:
    store = DirectoryStore(tmp_path / "store")
    with state_of(loaded, Place(store, "store"), None, unsigned=False) as state:
        return functions_plan(loaded, state, Limits()).document()


def judged(loaded: ScenarioFile, tmp_path: Path) -> tuple[Verdict, list[str]]:
    """The verdict over a day on which all went well and the registrar read the hosts, with what failed: the change as a rehearsal of the file plans it."""
    store = DirectoryStore(tmp_path / "store")
    assert loaded.template is not None
    given = RehearsalInput(
        loaded.scenario, loaded.intake, candidate=loaded.candidate, stacks=loaded.template.stacks, clones_on=None
    )
    with state_of(loaded, Place(store, "store"), None, unsigned=False) as state:
        plan = planned(given, state.manifest, state.store).plan
    asked = {"n": 0, "service": "dynamodb", "operation": "Query", "parameters": {"TableName": "hosts"}}
    queried = outcome(0, {**asked, "outcome": "success", "latency_ms": 1.0}, function="registrar")
    document = {**DOCUMENT, "change": loaded.scenario.document["change"]}
    day = Day(document=document, baseline=(queried, outcome(1, function="registrar")))
    findings = judge(day.evidence(plan=plan))
    return weigh(findings), [each.check for each in findings if each.passed is False and each.counts]


def refused(folder: Path) -> list[tuple[str, str]]:
    """(pointer, message) of each problem."""
    with pytest.raises(InputError) as error:
        load_scenario(folder / "scenario.yaml")
    return [(problem.pointer, problem.message) for problem in error.value.problems]


def test_what_the_template_changes_is_the_scenarios_change(folder: Path) -> None:
    loaded = load_scenario(folder / "scenario.yaml")

    assert [step.id for step in loaded.scenario.steps] == ["table-hosts", "function-registrar", "records-StatusRecord"]
    settings = {"memory_mb": 256, "environment": {"PAGE": "25"}}
    assert loaded.candidate == {"registrar": {**settings, "code": folder / "registrar"}}
    change = loaded.scenario.document["change"]
    assert change["functions"] == {"registrar": {**settings, "code": "registrar"}}
    assert [entry["type"] for entry in change["template"]["not_rehearsed"]] == ["AWS::CloudWatch::Alarm"]
    assert list(schema_violations("scenario", loaded.scenario.document)) == []


def test_code_in_the_template_is_laid_out_and_stays(folder: Path) -> None:
    rewritten(folder, "Code: registrar", f"Code: {{ZipFile: {json.dumps(CODE)}}}")
    code = load_scenario(folder / "scenario.yaml").candidate["registrar"]["code"]
    assert {path.name: path.read_text() for path in code.iterdir()} == {"index.py": CODE}
    assert load_scenario(folder / "scenario.yaml").candidate["registrar"]["code"] == code


@pytest.mark.parametrize("packed", [False, True])
def test_an_asset_of_an_assembly_is_found_by_its_key(folder: Path, packed: bool) -> None:
    name = f"asset.0f{'.zip' if packed else ''}"
    if packed:
        (folder / name).write_bytes(zip_files({"index.py": CODE.encode()}))
    else:
        (folder / name).mkdir()
        (folder / name / "index.py").write_text(CODE)
    destination = {"bucketName": "cdk-assets", "objectKey": "0f.zip"}
    assets = {"files": {"0f": {"source": {"path": name}, "destinations": {"current": destination}}}}
    (folder / "Stack.assets.json").write_text(json.dumps(assets))
    rewritten(folder, "Code: registrar", "Code: {S3Bucket: cdk-assets, S3Key: 0f.zip}")
    code = load_scenario(folder / "scenario.yaml").candidate["registrar"]["code"]
    assert (code / "index.py").read_text() == CODE


def test_what_is_given_by_hand_is_over_what_the_template_says(folder: Path) -> None:
    rewritten(folder, 'PAGE: "25"', 'PAGE: "25"\n          QUEUE: !ImportValue queue')
    with_change(folder, functions={"registrar": {"environment": {"QUEUE": "https://queue.example"}, "timeout_s": 20}})
    assert load_scenario(folder / "scenario.yaml").candidate["registrar"] == {
        "memory_mb": 256,
        "timeout_s": 20,
        "environment": {"PAGE": "25", "QUEUE": "https://queue.example"},
        "code": folder / "registrar",
    }


def test_everything_that_cannot_be_told_is_one_error(folder: Path) -> None:
    rewritten(folder, 'PAGE: "25"', 'PAGE: "25"\n          QUEUE: !ImportValue queue')
    rewritten(folder, "Code: registrar", "Code: {S3Bucket: elsewhere, S3Key: code.zip}")
    with_change(folder, end_state={"may_differ": ["a.elsewhere.example."]})
    problems = refused(folder)
    assert [pointer for pointer, _ in problems] == [
        "/change/end_state/may_differ/0",
        "/change/template",
        "/change/template",
    ]
    told = " ".join(message for _, message in problems)
    assert "QUEUE" in told
    assert "where the new code of registrar is" in told


def test_a_setting_that_nothing_tells_is_refused_unless_it_is_given_by_hand(folder: Path) -> None:
    rewritten(folder, "MemorySize: 256", "MemorySize: !ImportValue memory")
    ((pointer, message),) = refused(folder)
    assert pointer == "/change/template"
    assert "memory_mb of registrar" in message
    with_change(folder, functions={"registrar": {"memory_mb": 512}})
    assert load_scenario(folder / "scenario.yaml").candidate["registrar"]["memory_mb"] == 512


def test_a_value_of_a_record_that_nothing_tells_is_refused_at_its_line(folder: Path) -> None:
    rewritten(folder, "ResourceRecords: [!Ref GatewayRecord]", "ResourceRecords: [!ImportValue gateway]")
    ((pointer, message),) = refused(folder)
    assert pointer == "/Resources/StatusRecord/Properties/ResourceRecords/0"
    assert "nothing tells" in message


def test_templates_that_are_not_there_are_told(folder: Path) -> None:
    with_change(folder, template={"file": "none.yaml", "against": "template.main.yaml"})
    assert [pointer for pointer, _ in refused(folder)] == ["/change/template/file"]


def test_a_function_without_code_of_its_own_keeps_productions(folder: Path) -> None:
    document = yaml.safe_load((folder / "scenario.yaml").read_text())
    document["change"] = {"functions": {"registrar": {"memory_mb": 512, "unset": ["PAGE"]}}}
    (folder / "scenario.yaml").write_text(yaml.safe_dump(document))
    loaded = load_scenario(folder / "scenario.yaml")
    assert loaded.candidate["registrar"]["code"] == folder / "registrar"

    del document["production"]
    (folder / "scenario.yaml").write_text(yaml.safe_dump(document))
    assert [pointer for pointer, _ in refused(folder)] == ["/change/functions/registrar"]


def test_the_plan_has_the_templates_resources_and_guards(folder: Path, tmp_path: Path) -> None:
    plan = plan_of(load_scenario(folder / "scenario.yaml"), tmp_path)
    assert {"accepted", "state-lost", "iam-broadening"} <= {guard["guard"] for guard in plan["guards"]}
    assert "template.yaml/RegistrarErrors" in {change["subject"] for change in plan["changes"]}
    assert {"template/template.yaml", "stands"} <= set(plan["made_of"])
    assert all(finding.passed for finding in plan_findings(plan))


def test_a_template_that_allows_more_is_refused_before_anything_runs(folder: Path, tmp_path: Path) -> None:
    rewritten(folder, "[dynamodb:DeleteItem, dynamodb:PutItem,", "[dynamodb:DeleteTable, dynamodb:PutItem,")
    loaded = load_scenario(folder / "scenario.yaml")
    failed = [finding.check for finding in plan_findings(plan_of(loaded, tmp_path)) if finding.passed is False]
    assert failed == ["plan-iam-broadening"]
    with_change(folder, allow=["iam-broadening"])
    allowed = plan_of(load_scenario(folder / "scenario.yaml"), tmp_path)
    assert all(finding.passed for finding in plan_findings(allowed))


SECOND_INDEX = (
    "- IndexName: by-host\n          KeySchema: [{AttributeName: host, KeyType: HASH}]\n"
    "          Projection: {ProjectionType: ALL}\n        - IndexName: by-address"
)


def test_two_indexes_in_one_update_are_refused_as_cloudformation_refuses_them(folder: Path, tmp_path: Path) -> None:
    rewritten(folder, "- IndexName: by-address", SECOND_INDEX)
    (failed,) = [f for f in plan_findings(plan_of(load_scenario(folder / "scenario.yaml"), tmp_path)) if not f.passed]
    assert failed.check == "plan-accepted"
    assert "by-address, by-host" in failed.message


def test_a_table_that_is_replaced_is_made_with_all_of_its_indexes(folder: Path, tmp_path: Path) -> None:
    rewritten(folder, "- IndexName: by-address", SECOND_INDEX)
    rewritten(folder, "- {AttributeName: host, KeyType: RANGE}", "- {AttributeName: address, KeyType: RANGE}")
    plan = plan_of(load_scenario(folder / "scenario.yaml"), tmp_path)
    assert [each["observed"] for each in plan["guards"] if each["guard"] == "accepted" and not each["passed"]] == []


GRANTED = "Action: [dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query]\n                Resource: !GetAtt Hosts.Arn"
BROADER = 'Action: "*"\n                Resource: "*"'
NARROWER = GRANTED.replace(", dynamodb:Query]", "]")


@pytest.mark.parametrize(
    ("granted", "verdict", "failed"),
    [
        (BROADER, Verdict.REJECTED, ["plan-iam-broadening"]),
        (NARROWER, Verdict.REJECTED, ["plan-denied"]),
        (GRANTED, Verdict.APPROVED, []),
    ],
)
def test_a_template_that_changes_a_role_and_nothing_else_is_judged(
    folder: Path, tmp_path: Path, granted: str, verdict: Verdict, failed: list[str]
) -> None:
    text = (folder / "template.main.yaml").read_text()
    assert GRANTED in text
    (folder / "template.yaml").write_text(text.replace(GRANTED, granted))
    loaded = load_scenario(folder / "scenario.yaml")
    assert loaded.scenario.steps == ()
    assert judged(loaded, tmp_path) == (verdict, failed)
    assert plan_of(loaded, tmp_path)["guards"], "`twinstage plan` plans it too"


def test_a_template_that_takes_a_captured_table_away_and_nothing_else_is_judged(folder: Path, tmp_path: Path) -> None:
    standing = (folder / "template.main.yaml").read_text()
    for before, after in (
        ("!GetAtt Hosts.Arn", "arn:aws:dynamodb:*:*:table/hosts"),
        ("!Ref Hosts", "hosts"),
        ("    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n", ""),
    ):
        assert before in standing
        standing = standing.replace(before, after)
    (folder / "template.main.yaml").write_text(standing)
    begin, end = standing.index("  Hosts:\n"), standing.index("  RegistrarRole:\n")
    (folder / "template.yaml").write_text(standing[:begin] + standing[end:])
    loaded = load_scenario(folder / "scenario.yaml")
    assert loaded.scenario.steps == ()
    assert judged(loaded, tmp_path) == (Verdict.REJECTED, ["plan-state-lost", "plan-breaking"])
