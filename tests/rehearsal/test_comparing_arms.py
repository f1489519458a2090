"""A rehearsal that compares the candidate with what the baseline does twice: three arms through the whole machine, and nothing else looks at the third.

Long, since each is a twin of its own. What the comparison says of given outcomes is in tests/rehearse/test_ab_*.py, that a twin of three arms is isolated and fits in tests/isolation and tests/stacks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from small_scenario import SCENARIO, ZONE, events, write_small_scenario

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.validation import schema_violations
from twinstage.report import load_run
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Stage

    from twinstage.local.rehearsal import DeployedTwin, LocalRehearsal, Rehearsed

pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long]

NOISY = """
import os, time, uuid
import boto3

ddb, r53 = boto3.client("dynamodb"), boto3.client("route53")

def lambda_handler(event, context):
    item = ddb.get_item(TableName=os.environ["HOSTS"], Key={"host": {"S": event["host"]}})["Item"]
    record = {"Name": event["host"] + ".example.net.", "Type": "A", "TTL": SECONDS, "ResourceRecords": [{"Value": item["address"]["S"]}]}
    r53.change_resource_record_sets(HostedZoneId=os.environ["ZONE_ID"], ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]})
    ddb.put_item(TableName=os.environ["HOSTS"], Item=item | {"seen": {"N": str(time.time())}, "by": {"S": uuid.uuid4().hex}})
    ddb.put_item(TableName=os.environ["HOSTS"], Item={"host": {"S": uuid.uuid4().hex}})
    return {"published": event["host"], "request": uuid.uuid4().hex, "at": time.time()}
"""


def rehearsed(
    rehearsal: LocalRehearsal, standing: Callable[[DeployedTwin], Stage], folder: Path, name: str, ttl: int
) -> Rehearsed:
    """The baseline writes a TTL of 60 and much that is made up at random; so does the candidate, with its own TTL."""
    path = write_small_scenario(folder / "small", name)
    for arm, written in (("baseline", 60), ("candidate", ttl)):
        (path.parent / arm / "publish.py").write_text(NOISY.replace("SECONDS", str(written)))
    # As this code lived through the day: nothing of it failed.
    taken = [
        {name: value for name, value in event.items() if event["type"] != "lambda_invoke" or name != "expected"}
        for event in events()
    ]
    (path.parent / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in taken))
    text = SCENARIO.replace("name: small\n", f"name: {name}\n").replace("explore: {seeds: 2}\n", "ab: {}\n")
    path.write_text(text.replace(f"  end_state: {{may_differ: [www.{ZONE}]}}\n", ""))
    with rehearsal.deployed(rehearsal_input(load_scenario(path))) as twin:
        return standing(twin).execute(folder / "run")


def passed(found: dict[str, Any], check: str) -> bool | None:
    [finding] = [each for each in found["findings"] if each["check"] == check]
    result: bool | None = finding["passed"]
    return result


def test_code_that_does_the_same_but_for_noise_is_approved(
    rehearsal: LocalRehearsal, standing: Callable[[DeployedTwin], Stage], tmp_path: Path
) -> None:
    done = rehearsed(rehearsal, standing, tmp_path, "noise", ttl=60)
    found, results = summary(done), DirectoryStore(done.run_dir)

    assert found["verdict"] == "APPROVED", found["findings"]
    assert [passed(found, check) for check in ("ab-repeat", "ab-responses", "ab-state")] == [True, True, True]
    assert "end-state" not in {finding["check"] for finding in found["findings"]}
    document = get_json(results, "ab.json")
    assert schema_violations("ab", document) == []
    noisy = {(row["of"], row["pointer"], row["what"]) for row in document["responses"]["rows"]}
    assert noisy == {("publish", "/response/at", "value"), ("publish", "/response/request", "value")}
    # What the change's own steps did is declared, as it is in `end-state`.
    noise = {row["pointer"] for row in document["state"]["rows"] if row["verdict"] == "noise"}
    assert noise == {"/seen/N", "/by/S", ""}
    assert done.states.count("Capture") == 3
    for name in ("performance.json", "profile.json", "lateness.json"):
        assert set(get_json(results, name)) == {"baseline", "candidate"}
    assert [arm.arm for arm in load_run(results).arms] == ["baseline", "candidate"]
    assert {finding["arm"] for finding in found["findings"]} == {"baseline", "candidate", None}


def test_a_field_that_the_candidate_writes_otherwise_is_found_among_the_noise(
    rehearsal: LocalRehearsal, standing: Callable[[DeployedTwin], Stage], tmp_path: Path
) -> None:
    found = summary(rehearsed(rehearsal, standing, tmp_path, "noise-and-ttl", ttl=5))
    assert found["verdict"] == "REJECTED"
    [finding] = [each for each in found["findings"] if each["counts"] and each["passed"] is False]
    assert finding["check"] == "ab-state"
    places = [(each["of"], each["pointer"]) for each in finding["evidence"]["differing"]]
    assert places == [(ZONE, f"/api.{ZONE} A/TTL"), (ZONE, f"/www.{ZONE} A/TTL")]
