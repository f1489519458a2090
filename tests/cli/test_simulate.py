"""`twinstage simulate`: what it says, its one document, its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulate.flows import distributed, each, flow, passing, task
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

FLOW = flow(
    {
        "Extract": task("${Extract}", Next="Each"),
        "Each": each({"Load": task("load")}, ItemsPath="$.xs", Next="Done"),
        "Done": passing(),
    }
)
MODEL = {
    "values": {"Extract": "extract"},
    "services": {"extract": {"time": {"mean_s": 0.5}}, "load": {"time": 0.25, "servers": 2}},
    "service_levels": [{"figure": "latency_p95_s", "at_most": 60}],
}


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    def written(name: str, document: Any) -> Path:
        (tmp_path / name).write_text(document if isinstance(document, str) else json.dumps(document))
        return tmp_path / name

    return written


@pytest.fixture
def given(files: Callable[..., Path]) -> list[Any]:
    return [
        files("flow.asl.json", FLOW),
        "--model",
        files("model.json", MODEL),
        "--input",
        files("input.json", {"xs": [1, 2, 3]}),
        "--replications",
        3,
    ]


def test_a_simulation_says_figures_stages_bottleneck_and_what_it_assumes(
    twinstage: Callable[..., Ran], given: list[Any]
) -> None:
    ran = twinstage("simulate", *given, "--executions", 20)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("60 executions in 3 replications: 60 succeeded")
    for said in (
        "latency_p95_s",
        "bottleneck: Load",
        "busy",
        "met",
        "no error is stated",
        "assumed: every call of load",
    ):
        assert said in ran.out


def test_json_is_of_its_form_and_the_same_for_the_same_seed(twinstage: Callable[..., Ran], given: list[Any]) -> None:
    first, second, other = (
        twinstage("simulate", *given, "--arrivals", 0.5, "--hours", 0.02, "--seed", seed, "--json")
        for seed in (7, 7, 8)
    )
    assert schema_violations("pipeline_simulation", first.document) == []
    assert first.out == second.out
    assert first.out != other.out


def test_a_recorded_trace_is_fitted_and_the_error_stated(
    twinstage: Callable[..., Ran], given: list[Any], tmp_path: Path
) -> None:
    trace = tmp_path / "day.jsonl"
    assert twinstage("simulate", *given, "--arrivals", 0.05, "--hours", 0.2, "--trace-out", trace).code == 0
    fitted = twinstage("simulate", given[0], *given[3:], "--model", tmp_path / "model.json", "--trace", trace, "--json")
    assert fitted.document["stated_error"]["stated"]
    assert set(fitted.document["basis"]) == {"Done", "Extract", "Load", "extract", "load"} - {"Done", "Extract", "Load"}
    compared = twinstage("simulate", *given, "--compare", trace, "--seed", 5, "--json")
    assert compared.document["stated_error"]["stated"]
    assert compared.document["executions"]["started"] == 3 * compared.document["stated_error"]["recorded_executions"]


def test_a_schedule_begins_executions_over_days(twinstage: Callable[..., Ran], given: list[Any]) -> None:
    schedule = ("--schedule", "cron(30 2 * * ? *)", "--zone", "Europe/Berlin", "--begin", "2026-03-27T00:00:00Z")
    ran = twinstage("simulate", *given, *schedule, "--hours", 96, "--json")
    assert ran.document["executions"]["started"] == 3 * 3
    assert ran.document["begin"] == "2026-03-27T00:00:00.000Z"


def test_a_missed_service_level_is_exit_code_1(
    twinstage: Callable[..., Ran], given: list[Any], files: Callable[..., Path]
) -> None:
    files("model.json", {**MODEL, "service_levels": [{"figure": "latency_mean_s", "at_most": 0.01}]})
    ran = twinstage("simulate", *given)
    assert ran.code == 1
    assert "MISSED" in ran.out


def test_what_is_not_known_is_told_with_its_place_and_the_way_to_mend_it(
    twinstage: Callable[..., Ran], files: Callable[..., Path]
) -> None:
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2"}
    machine = flow({"T": task("load", Next="M"), "M": distributed({"P": passing()}, ItemReader=reader)})
    ran = twinstage("simulate", files("flow.json", machine), "--json")
    assert ran.code == 2
    assert [problem["pointer"] for problem in ran.document["problems"]] == ["/States/M", "/States/T"]
    assert "give it in the model's services" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--executions", 1, "--arrivals", 1),
        ("--schedule", "every day"),
        ("--schedule", "at(2030-01-01T00:00:00)"),
        ("--begin", "yesterday"),
        ("--begin", "2026-01-01T00:00:00"),
        ("--input", "nowhere.json"),
        ("--trace", "nowhere.jsonl"),
        ("--zone", "Mars/Olympus", "--schedule", "rate(1 day)"),
        ("--pattern", "rule.json"),
        ("--hours", 2),
        ("--arrivals", 0.000001, "--hours", 0.001),
    ],
)
def test_what_cannot_be_used_is_exit_code_2(
    twinstage: Callable[..., Ran], given: list[Any], arguments: tuple[Any, ...]
) -> None:
    ran = twinstage("simulate", *given, *arguments)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_inputs_take_turns(twinstage: Callable[..., Ran], given: list[Any], files: Callable[..., Path]) -> None:
    lines = files("inputs.jsonl", '{"xs": []}\n\n{"xs": [1, 2]}\n')
    ran = twinstage("simulate", *given[:3], "--input", lines, "--executions", 4, "--replications", 1, "--json")
    (load,) = [stage for stage in ran.document["stages"] if stage["state"] == "Load"]
    assert load["visits"] == 2 * 2
    files("inputs.jsonl", "{}\n{\n")
    assert "inputs.jsonl:2" in twinstage("simulate", *given[:3], "--input", lines).err


def test_names_of_a_pipeline_are_text_to_a_terminal(twinstage: Callable[..., Ran], files: Callable[..., Path]) -> None:
    ran = twinstage("simulate", files("flow.json", flow({"\x1b[31mred": passing()})))
    assert "\x1b" not in ran.out
    assert "\\u{1b}[31mred" in ran.out


class TestEvents:
    @pytest.fixture
    def started(self, files: Callable[..., Path]) -> list[Any]:
        kinds = ["order", "order", "ping", "order"]
        lines = [
            json.dumps({"time": f"2026-03-01T10:00:{at:02}Z", "detail-type": kind, "detail": {"n": at}, "xs": []})
            for at, kind in enumerate(kinds)
        ]
        flow_file = files("flow.asl.json", flow({"T": task("load")}))
        return [
            "simulate",
            flow_file,
            "--events",
            files("events.jsonl", "\n".join(lines)),
            "--replications",
            1,
            "--json",
        ]

    def test_events_that_match_the_pattern_begin_executions_with_themselves(
        self, twinstage: Callable[..., Ran], started: list[Any], files: Callable[..., Path]
    ) -> None:
        model = files("model.json", {"otherwise": {"time": 1}})
        ran = twinstage(*started, "--model", model, "--pattern", files("p.json", {"detail-type": ["order"]}))
        assert ran.document["executions"] == {"started": 3, "SUCCEEDED": 3}
        assert ran.document["begin"] == "2026-03-01T10:00:00.000Z"
        assert [each["output"]["detail"]["n"] for each in ran.document["sample"]] == [0, 1, 3]

    def test_what_happens_on_the_way_is_the_models(
        self, twinstage: Callable[..., Ran], started: list[Any], files: Callable[..., Path]
    ) -> None:
        for delivery, count in (({"loss": 1}, 0), ({"duplication": 1, "late": 5}, 8)):
            model = files("model.json", {"otherwise": {"time": 1}, "delivery": delivery})
            ran = twinstage(*started, "--model", model)
            assert ran.code == 0, ran.err
            assert ran.document["executions"]["started"] == count

    def test_events_and_patterns_that_cannot_be_read_are_told_by_line(
        self, twinstage: Callable[..., Ran], started: list[Any], files: Callable[..., Path]
    ) -> None:
        model = files("model.json", {"otherwise": {"time": 1}})
        bad = twinstage(*started, "--model", model, "--pattern", files("p.json", '{\n"a": [],\n"b": [{"near": 1}]}'))
        assert [(each["line"], each["pointer"]) for each in bad.document["problems"]] == [(2, "/a"), (3, "/b/0")]
        files("events.jsonl", '{"time": "2026-03-01T10:00:00"}\n{\n[]\n{"time": 5}\n{"time": "2026-03-01T10:00:00Z"}\n')
        bad = twinstage(*started, "--model", model)
        assert [each["line"] for each in bad.document["problems"]] == [1, 2, 3, 4]
