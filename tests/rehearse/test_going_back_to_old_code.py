"""The way back out of a change of code: the old code must be at home again in whatever the new code left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearse.going_back import WWW, alias, failed, failure, inputs, invoked, rolled_back, scenario
from tests.state.memory_zones import rr
from twinstage.rehearse.exploration import Explorer

if TYPE_CHECKING:
    from pathlib import Path

CODE = '''
"""Moves www to the tree of a generation, and notes in a TXT where it is."""
import boto3

route53 = boto3.client("route53")


def records(name, kind):
    page = route53.list_resource_record_sets(HostedZoneId="ZPRODUCTION", StartRecordName=name, StartRecordType=kind, MaxItems="1")
    return [each for each in page["ResourceRecordSets"] if (each["Name"], each["Type"]) == (name, kind)]


def put(*records):
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record} for record in records]
    route53.change_resource_record_sets(HostedZoneId="ZPRODUCTION", ChangeBatch={"Changes": changes})


def txt(name, value):
    return {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{value}"'}]}


def www(generation):
    target = {"HostedZoneId": "ZPRODUCTION", "DNSName": f"tree-{generation}.ex.test.", "EvaluateTargetHealth": False}
    return {"Name": "www.ex.test.", "Type": "A", "AliasTarget": target}


def noted(name):
    (found,) = records(name, "TXT")
    return found["ResourceRecords"][0]["Value"].strip('"')


def handler(event, context):
    if event["do"] == "restore":
        put(www(READ(noted("good.ex.test."))))
        return {"restored": True}
    if event["do"] == "accept":
        put(txt("good.ex.test.", event["generation"]))
        return {"accepted": event["generation"]}
    put(www(event["generation"]))
    put(txt("at.ex.test.", WRITE(event["generation"])))
    AFTERWARDS(event["generation"])
    READ(noted("at.ex.test."))
    return {"at": event["generation"]}
'''


def code(write: str = "str", read: str = "int", afterwards: str = "str") -> str:
    return CODE.replace("WRITE", write).replace("READ", read).replace("AFTERWARDS", afterwards)


TREES = [*(rr(f"tree-{n}.ex.test.", "A", f"192.0.2.{n}") for n in (1, 2, 3)), alias("www.ex.test.", "tree-1.ex.test.")]
NOTES = [rr(f"{name}.ex.test.", "TXT", '"1"') for name in ("at", "good")]
CHANGE = {"functions": {"publish": {"code": "candidate"}}}
MOVE = {"function": "publish", "event": {"do": "move", "generation": 3}}
RECOVERS = {
    "id": "I2",
    "title": "it comes to the third tree",
    "kind": "recovers",
    "names": ["www.ex.test."],
    "generation": "tree-{generation}.",
    "at_least": 3,
}


def moved(
    folder: Path, candidate: str, rollback: dict[str, Any] | None = None, explore: dict[str, Any] | None = None
) -> Any:
    """Inputs of a day on which the code moves www to the second tree."""
    document = scenario(
        CHANGE,
        rollback,
        explore={"recovery": {"messages": [MOVE]}, **(explore or {})},
        invariants=[WWW, RECOVERS],
    )
    day = (invoked("e1", 0, {"do": "move", "generation": 2}), invoked("e2", 60, {"do": "accept", "generation": 2}))
    return inputs(folder, document, *TREES, *NOTES, events=day, baseline=code(), candidate=candidate)


def test_a_way_back_that_is_right_is_certified_from_every_state(tmp_path: Path) -> None:
    race = {
        "name": "race",
        "certify": True,
        "containers": {
            name: [{"function": "publish", "event": {"do": "move", "generation": n}}]
            for name, n in (("A", 2), ("B", 3))
        },
    }
    given = moved(tmp_path, code(write="(lambda n: f'0{n}')"), explore={"cases": [race]})

    found = rolled_back(given)

    assert (found["verdict"], [each for each in found["failures"] if each["counts"]]) == ("APPROVED", [])
    day, every = found["cases"]
    assert (day["case"], day["states"], day["exhausted"]) == ("recorded", 5, None)
    # Two containers of three calls each, in every order: the paths meet wherever both stand alike in the same world.
    assert (every["case"], every["exhausted"], every["capped"]) == ("race", True, False)
    assert every["states"] > every["worlds"] > 1
    assert found["asked"] == ["I1", "I2"]
    assert found["timed"] == {"calls": 1, "seconds": 0.0}
    complete = next(each for each in found["findings"] if each["check"] == "rollback-complete")
    assert f"from {5 + every['states']} states" in complete["message"]


def test_old_code_that_cannot_read_what_the_new_code_wrote_is_found_where_it_was_written(tmp_path: Path) -> None:
    given = moved(tmp_path, code(write="(lambda n: f'v2:{n}')", read="(lambda text: int(text.split(':')[-1]))"))
    # The old code reads what stands there before it writes anew.
    baseline = code().replace(
        '    put(www(event["generation"]))\n', '    int(noted("at.ex.test."))\n    put(www(event["generation"]))\n'
    )
    (tmp_path / "baseline/app.py").write_text(baseline)

    found = rolled_back(given)

    assert failed(found) == ["rollback-I2", "rollback-recovery"]
    unread = failure(found, "recovery")
    assert (unread["event"], unread["call"]) == ("e1", 2)
    assert "ValueError" in unread["detail"]
    assert found["problems"] == []


@pytest.mark.parametrize(
    ("afterwards", "fails"),
    [("str", []), ('(lambda n: put(txt("good.ex.test.", n)))', ["rollback-I1"])],
    ids=["once it is accepted", "at once"],
)
def test_a_restore_of_what_was_never_good_is_found(tmp_path: Path, afterwards: str, fails: list[str]) -> None:
    """What is moved to is bad, as its tree leads nowhere; who notes it as known good at once can only go back to it."""
    restore = {"function": "publish", "event": {"do": "restore"}}
    document = scenario(
        CHANGE,
        {"messages": [restore], "recovery": {"messages": [restore]}, "invariants": ["I1"]},
    )
    trees = [each for each in TREES if each["Name"] != "tree-2.ex.test."]
    bad = inputs(
        tmp_path,
        document,
        *trees,
        alias("tree-2.ex.test.", "nothing.ex.test."),
        *NOTES,
        events=(invoked("e1", 0, {"do": "move", "generation": 2}),),
        baseline=code(),
        candidate=code(afterwards=afterwards),
    )

    found = rolled_back(bad)

    assert failed(found) == fails
    if fails:
        poisoned = failure(found, "I1")
        assert (poisoned["event"], poisoned["call"]) == ("e1", 3)
        assert poisoned["detail"].startswith("the way back does not mend it: www.ex.test. resolves to nothing")


def test_what_only_the_new_code_wrote_is_told_or_found(tmp_path: Path) -> None:
    leaves = code(afterwards='(lambda n: put(txt("extra.ex.test.", n)))')

    told = rolled_back(moved(tmp_path / "told", leaves))
    judged = rolled_back(moved(tmp_path / "judged", leaves, {"leaves_nothing": True}))

    assert told["left_behind"] == {"records": ["extra.ex.test. TXT"], "items": [], "attributes": []}
    assert told["verdict"] == "APPROVED"
    assert failed(judged) == ["rollback-leaves-nothing"]


def test_a_recovery_that_fails_before_any_change_says_nothing_of_the_way_back(tmp_path: Path) -> None:
    away = {"function": "publish", "event": {"do": "nothing of the kind"}}

    found = rolled_back(moved(tmp_path, code(), {"recovery": {"messages": [away]}}))

    assert found["verdict"] != "APPROVED"
    assert found["problems"] == [
        "the recovery fails by the old code from production's own state already: it says nothing of the way back"
    ]


def test_one_state_is_tried_and_told_call_by_call(tmp_path: Path) -> None:
    given = moved(tmp_path, code())

    with Explorer(given) as explorer:
        found = explorer.try_back(arm="candidate", case="recorded", event="e1", call=1)

    assert found["broken"] == {}
    assert [(each["by"], each["call"]) for each in found["told"]] == [
        ("recovery: publish", "route53 ChangeResourceRecordSets"),
        ("recovery: publish", "route53 ChangeResourceRecordSets"),
        ("recovery: publish", "route53 ListResourceRecordSets"),
    ]
