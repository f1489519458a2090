"""`twinstage plan`: of each kind one change that is good to go and one that is refused, by its exit code and in its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.state.memory_zones import change, rr
from tests.state.production_parts import SCHEMA, zone_id
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CONTRACT = SCENARIOS / "orders-pipeline/orders.odcs.yaml"
NEW = rr("new.ex.test.", "A", "192.0.2.5")
A = rr("a.ex.test.", "A", "192.0.2.1")
OK, BREAKING, BAD, REFUSED = 0, 1, 2, 4


@pytest.fixture
def planned(twinstage: Callable[..., Ran], imported: Ran, tmp_path: Path) -> Callable[..., Ran]:
    """Plans over the snapshot of a small production; a document among the options becomes a file."""

    def run(*options: Any) -> Ran:
        given = []
        for number, option in enumerate(options):
            if isinstance(option, dict):
                file = tmp_path / f"given-{number}.json"
                file.write_text(json.dumps(option), encoding="utf-8")
                option = file  # noqa: PLW2901  a file takes the document's place
            given.append(option)
        return twinstage("plan", "--snapshot", imported.document["snapshot"], *given, "--json")

    return run


def batch(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"Changes": list(changes)}


def guards(ran: Ran) -> list[str]:
    return [each["guard"] for each in ran.document["guards"] if not (each["passed"] or each["allowed"])]


def categories(ran: Ran) -> set[str]:
    assert schema_violations("plan", ran.document) == []
    return {each["category"] for each in ran.document["changes"]}


def test_a_record_that_is_added_is_good_to_go(planned: Callable[..., Ran]) -> None:
    ran = planned("--zone", "ex.test", "--records", batch(change("CREATE", NEW)))
    assert (ran.code, categories(ran), guards(ran)) == (OK, {"non-breaking"}, [])


def test_a_record_that_something_points_at_is_refused_until_somebody_allows_it(planned: Callable[..., Ran]) -> None:
    removal = batch(change("DELETE", rr("www.ex.test.", "A", "x")), change("DELETE", A))
    gone = {"Name": "www.ex.test.", "Type": "A", "AliasTarget": {"HostedZoneId": zone_id("ex.test"), "DNSName": "a.ex.test.", "EvaluateTargetHealth": False}}  # fmt: skip
    removal["Changes"][0]["ResourceRecordSet"] = gone
    ran = planned("--zone", zone_id("ex.test"), "--records", removal)
    assert (ran.code, categories(ran)) == (REFUSED, {"breaking"})
    assert guards(ran) == ["share", "last-of-name", "last-of-type", "active-endpoint"]
    allowed = [each for id_ in guards(ran) for each in ("--allow", id_)]
    assert planned("--zone", "ex.test", "--records", removal, *allowed).code == BREAKING


def test_a_batch_that_route_53_refuses_is_refused_in_its_words(planned: Callable[..., Ran]) -> None:
    ran = planned("--zone", "ex.test", "--records", {"ChangeBatch": batch(change("CREATE", A))})
    assert (ran.code, guards(ran), ran.document["changes"]) == (REFUSED, ["accepted"], [])
    assert "it already exists" in ran.document["guards"][0]["observed"]
    assert planned("--zone", "ex.test", "--records", batch(change("CREATE", A)), "--allow", "accepted").code == BAD


def test_a_table_s_new_index_is_good_to_go_and_another_key_is_refused(planned: Callable[..., Ran]) -> None:
    index = {
        "IndexName": "by-sk",
        "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    good = planned("--table", "plans", "--schema", {**SCHEMA, "GlobalSecondaryIndexes": [index]})
    assert (good.code, categories(good)) == (OK, {"non-breaking"})
    asked = {**SCHEMA, "Tags": [], "StreamSpecification": {"StreamEnabled": False}, "TableClass": "STANDARD"}
    same = planned("--table", "plans", "--schema", asked)
    assert (same.code, same.document["changes"]) == (OK, [])
    keyed = {"KeySchema": SCHEMA["KeySchema"][:1], "AttributeDefinitions": SCHEMA["AttributeDefinitions"][:1]}
    ran = planned("--table", "plans", "--schema", {"Table": {**SCHEMA, **keyed}})
    assert (ran.code, guards(ran)) == (REFUSED, ["items-replaced"])
    assert all(each["forward_only"] for each in ran.document["changes"])


def test_a_contract_that_promises_more_is_good_to_go_and_one_that_breaks_needs_a_major_version(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    def against(edit: Callable[[dict[str, Any]], None]) -> Ran:
        document = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
        edit(document)
        (tmp_path / "new.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        return twinstage("plan", "--contract", tmp_path / "new.yaml", "--against", CONTRACT, "--json")

    def more(document: dict[str, Any]) -> None:
        document["schema"][0]["properties"].append({"name": "note", "logicalType": "string", "physicalType": "text"})

    def less(document: dict[str, Any]) -> None:
        document["schema"][0]["properties"].pop()

    def announced(document: dict[str, Any]) -> None:
        less(document)
        document["version"] = "2.0.0"

    def retired(document: dict[str, Any]) -> None:
        document["status"] = "retired"

    def stricter(document: dict[str, Any]) -> None:
        document["schema"][0].setdefault("quality", []).append({"metric": "rowCount", "mustBeGreaterThan": 1})

    good, refused, told = against(more), against(less), against(announced)
    gone, narrower = against(retired), against(stricter)
    assert (gone.code, guards(gone), gone.document["announced"]) == (REFUSED, ["major-version"], False)
    assert (narrower.document["announced"], guards(narrower), "breaking" in categories(narrower)) == (False, [], True)
    assert narrower.code == BREAKING
    assert (good.code, categories(good)) == (OK, {"non-breaking"})
    assert (refused.code, guards(refused), refused.document["breaking"]) == (REFUSED, ["major-version"], True)
    assert (told.code, told.document["announced"], "breaking" in categories(told)) == (OK, True, True)


def test_a_template_that_adds_is_good_to_go_and_one_that_loses_state_or_allows_more_is_refused(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    topic = {"Type": "AWS::SNS::Topic"}
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"PolicyDocument": {"Statement": [open_]}}}

    def against(**resources: Any) -> Ran:
        for name, held in (("old", {"Queue": queue}), ("new", resources)):
            (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": held}), encoding="utf-8")
        return twinstage("plan", "--template", tmp_path / "new.json", "--against", tmp_path / "old.json", "--json")

    good, lost, opened = against(Queue=queue, Topic=topic), against(Topic=topic), against(Queue=queue, Policy=policy)
    assert (good.code, categories(good)) == (OK, {"non-breaking"})
    assert (lost.code, guards(lost)) == (REFUSED, ["state-lost"])
    assert (opened.code, guards(opened)) == (REFUSED, ["iam-broadening"])


def test_a_cloud_assembly_is_planned_stack_by_stack(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    for folder, stacks in (("old", ["One"]), ("new", ["One", "Two"])):
        (tmp_path / folder).mkdir()
        artifacts = {}
        for name in stacks:
            held = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
            (tmp_path / folder / f"{name}.template.json").write_text(json.dumps(held), encoding="utf-8")
            artifacts[name] = {
                "type": "aws:cloudformation:stack",
                "environment": "aws://111111111111/us-east-1",
                "properties": {"templateFile": f"{name}.template.json"},
            }
        manifest = {"version": "36.0.0", "artifacts": artifacts}
        (tmp_path / folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    ran = twinstage("plan", "--template", tmp_path / "new", "--against", tmp_path / "old", "--json")
    assert (ran.code, [each["subject"] for each in ran.document["changes"]]) == (OK, ["Two/Topic"])


def test_a_scenario_s_functions_are_planned_against_the_production_that_it_describes(
    twinstage: Callable[..., Ran],
) -> None:
    ran = twinstage("plan", SCENARIOS / "enactor-update", "--json")
    assert (ran.code, categories(ran)) == (OK, {"undecided"})
    assert {"code/cleaner", "code/enactor"} <= ran.document["made_of"].keys()
    again = twinstage("plan", SCENARIOS / "enactor-update", "--expect", ran.document["digest"])
    assert again.code == OK
    assert f"plan {ran.document['digest']}" in again.out


def test_a_candidate_that_cannot_work_is_told_before_anything_runs(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    scenario = _small_scenario(tmp_path, b"import os\n\nWHERE = os.environ['WHERE']\n\n\ndef handle(event, context):\n")
    ran = twinstage("plan", scenario)
    assert ran.code == BREAKING
    assert "breaking     function app code/app.py: not Python of python3.11" in ran.out


def test_a_plan_that_is_another_now_is_refused_by_plan_and_by_rehearse(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    scenario = _small_scenario(tmp_path, b"def handle(event, context):\n    return 1\n")
    digest = twinstage("plan", scenario, "--json").document["digest"]
    assert twinstage("plan", scenario, "--expect", digest[:19]).code == OK
    (scenario / "candidate/app.py").write_bytes(b"def handle(event, context):\n    return 2\n")
    for command in (["plan", scenario, "--expect"], ["rehearse", scenario, "--local", "--plan"]):
        ran = twinstage(*command, digest, "--json")
        assert (ran.code, ran.document["code"]) == (REFUSED, "PLAN_CHANGED")
        assert ran.document["details"]["expected"] == digest


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give one of: SCENARIO;"),
        (["--zone", "ex.test"], "give one of: SCENARIO;"),
        (["--zone", "ex.test", "--records", batch(), "--table", "plans"], "give one of: SCENARIO;"),
        (["--zone", "no.test", "--records", batch(change("CREATE", NEW))], "there are: ex.test. (ZEXTEST)"),
        (["--zone", "ex.test", "--records", {"changes": []}], "at /Changes: no list of changes"),
        (
            ["--zone", "ex.test", "--records", batch({"Action": "PUT", "ResourceRecordSet": NEW})],
            "at /Changes/0/Action",
        ),
        (["--table", "no", "--schema", SCHEMA], "there are: plans"),
        (["--table", "plans", "--schema", {"KeySchema": []}], "at /AttributeDefinitions: missing"),
        (["--table", "plans", "--schema", {**SCHEMA, "KeySchema": [1]}], "not a table's schema"),
        (
            ["--table", "plans", "--schema", {**SCHEMA, "TimeToLive": "soon"}],
            "at /TimeToLive: missing, or of another type",
        ),
        (["--zone", "ex.test", "--records", batch(change("CREATE", NEW)), "--allow", "luck"], "has no guard luck"),
    ],
)
def test_what_cannot_be_planned_is_bad_input_in_its_place(
    planned: Callable[..., Ran], options: list[Any], said: str
) -> None:
    ran = planned(*options)
    assert ran.code == BAD
    assert said in ran.err


@pytest.mark.parametrize("form", ["--template", "--contract"])
def test_a_state_is_refused_where_nothing_is_planned_against_it(
    planned: Callable[..., Ran], twinstage: Callable[..., Ran], form: str
) -> None:
    held = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    ran = planned(form, held, "--against", held)
    assert (ran.code, f"--snapshot says nothing of what {form} is for" in ran.err) == (BAD, True)
    ran = twinstage("plan", SCENARIOS / "enactor-update", form, CONTRACT, "--against", CONTRACT)
    assert (ran.code, f"SCENARIO says nothing of what {form} is for" in ran.err) == (BAD, True)


def _small_scenario(folder: Path, candidate: bytes) -> Path:
    """A scenario of one function, and a candidate for it."""
    for arm, code in (("baseline", b"def handle(event, context):\n    return 0\n"), ("candidate", candidate)):
        (folder / "small" / arm).mkdir(parents=True)
        (folder / "small" / arm / "app.py").write_bytes(code)
    event = {"id": "e1", "timestamp": "2026-01-01T00:00:00Z", "type": "lambda_invoke"}
    line = json.dumps({**event, "payload": {"function": "app", "event": {}}})
    (folder / "small/events.jsonl").write_text(line + "\n", encoding="utf-8")
    document = {
        "schema": "twinstage:scenario:1",
        "name": "small",
        "production": {"functions": {"app": {"code": "baseline", "handler": "app.handle", "runtime": "python3.11"}}},
        "capture": {"functions": ["app"]},
        "change": {"functions": {"app": {"code": "candidate"}}},
        "events": {"file": "events.jsonl"},
        "criteria": {"consistency": {}},
    }
    (folder / "small/scenario.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder / "small"
