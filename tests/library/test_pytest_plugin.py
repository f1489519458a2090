"""The pytest plugin, as docs/testing.md shows it: the files that stand there are written and run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.state.sample_snapshots import snapshot_of, source
from twinstage.world.store import DirectoryStore

pytest_plugins = ["pytester"]

GUIDE = (Path(__file__).parents[2] / "docs/testing.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)
FILES = {match[1]: text for _, text in BLOCKS if (match := re.match(r"# (\w+\.py)\n", text))}
(SHOWN,) = (text for language, text in BLOCKS if language == "text")


@pytest.fixture
def guide(pytester: pytest.Pytester) -> pytest.Pytester:
    for name, text in FILES.items():
        (pytester.path / name).write_text(text)
    return pytester


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(
        "-p", "twinstage.testing.plugin", "-p", "no:randomly", "-p", "no:cacheprovider", *arguments
    )


def test_the_guides_tests_do_as_it_says(guide: pytest.Pytester) -> None:
    done = run(guide, "--strict-markers")

    done.assert_outcomes(passed=2, failed=1, skipped=1)
    done.stdout.fnmatch_lines([line.replace("[", "[[]") for line in SHOWN.splitlines()], consecutive=True)


def test_a_schedule_can_be_replayed(guide: pytest.Pytester) -> None:
    racing = ("test_counter.py", "-k", "lambda_handler", "--twinstage-schedule")

    run(guide, *racing, "A B B A").assert_outcomes(failed=1, deselected=1)
    run(guide, *racing, "A A B B").assert_outcomes(passed=1, deselected=1)


CAPTURED = """
import time
import boto3
import pytest

@pytest.mark.twinstage(snapshot={id!r})
def test_production(memory_aws):
    zones = {{zone["Id"].rpartition("/")[2]: zone["Name"] for zone in boto3.client("route53").list_hosted_zones()["HostedZones"]}}
    assert zones == {zones!r}
    assert boto3.client("dynamodb").list_tables()["TableNames"] == {tables!r}
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) == {at!r}

@pytest.mark.twinstage(snapshot="absent")
def test_no_such_snapshot(memory_aws):
    pass
"""


def test_a_world_is_as_a_snapshot_describes_it_at_the_time_of_its_capture(pytester: pytest.Pytester) -> None:
    manifest = snapshot_of(source(), DirectoryStore(pytester.path / ".twinstage"))
    known = {
        "id": manifest.id[:16],
        "zones": {zone.id: zone.name for zone in manifest.zones},
        "tables": sorted(table.name for table in manifest.tables),
        "at": manifest.captured["at"],
    }
    pytester.makepyfile(test_captured=CAPTURED.format(**known))

    done = run(pytester)

    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["*no snapshot begins with 'absent'*"])


RACES = """
import threading
import time
import uuid
import boto3
import pytest
from twinstage.testing import explore

def make():
    boto3.client("dynamodb").create_table(
        TableName="ttt", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")

def put(k):
    boto3.client("dynamodb").put_item(TableName="ttt", Item={"k": {"S": k}})

def in_a_thread(k):
    thread = threading.Thread(target=put, args=(k,)); thread.start(); thread.join()

UNCONTROLLED = []

def otherwise_each_time(k):
    UNCONTROLLED.append(k)
    put(str(len(UNCONTROLLED)))
    put("afterwards")

@explore(max_states=3)
def test_too_many(race):
    make()
    for name in "ABCD":
        race.add(name, put, name)
    race.run()

@explore()
def test_uncontrolled(race):
    make()
    race.add("A", otherwise_each_time, "a")
    race.add("B", otherwise_each_time, "b")
    race.run()

@explore()
def test_never_run(race):
    pass

def test_undecorated(race):
    make()
    race.add("A", put, "a")
    race.run()

CALLED = []

def told_apart(k):
    put(k)
    CALLED.append(k)

@explore()
def test_held_and_failed(race):
    make()
    CALLED.clear()
    for name in "abc":
        race.add(name, told_apart, name)
    race.run()
    assert CALLED != ["b", "a", "c"]

def claim(zone, owner):
    boto3.client("route53").update_hosted_zone_comment(Id=zone, Comment=owner)
    boto3.client("dynamodb").put_item(TableName="ttt", Item={"k": {"S": "owner"}, "who": {"S": owner}})

@explore()
def test_torn(race):
    make()
    route53 = boto3.client("route53")
    zone = route53.create_hosted_zone(Name="example.com.", CallerReference="1")["HostedZone"]["Id"]
    race.add("A", claim, zone, "a")
    race.add("B", claim, zone, "b")
    race.run()
    item = boto3.client("dynamodb").get_item(TableName="ttt", Key={"k": {"S": "owner"}})["Item"]
    assert route53.get_hosted_zone(Id=zone)["HostedZone"]["Config"]["Comment"] == item["who"]["S"]

def stamped(k):
    time.sleep(5)
    item = {"k": {"S": k}, "id": {"S": str(uuid.uuid4())}, "at": {"N": str(int(time.time()))}}
    boto3.client("dynamodb").put_item(TableName="ttt", Item=item)

IDS = set()

@explore()
def test_time_and_randomness(race):
    make()
    race.add("A", stamped, "a")
    race.add("B", stamped, "b")
    race.run()
    items = {item["k"]["S"]: item for item in boto3.client("dynamodb").scan(TableName="ttt")["Items"]}
    assert {k: int(item["at"]["N"]) - 1_767_225_600 for k, item in items.items()} == {"a": 5, "b": 10}
    IDS.update(item["id"]["S"] for item in items.values())
    assert len(IDS) == 2

@explore()
def test_error(race):
    make()
    race.add("A", boto3.client("dynamodb").put_item, TableName="absent", Item={"k": {"S": "a"}})
    ended = race.run()["A"]
    assert type(ended.error).__name__ == "ResourceNotFoundException"
    with pytest.raises(type(ended.error)):
        ended.value
"""


def test_what_was_not_tried_in_every_order_does_not_pass_and_time_and_randomness_follow_the_schedule(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_races=RACES)

    done = run(pytester)

    done.assert_outcomes(passed=2, failed=6)
    done.stdout.fnmatch_lines_random(
        [
            "*not every schedule was tried: they lead to more than 3 states*",
            "*the test did not run its race*",
            "*nobody says in which order the handlers run*",
            "*after the same calls and answers A did something else*",
            "*something other than its event, its answers, time and `random` decides*",
            "*after the same calls and answers the test held once and failed once*",
            "*test_races.py::test_torn' --twinstage-schedule 'A B B A'",
        ]
    )
