"""SARIF of a run, for what shows such results beside the code: what did not pass, and nothing that did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from sample_rehearsal import figure, promise, rehearsed, touching

from twinstage.report import load_run, render
from twinstage.report.pipeline_files import render_pipeline
from twinstage.report.sarif import RESULTS_KEPT, Result, sarif

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.world.store import Store


def run_of(content: bytes) -> dict[str, Any]:
    document = json.loads(content)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    found: dict[str, Any] = run
    return found


def result(name: str = "check", *, passed: bool | None, counts: bool = True, file: str = "findings.json") -> Result:
    return Result("safety", name, "candidate", passed, counts, f"about {name}", file, 7)


def of(*results: Result) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = run_of(sarif("run", "REJECTED", results))["results"]
    return found


@pytest.mark.parametrize(
    ("passed", "counts", "kind", "level"),
    [
        (False, True, "fail", "error"),
        (False, False, "fail", "note"),
        (None, True, "open", "none"),
        (None, False, "open", "none"),
    ],
)
def test_how_bad_a_result_is_follows_from_whether_it_bears_on_the_verdict(
    passed: bool | None, counts: bool, kind: str, level: str
) -> None:
    (only,) = of(result(passed=passed, counts=counts))
    assert (only["kind"], only["level"]) == (kind, level)


def test_what_passed_is_counted_and_not_listed() -> None:
    run = run_of(sarif("run", "REJECTED", [result(passed=True), result("other", passed=False)]))
    assert [each["ruleId"] for each in run["results"]] == ["safety/other"]
    assert run["properties"]["passed"] == 1


def test_what_decides_stands_first() -> None:
    told = of(result("shown", passed=False, counts=False), result("open", passed=None), result("broken", passed=False))
    assert [each["ruleId"] for each in told] == ["safety/broken", "safety/open", "safety/shown"]


def test_each_result_names_its_rule_its_place_and_itself_from_run_to_run() -> None:
    run = run_of(sarif("run", "REJECTED", [result("a", passed=False, file="a b/ü.yaml"), result("b", passed=False)]))
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[each["ruleIndex"]] for each in run["results"]] == [each["ruleId"] for each in run["results"]]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20b/%C3%BC.yaml"}, "region": {"startLine": 7}}
    prints = [each["partialFingerprints"]["twinstageCheck/v1"] for each in run["results"]]
    assert len(set(prints)) == 2
    changed = of(Result("safety", "a", "candidate", passed=False, counts=True, message="otherwise", file="f"))
    assert changed[0]["partialFingerprints"]["twinstageCheck/v1"] == prints[0]


def test_very_many_results_are_cut_and_their_number_is_told() -> None:
    run = run_of(sarif("run", "REJECTED", [result(str(n), passed=False) for n in range(RESULTS_KEPT + 3)]))
    assert len(run["results"]) == RESULTS_KEPT
    assert run["properties"]["notListed"] == 3


def test_an_approved_run_has_no_error(approved: Store) -> None:
    assert all(each["level"] != "error" for each in run_of(render(load_run(approved))["results.sarif"])["results"])


def test_a_run_without_a_verdict_has_a_result_that_says_so(store: Store) -> None:
    (only,) = run_of(render(load_run(store))["results.sarif"])["results"]
    assert (only["ruleId"], only["level"]) == ("evidence/verdict", "error")


def test_a_broken_promise_of_a_contract_is_shown_at_its_line() -> None:
    broken = promise("orders/unique", "2 rows share order_id", passed=False)
    document = rehearsed("orders.yaml", verdict="REJECTED", quality=[promise("kept"), broken])
    files = render_pipeline(document, touching())
    (only,) = run_of(files["results.sarif"])["results"]
    place = only["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "orders.yaml"}, "region": {"startLine": 7}}
    suites = {suite.get("name"): suite for suite in ET.fromstring(files["junit.xml"])}  # noqa: S314 - our own output
    assert [case.get("name") for case in suites["promises"] if case.find("failure") is not None] == ["orders/unique"]


@pytest.mark.parametrize(
    "given",
    [
        {"comparison": {"agrees": False, "metrics": [figure("makespan p95", 500.0, 90.0, 110.0)]}},
        {"comparison": {"agrees": None, "reason": "1 execution", "metrics": []}},
        {"comparison": {"agrees": False, "differences": ["Price 2 times"]}},
        {"comparison": {"same_data": {"orders": False}}},
        {"isolation": {"calls": 3, "contained": False, "refused": ["s3:GetObject"], "outside": []}},
    ],
)
def test_what_makes_a_data_products_rehearsal_inconclusive_is_an_error_and_no_failure(given: dict[str, Any]) -> None:
    files = render_pipeline(rehearsed(verdict="INCONCLUSIVE", **given), touching())
    root = ET.fromstring(files["junit.xml"])  # noqa: S314 - our own output
    assert (root.get("failures"), root.get("errors")) == ("0", "1")
    assert [each["kind"] for each in run_of(files["results.sarif"])["results"]] == ["open"]


def test_what_is_approved_has_neither() -> None:
    files = render_pipeline(rehearsed(), touching())
    root = ET.fromstring(files["junit.xml"])  # noqa: S314 - our own output
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("0", "0", "0")
    assert run_of(files["results.sarif"])["results"] == []
