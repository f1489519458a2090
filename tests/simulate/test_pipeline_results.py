"""What a simulation says: tasks and their limits, stages and the bottleneck, service levels, the trace; the same bytes for the same seed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulate.flows import each, flow, lasting, output, passing, running, task
from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputError
from twinstage.model.validation import schema_violations
from twinstage.simulate.calibration import StatedError, stated_error
from twinstage.simulate.distributions import Deterministic, Exponential
from twinstage.simulate.pipeline.model_file import ServiceLevel, read_model
from twinstage.simulate.pipeline.result import result_document
from twinstage.simulate.pipeline.simulation import Start, replication_seed
from twinstage.simulate.pipeline.tasks import PipelineModel, Service
from twinstage.simulate.pipeline.trace import read_trace, trace_lines

if TYPE_CHECKING:
    from pathlib import Path

FLOW = flow(
    {
        "Extract": task("extract", Retry=[{"ErrorEquals": ["Busy"]}], Next="Each"),
        "Each": each({"Load": task("load")}, ItemsPath="$.xs", Next="Done"),
        "Done": passing(),
    }
)
MODEL = PipelineModel(
    {
        "extract": Service(Exponential(0.2), {"Busy": 0.2}),
        "load": Service(Exponential(0.5), servers=2),
    }
)
NOTHING = StatedError((), 0, 0, "nothing was recorded")


def results(model: PipelineModel = MODEL, replications: int = 4, seed: int = 1, **options: Any) -> dict[str, Any]:
    starts = [Start(number, f"e{number}", {"xs": [1, 2, 3]}) for number in range(20)]
    runs = [running(FLOW, model=model, starts=starts, seed=replication_seed(seed, at)) for at in range(replications)]
    return result_document(runs, model, pipeline="sha256:0", **{"stated": NOTHING, **options})


def test_a_result_is_of_its_form() -> None:
    assert schema_violations("pipeline_simulation", json.loads(canonical_json(results()))) == []


def test_the_same_seed_gives_the_same_bytes_in_another_process_too() -> None:
    script = (
        "import sys; from tests.simulate.test_pipeline_results import results; from twinstage.model.canonical import canonical_json;"
        "sys.stdout.buffer.write(canonical_json(results()))"
    )
    environment = {
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
        "PYTHONPATH": ":".join(["lambdas", ".", *filter(None, sys.path)]),
    }
    there = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
    assert there.stdout == canonical_json(results())
    assert canonical_json(results(seed=2)) != there.stdout


def test_stages_say_what_they_took_waited_and_failed() -> None:
    document = results()
    stages = {stage["state"]: stage for stage in document["stages"]}
    assert list(stages) == ["Extract", "Each", "Load", "Done"]
    assert stages["Load"]["visits"] == 4 * 20 * 3
    assert stages["Load"]["queue"]["places"] == 2
    assert stages["Load"]["queue"]["in_flight_max"] >= 3
    assert 0.5 < stages["Load"]["queue"]["utilisation"] <= 1
    assert stages["Load"]["queue"]["wait_mean_s"] > 0
    assert stages["Extract"]["errors"].keys() == {"Busy"}
    assert stages["Extract"]["retried"] > 0
    assert sum(stage["share"] for stage in stages.values()) == pytest.approx(1)
    assert stages["Load"]["mean_s"]["low"] < stages["Load"]["mean_s"]["value"] < stages["Load"]["mean_s"]["high"]


def test_the_bottleneck_is_what_is_always_busy_or_throttles_or_takes_the_time() -> None:
    def bottleneck(load: Service) -> dict[str, str]:
        found = results(PipelineModel({"extract": Service(Deterministic(0.4)), "load": load}))["bottleneck"]
        assert isinstance(found, dict)
        return found

    busy = bottleneck(Service(Deterministic(0.32), servers=1))
    assert busy["state"] == "Load"
    assert "busy" in busy["why"]
    assert bottleneck(Service(Deterministic(0.02)))["state"] == "Extract"
    throttled = bottleneck(Service(Deterministic(0.02), limit=2))
    assert throttled["state"] == "Load"
    assert "throttled" in throttled["why"]


def test_a_service_level_is_met_missed_or_within_the_error() -> None:
    levels = [ServiceLevel("latency_mean_s", limit) for limit in (100.0, 0.01)]
    document = results(service_levels=levels)
    assert [level["met"] for level in document["service_levels"]] == [True, False]
    mean = document["figures"]["latency_mean_s"]["value"]
    starts = [Start(number, f"e{number}", {"xs": [1, 2, 3]}) for number in range(20)]
    day = running(FLOW, model=MODEL, starts=starts, seed=77).visits
    stated = stated_error(day, [day])
    document = results(service_levels=[ServiceLevel("latency_mean_s", mean)], stated=stated)
    assert document["service_levels"][0]["met"] is None


class TestTasks:
    def test_what_is_assumed_is_told(self) -> None:
        run = running(flow({"T": task()}), {"x": 1})
        assert run.assumed == ("every call of work gives back its input: only times are known of it",)
        assert run.executions[0].output == {"x": 1}
        sample = running(flow({"T": {**task(), "OutputPath": "$"}}), {"x": 1}, lasting(1, output={"y": 2}))
        assert sample.assumed == ("every call of work gives the sample output",)
        assert sample.executions[0].output == {"y": 2}

    def test_a_real_transform_is_assumed_of_nothing(self) -> None:
        run = running(flow({"T": task()}), {"x": 1}, tasks=lambda name, given: {"by": name, "of": given})
        assert run.assumed == ()
        assert run.executions[0].output == {"by": "work", "of": {"x": 1}}

    def test_a_function_by_its_arn_gives_its_output_itself(self) -> None:
        state = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111111111111:function:load"}
        assert output(flow({"T": state}), 5, tasks=lambda name, given: [name, given]) == ["load", 5]

    def test_errors_come_as_often_as_they_are_said_to(self) -> None:
        starts = [Start(number, str(number), {}) for number in range(1000)]
        run = running(flow({"T": task()}), model=lasting(1, errors={"A": 0.2, "B": 0.1}), starts=starts)
        errors = [execution.error for execution in run.executions]
        assert 160 < errors.count("A") < 240
        assert 70 < errors.count("B") < 130


class TestFiles:
    def test_a_trace_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        visits = running(FLOW, {"xs": [1, 2]}, MODEL).visits
        (tmp_path / "trace.jsonl").write_bytes(trace_lines(visits))
        assert read_trace(tmp_path / "trace.jsonl") == visits

    def test_what_is_wrong_with_a_trace_is_told_by_line(self, tmp_path: Path) -> None:
        good = trace_lines(running(FLOW, {"xs": []}, MODEL).visits[:1]).decode()
        backwards = json.loads(good) | {"left_ms": -1}
        beyond = json.dumps(json.loads(good) | {"left_ms": 0}).replace('"left_ms": 0', '"left_ms": 1e999')
        (tmp_path / "t.jsonl").write_text(f'{good}\n{{"execution": 1}}\n{{\n{json.dumps(backwards)}\n{beyond}\n')
        with pytest.raises(InputError) as refused:
            read_trace(tmp_path / "t.jsonl")
        assert {problem.line for problem in refused.value.problems} == {3, 4, 5, 6}

    @pytest.mark.parametrize("text", ["", "\n\n"])
    def test_a_trace_without_a_visit_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "t.jsonl").write_text(text)
        with pytest.raises(InputError, match="holds no visit"):
            read_trace(tmp_path / "t.jsonl")

    @pytest.mark.parametrize(
        ("time", "distribution"),
        [
            (2, Deterministic(2.0)),
            ({"mean_s": 2}, Exponential(2.0)),
            ({"observed_s": [1, 1]}, Deterministic(1)),
        ],
    )
    def test_a_models_times_are_numbers_families_or_observations(
        self, tmp_path: Path, time: Any, distribution: Any
    ) -> None:
        (tmp_path / "m.json").write_text(json.dumps({"services": {"f": {"time": time}}}))
        assert read_model(tmp_path / "m.json").model.services["f"].durations == distribution

    def test_everything_wrong_with_a_model_is_told(self, tmp_path: Path) -> None:
        document = {"services": {"f": {"time": -1}, "g": {"time": 1, "servers": 0}}, "more": 1}
        (tmp_path / "m.json").write_text(json.dumps(document, indent=1))
        with pytest.raises(InputError) as refused:
            read_model(tmp_path / "m.json")
        pointers = {problem.pointer for problem in refused.value.problems}
        assert pointers == {"", "/services/f/time", "/services/g/servers"}
        assert all(problem.line for problem in refused.value.problems)

    def test_contradictions_that_a_schema_cannot_say_are_told(self, tmp_path: Path) -> None:
        service = {"time": {"low_s": 2, "high_s": 1}, "errors": {"A": 0.7, "B": 0.4}}
        (tmp_path / "m.json").write_text(json.dumps({"otherwise": service}))
        with pytest.raises(InputError) as refused:
            read_model(tmp_path / "m.json")
        assert [problem.pointer for problem in refused.value.problems] == ["/otherwise/errors", "/otherwise/time"]

    @pytest.mark.parametrize("time", ["1e999", '{"mean_s": 1e300, "variation": 1e300}', '{"observed_s": [1e999, 1]}'])
    def test_a_duration_that_cannot_be_is_told_with_its_place(self, tmp_path: Path, time: str) -> None:
        (tmp_path / "m.json").write_text(f'{{"services": {{"f": {{"time": {time}}}}}}}')
        with pytest.raises(InputError) as refused:
            read_model(tmp_path / "m.json")
        assert [problem.pointer for problem in refused.value.problems] == ["/services/f/time"]
