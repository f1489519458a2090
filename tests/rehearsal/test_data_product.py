"""A data product from its contract to its simulation: a twin is deployed, its pipeline executed on the twin's data, the same simulated, and the two compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from twinstage.cli.commands.impact import impact
from twinstage.cli.commands.twin_rehearse import plan, twin_input
from twinstage.cli.data_twin_file import load_data_twin
from twinstage.cli.twin_record import recorded, rehearsed_inputs
from twinstage.cli.twin_results import result, write
from twinstage.local.data_twin import LocalDataTwins, data_twin_spec, deploy_data_twin, lay_out_data_twin
from twinstage.local.inventory import inventory
from twinstage.local.pipeline_rehearsal import rehearse_pipeline
from twinstage.local.project import find_project, runtime
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from twinstage.cli.data_twin_file import DataTwinFile
    from twinstage.local.data_twin import DataTwinInput
    from twinstage.local.pipeline_rehearsal import PipelineRehearsal
    from twinstage.local.rehearsal import LocalRehearsal

pytestmark = [pytest.mark.engine, pytest.mark.cdk]

FOLDER = Path(__file__).parents[2] / "scenarios/orders-pipeline"
EXECUTIONS = 12


@pytest.fixture(scope="module")
def loaded() -> DataTwinFile:
    return load_data_twin(FOLDER / "data-twin.yaml", runtime())


@pytest.fixture(scope="module")
def twins(rehearsal: LocalRehearsal) -> LocalDataTwins:
    return LocalDataTwins(rehearsal.engine, find_project(), rehearsal.store, rehearsal.say)


@pytest.fixture(scope="module")
def given(twins: LocalDataTwins, loaded: DataTwinFile) -> DataTwinInput:
    return twin_input(loaded, twins.store, twins.engine.accounts.production, twins.engine.region)


@pytest.fixture(scope="module")
def standing(twins: LocalDataTwins) -> dict[str, list[str]]:
    """What stood before any data twin."""
    twins.deployment.platform()
    return inventory(twins.engine, twins.engine.accounts.twin, without_bootstrap=True)


@pytest.fixture(scope="module")
def done(
    twins: LocalDataTwins, loaded: DataTwinFile, given: DataTwinInput, standing: dict[str, list[str]]
) -> PipelineRehearsal:
    whole = plan(loaded)
    # A machine that stalls for a moment is no reason to doubt a simulation: the intervals are those of 99.99 %.
    comparing = replace(whole.comparing, replications=40, confidence=0.9999)
    few = replace(whole, inputs=whole.inputs[:EXECUTIONS], comparing=comparing)
    assert standing
    with twins.deployed(given) as twin:
        return rehearse_pipeline(twins.engine, twin, few, twins.say)


def test_every_execution_of_the_real_machine_succeeds_and_leaves_its_rows(done: PipelineRehearsal) -> None:
    assert [each.status for each in done.executed] == ["SUCCEEDED"] * EXECUTIONS
    assert done.rows["batches"] == EXECUTIONS
    assert done.rows["orders"] == sum(len(each.output["accepted"]) for each in done.executed)
    retried = [v for e in done.executed for v in e.visits if v["state"] == "Price" and len(v["attempts"]) == 2]
    assert retried
    assert {v["attempts"][0]["error"] for v in retried} == {"RatesBusy"}


def test_the_contracts_promises_are_kept_and_the_one_in_words_is_told(done: PipelineRehearsal) -> None:
    assert done.broken == []
    assert [finding.check for finding in done.quality if finding.passed is None] == ["orders/quality/2"]
    assert sum(finding.passed is True for finding in done.quality) > 20


def test_the_simulation_takes_the_same_ways_and_leaves_the_same_rows(done: PipelineRehearsal) -> None:
    assert done.agreement.differences == ()
    assert done.same_data == {"orders": True, "prices": True, "batches": True}


def test_every_figure_is_held_against_the_error_that_was_stated_for_it(done: PipelineRehearsal) -> None:
    document = done.document()["comparison"]
    metrics = {metric["metric"]: metric for metric in document["metrics"]}

    assert document["executions"] == {"fitted": EXECUTIONS // 2, "held_out": EXECUTIONS // 2}
    assert metrics.keys() >= {"makespan mean", "makespan p95", "stage Price mean"}
    for metric in metrics.values():
        assert metric["low_ms"] < metric["high_ms"]
        assert metric["agrees"] == (metric["low_ms"] <= metric["recorded_ms"] <= metric["high_ms"])
    assert document["agrees"] == all(metric["agrees"] for metric in metrics.values())


@pytest.mark.long
def test_the_two_agree_within_the_error_that_was_stated(done: PipelineRehearsal) -> None:
    # Nothing foretells how long a machine that others keep busy takes.
    assert done.agreement.agrees, done.document()["comparison"]["metrics"]


def test_the_result_has_the_form_that_its_schema_says_and_approves_where_the_two_agree(
    done: PipelineRehearsal, loaded: DataTwinFile, given: DataTwinInput
) -> None:
    document = result(loaded, done, rehearsed_inputs(loaded, given.manifest), "orders-pipeline")

    assert schema_violations("twin_rehearse", document) == []
    assert document["verdict"] == ("APPROVED" if done.agreement.agrees else "INCONCLUSIVE")


def test_what_is_left_to_read_tells_the_stages_both_ways_and_the_graph_is_the_registrys(
    done: PipelineRehearsal, loaded: DataTwinFile, given: DataTwinInput, tmp_path: Path
) -> None:
    inputs = rehearsed_inputs(loaded, given.manifest)
    write(tmp_path / "run", done, result(loaded, done, inputs, "orders-pipeline"), inputs)
    with recorded(loaded, tmp_path / "store", inputs) as record:
        kept = record.registry.kept(record.twin.content.graph)

    left = sorted(file.name for file in (tmp_path / "run").iterdir())
    reports = ["junit.xml", "report.html", "report.md", "results.sarif"]
    assert left == sorted(["graph.json", "result.json", "simulated.jsonl", "trace.jsonl", *reports])
    page = (tmp_path / "run/report.html").read_text()
    assert "the bottleneck is <code>" in page
    assert page.count("not visited") == 0
    assert (tmp_path / "run/graph.json").read_bytes() == kept
    asked = ["table:dynamodb|prices", "--graph", str(tmp_path / "run/graph.json"), "--json"]
    told = json.loads(CliRunner().invoke(impact, asked, catch_exceptions=False).stdout)
    assert {"function:price-order", "stage:states|flow|Price"} <= {each["node"] for each in told["affected"]}


def test_no_call_of_the_twins_roles_was_refused_or_left_its_account(done: PipelineRehearsal) -> None:
    assert done.calls.count > EXECUTIONS
    assert (done.calls.refused, done.calls.outside) == ((), ())


def test_nothing_of_the_twin_is_left(
    done: PipelineRehearsal, twins: LocalDataTwins, standing: dict[str, list[str]]
) -> None:
    assert done.fidelity["equal"]
    assert inventory(twins.engine, twins.engine.accounts.twin, without_bootstrap=True) == standing


def test_a_twin_that_somebody_left_standing_is_swept(
    twins: LocalDataTwins, given: DataTwinInput, standing: dict[str, list[str]]
) -> None:
    spec = data_twin_spec(given, twins.store, "left-here")
    lay_out_data_twin(given, spec, twins.store)

    twin = deploy_data_twin(twins.deployment, given, spec, twins.store)
    assert len(list(twin.items("prices"))) == given.manifest.counts()["items"]
    twins.deployment.sweep(spec.run)

    assert inventory(twins.engine, twins.engine.accounts.twin, without_bootstrap=True) == standing
