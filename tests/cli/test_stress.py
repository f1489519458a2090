"""`twinstage stress`: what it says, its one document, its files, its exit codes."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.state.production_parts import item, production, write_dumps
from twinstage.cli.stress_load import LoadOptions
from twinstage.model.archive import zip_files
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

    Stress = Callable[..., Ran]

HANDLER = """
import boto3
table = boto3.client("dynamodb")
def handler(event, context):
    table.put_item(TableName="plans", Item={"pk": {"S": event.get("name", "plan")}, "sk": {"N": "1"}})
    return event
"""
# All requests write to one partition, which takes 20 units a second here.
SETTINGS = {
    "service_times": {"handler_s": 0.01, "cold_start_s": 0.1, "dynamodb": {"mean_s": 0.02, "variation": 0.2}},
    "quotas": {"dynamodb.partition_writes": {"rate_per_s": 20, "burst": 20}},
    "service_level": {"p99_ms": 1000},
}
LOAD = ("--from", 8, "--to", 40, "--level", "8s", "--factor", 1.5, "--seed", 3)


@pytest.fixture
def stress(twinstage: Callable[..., Ran], tmp_path: Path) -> Stress:
    """Runs the command over a snapshot of a table and the function that writes to it."""
    code = zip_files({"app.py": HANDLER.encode()})
    write_dumps(tmp_path / "dumps", production({}, {"plans": [item("plan", "1")]}, {"enactor": code}))
    kinds = [word for kind in ("tables", "functions") for word in (f"--{kind}", tmp_path / "dumps" / kind)]
    made = twinstage("snapshot", "import", *kinds, "--store", tmp_path / "store", "--no-sign", "--json")
    assert made.code == 0, made.err
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(SETTINGS))
    given = ("--snapshot", made.document["snapshot"], "--unsigned", "--store", tmp_path / "store")

    def run(*arguments: object) -> Ran:
        return twinstage("stress", *given, "--out", tmp_path / "out", *arguments)

    return run


def settings(folder: Path, **more: Any) -> Path:
    (folder / "settings.yaml").write_text(yaml.safe_dump(SETTINGS | more))
    return folder / "settings.yaml"


def test_people_are_told_what_gave_way_the_knee_the_limits_the_plan_and_how_to_do_it_again(
    stress: Stress, tmp_path: Path
) -> None:
    ran = stress("--function", "enactor", *LOAD, "--settings", settings(tmp_path), "--target-rate", 20)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("function enactor, world memory: breakpoint from 8 /s to 40 /s, ")
    assert re.search(r"^  bottleneck: partition:plans/", ran.out, re.MULTILINE)
    assert re.search(r"^  knee: \S+ /s \(\S+ to \S+\), (not )?confirmed$", ran.out, re.MULTILINE)
    assert re.search(r"^  limit: \S+ binds at \S+ /s, headroom .* \(read on 20\d\d-\d\d-\d\d\)$", ran.out, re.MULTILINE)
    assert re.search(r"^  capacity: 20 requests a second ", ran.out, re.MULTILINE)
    assert f"MEASURED  {tmp_path / 'out' / 'report.html'}" in ran.out
    again = next(line for line in ran.out.splitlines() if line.startswith("again: "))
    words = shlex.split(again.removeprefix("again: "))
    assert words[:4] == ["twinstage", "stress", "--function", "enactor"]
    assert "--out" not in words
    # A line a level while it runs, and no control codes where there is no terminal.
    assert len(re.findall(r"^ +[\d.]+ s  target: \S+/s: ", ran.err, re.MULTILINE)) >= 5
    assert "\x1b" not in ran.out + ran.err


def test_json_is_of_its_form_and_the_same_for_the_same_seed(stress: Stress, tmp_path: Path) -> None:
    asked = ("--function", "enactor", "--rate", 30, "--for", "5s", "--settings", settings(tmp_path), "--json")
    first, second, other = (stress(*asked, "--seed", seed) for seed in (3, 3, 4))
    assert schema_violations("stress", first.document) == []
    assert first.out == second.out
    assert first.document["arms"] != other.document["arms"]


def test_it_leaves_its_result_and_every_report_and_they_are_derived_again_from_the_result_alone(
    stress: Stress, twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = stress("--function", "enactor", *LOAD, "--json")
    place = tmp_path / "out"
    assert json.loads((place / "result.json").read_bytes()) == ran.document
    names = ("report.html", "report.md", "junit.xml", "results.sarif")
    written = {name: (place / name).read_bytes() for name in names}
    for name in names:
        (place / name).unlink()
    again = twinstage("report", place, "--json")
    assert again.code == 0, again.err
    assert again.document["files"] == sorted(names)
    assert {name: (place / name).read_bytes() for name in names} == written


@pytest.mark.parametrize(
    ("thresholds", "code", "verdict"),
    [
        ({}, 0, "MEASURED"),
        ({"knee_per_s": {"at_least": 12}}, 0, "APPROVED"),
        ({"knee_per_s": {"at_least": 35}}, 1, "REJECTED"),
    ],
)
def test_the_exit_code_says_whether_the_thresholds_are_kept(
    stress: Stress, tmp_path: Path, thresholds: dict[str, Any], code: int, verdict: str
) -> None:
    ran = stress("--function", "enactor", *LOAD, "--settings", settings(tmp_path, thresholds=thresholds), "--json")
    assert (ran.document["verdict"], ran.code) == (verdict, code)


def test_what_cannot_be_decided_is_neither(stress: Stress, tmp_path: Path) -> None:
    low = ("--rate", 5, "--for", "5s")
    asked = settings(tmp_path, thresholds={"knee_per_s": {"at_least": 1000}})
    ran = stress("--function", "enactor", *low, "--settings", asked, "--json")
    assert (ran.document["verdict"], ran.code) == ("INCONCLUSIVE", 3)


def test_a_table_is_stressed_by_an_operation_of_its_own(stress: Stress, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"Key": {"pk": {"S": "plan"}, "sk": {"N": "1"}}}\n')
    ran = stress(
        "--table", "plans", "--operation", "GetItem", "--requests", requests, "--rate", 20, "--for", "10s", "--json"
    )
    assert ran.code == 0, ran.err
    (operation,) = ran.document["arms"]["target"]["load"]["operations"].values()
    assert operation["ok"] == operation["intended"] == 200


def test_users_who_wait_for_their_answers_are_a_closed_load(stress: Stress) -> None:
    ran = stress("--function", "enactor", "--users", 3, "--think", "500ms", "--for", "20s", "--json")
    load = ran.document["arms"]["target"]["load"]
    assert load["model"] == "closed"
    assert load["profile"]["users"] == 3


def test_a_packaged_scenarios_arms_are_stressed_one_or_both_with_the_options_over_its_own_load(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    given = ("stress-route53-bound", "--rate", 1, "--for", "20s", "--out", tmp_path / "out", "--json")
    both = twinstage("stress", *given)
    assert list(both.document["arms"]) == ["baseline", "candidate"], both.err
    assert both.document["scenario"] == "stress-route53-bound"
    one = twinstage("stress", *given, "--arm", "baseline")
    assert list(one.document["arms"]) == ["baseline"]
    assert one.document["arms"]["baseline"] == both.document["arms"]["baseline"]
    profile = both.document["arms"]["baseline"]["load"]["profile"]
    assert (profile["profile"], profile["rate_per_s"]) == ("constant", 1)


@pytest.mark.parametrize(
    ("figures", "profile", "members"),
    [
        ({"--rate": 5}, "constant", {"rate_per_s": 5, "for_s": 60}),
        ({"--from": 1, "--to": 5, "--by": 2}, "step", {"by_per_s": 2, "level_s": 30}),
        ({"--from": 1, "--to": 5}, "breakpoint", {"from_per_s": 1, "to_per_s": 5, "level_s": 30}),
        ({"--rate": 1, "--peak": 5, "--for": 3}, "spike", {"peak_per_s": 5, "before_s": 3, "peak_s": 10, "after_s": 3}),
        ({"--scale": 2}, "recorded", {"scale": 2}),
    ],
)
def test_the_figures_say_which_profile_is_meant(
    figures: dict[str, float], profile: str, members: dict[str, float]
) -> None:
    document, problems = LoadOptions(None, None, None, figures).document()
    assert problems == []
    assert document["profile"] == profile
    assert members.items() <= document.items()
    assert schema_violations("scenario", document, part="load") == []


def test_everything_that_does_not_go_together_is_told_at_once(stress: Stress, tmp_path: Path) -> None:
    ran = stress("--function", "enactor", "--rate", 0, "--to", 5, "--factor", 1, "--profile", "step", "--p99-ms", -1)
    assert ran.code == 2
    for said in ("--rate: means nothing for a step load", "--from: a step load needs it", "--by: a step load needs it"):
        assert said in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("figure", ["nan", "inf"])
@pytest.mark.parametrize("option", ["--p99-ms", "--failed", "--target-rate"])
def test_what_is_no_finite_figure_is_no_figure(stress: Stress, tmp_path: Path, option: str, figure: str) -> None:
    ran = stress("--function", "enactor", "--rate", 1, "--for", "1s", option, figure)
    assert ran.code == 2
    assert f"{option}: {figure} is no finite figure" in ran.err
    assert not (tmp_path / "out").exists()
