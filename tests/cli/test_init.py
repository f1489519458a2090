"""`twinstage init`: a first scenario out of somebody's own zone and function, checked before it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twinstage.cli.scenario_file import load_scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

SHARED = Path(__file__).parents[2].parent / "shared/data/dns/18f-dns"
ZONE = """$ORIGIN shop.example.
@ 3600 IN SOA ns-1.awsdns-01.com. hostmaster.shop.example. 1 7200 900 1209600 86400
@ 172800 IN NS ns-1.awsdns-01.com.
www 300 IN A 192.0.2.1
api 60 IN CNAME www.shop.example.
_proof 60 IN CNAME somewhere.example.
* 60 IN A 192.0.2.9
"""
HANDLER = """
import os
import boto3

ZONE = os.environ["ZONE_ID"]
LEVEL = os.getenv("LOG_LEVEL", "INFO")


def handle(event, context):
    record = {"Name": event.get("name", "canary.shop.example."), "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": os.environ["ADDRESS"]}]}
    boto3.client("route53").change_resource_record_sets(
        HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )
    return {"ok": True}
"""


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    (tmp_path / "shop.example.zone").write_text(ZONE)
    (tmp_path / "publisher").mkdir()
    (tmp_path / "publisher/main.py").write_text(HANDLER)
    options = {"--zone": "shop.example.zone", "--function": "publisher"}
    return [str(each) for pair in options.items() for each in (pair[0], tmp_path / pair[1])]


def test_what_is_given_becomes_a_scenario_that_holds_today_s_names(
    twinstage: Callable[..., Ran], tmp_path: Path, given: list[str]
) -> None:
    ran = twinstage(
        "init", tmp_path / "first", *given, "--handler", "main.handle", "--set", "ADDRESS=192.0.2.7", "--json"
    )

    assert ran.code == 0, ran.err
    assert (ran.document["zones"], ran.document["function"]) == (["shop.example."], "publisher")
    loaded = load_scenario(tmp_path / "first/scenario.yaml")
    assert loaded.scenario.arms == ("baseline", "candidate")
    variables = loaded.functions["publisher"]["environment"]
    assert variables == {"ADDRESS": "192.0.2.7", "ZONE_ID": variables["ZONE_ID"]}
    assert loaded.scenario.document["environment"] == {"keep": ["ADDRESS"]}
    [invariant] = loaded.scenario.document["invariants"]
    assert invariant["names"] == ["api.shop.example.", "www.shop.example."]
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == [
        *("README.md", "baseline", "candidate", "events.jsonl", "production", "scenario.yaml")
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--handler", "main.handle"], "its code reads the variable ADDRESS (give --set ADDRESS=VALUE)"),
        (["--handler", "main.other"], "it defines no other"),
        (["--handler", "app.handle"], "it has no module 'app'"),
        (["--handler", "main.handle", "--set", "ADDRESS"], "give NAME=VALUE"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_written(
    twinstage: Callable[..., Ran], tmp_path: Path, given: list[str], options: list[str], said: str
) -> None:
    ran = twinstage("init", tmp_path / "first", *given, *options)

    assert ran.code == 2
    assert said in ran.err
    assert {path.name for path in tmp_path.iterdir()} <= {"publisher", "shop.example.zone", "work"}


def test_a_folder_that_holds_something_is_not_touched(
    twinstage: Callable[..., Ran], tmp_path: Path, given: list[str]
) -> None:
    ran = twinstage("init", tmp_path / "publisher", *given, "--handler", "main.handle", "--set", "ADDRESS=192.0.2.7")

    assert ran.code == 2
    assert "it is not empty" in ran.err
    assert [path.name for path in (tmp_path / "publisher").iterdir()] == ["main.py"]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no real zones at {SHARED}")
@pytest.mark.parametrize("name", ["code.gov", "18f.gov", "vote.gov"])
def test_real_zones_of_others_give_scenarios(
    twinstage: Callable[..., Ran], tmp_path: Path, given: list[str], name: str
) -> None:
    given[1] = str(SHARED / f"{name}.json")
    ran = twinstage("init", tmp_path / "first", *given, "--handler", "main.handle", "--set", "ADDRESS=192.0.2.7")

    assert ran.code == 0, ran.err
    assert load_scenario(tmp_path / "first/scenario.yaml").scenario.document["capture"]["zones"] == [f"{name}."]
