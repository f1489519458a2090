"""`twinstage simulate` of a data flow: what it says, its one document, its exit codes."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulate.flows import flow as machine
from tests.simulate.flows import passing
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

GUIDE = Path(__file__).parents[2] / "docs/simulation.md"


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """A flow of one stage, with features; its product promises this."""

    def write(promised: dict[str, Any] | None = None, **stage: Any) -> Path:
        document = {
            "sources": [{"name": "orders", "rate": 1, "to": "work"}],
            "stages": [{"name": "work", "service": {"mean_s": 0.5}, "routes": [{"to": "lake"}], **stage}],
            "products": [{"name": "lake", **(promised or {})}],
        }
        (tmp_path / "flow.json").write_text(json.dumps(document))
        return tmp_path / "flow.json"

    return write


def run(twinstage: Callable[..., Ran], *arguments: object) -> Ran:
    return twinstage("simulate", *arguments, "--loop", "pure")


def test_the_guides_example_comes_out_as_the_guide_says(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    example, command, said = re.findall(
        r"^```\w*\n(.*?)^```", GUIDE.read_text().partition("## Data flows")[2], re.DOTALL | re.MULTILINE
    )[:3]
    (tmp_path / "orders.yaml").write_text(example)
    words = command.split()
    assert words[:3] == ["twinstage", "simulate", "orders.yaml"]
    ran = run(twinstage, tmp_path / "orders.yaml", *words[3:])
    assert ran.code == 1, ran.err
    assert ran.out == said


def test_people_are_told_of_stages_products_the_bottleneck_and_service_levels(
    twinstage: Callable[..., Ran], written: Callable[..., Path]
) -> None:
    flow = written({"fresh_within_s": 30, "on_time": 0.9}, places=2, retry={"attempts": 2, "failure": 0.5})
    ran = run(twinstage, flow, "--records", 2000)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("2000 records in ")
    for said in ("wait, s", "service, s", "queue", "utilisation", "throughput, 1/s", "lost", "dead letters", "retried"):
        assert said in ran.out
    assert re.search(r"bottleneck: work: lets at most \S+ records a second of the sources through", ran.out)
    assert "service level lake on_time at least 0.9: met" in ran.out


def test_a_single_server_is_as_busy_as_theory_says(twinstage: Callable[..., Ran], written: Callable[..., Path]) -> None:
    (stage,) = run(twinstage, written(), "--records", 40_000, "--json").document["stages"]
    # M/M/1 at half load: half busy, half a record waits, for half a second.
    for figure in ("utilisation", "queue", "wait_s"):
        half = (stage[figure]["high"] - stage[figure]["low"]) / 2
        assert abs(stage[figure]["value"] - 0.5) < 2 * half
        assert half < 0.1


def test_json_is_of_its_form_and_the_same_for_the_same_seed(
    twinstage: Callable[..., Ran], written: Callable[..., Path]
) -> None:
    flow = written({"complete": 0.5})
    first, second, other = (run(twinstage, flow, "--hours", 0.5, "--seed", seed, "--json") for seed in (7, 7, 8))
    assert schema_violations("data_flow_simulation", first.document) == []
    assert first.out == second.out
    assert first.out != other.out


@pytest.mark.parametrize(
    ("promised", "arguments", "code", "met"),
    [
        ({"complete": 0.99}, (), 0, True),
        ({"fresh_within_s": 0.001, "on_time": 0.9}, (), 1, False),
        # Half a second's service and a wait: about half of all take less than 0.7 s, and a short run cannot say more.
        ({"fresh_within_s": 0.6931, "on_time": 0.5}, ("--records", 400), 3, None),
        # Nothing arrives after the warm-up.
        ({"fresh_within_s": 1, "on_time": 0.5}, ("--hours", 0.001, "--warm-up", 3.599), 3, None),
    ],
)
def test_the_exit_code_says_whether_the_promises_are_kept(
    twinstage: Callable[..., Ran],
    written: Callable[..., Path],
    promised: dict[str, Any],
    arguments: tuple[Any, ...],
    code: int,
    met: bool | None,
) -> None:
    ran = run(twinstage, written(promised), *arguments, "--json")
    assert [level["met"] for level in ran.document["service_levels"]] == [met]
    assert ran.code == code


def test_a_trace_has_every_step_of_every_record_in_the_order_of_time(
    twinstage: Callable[..., Ran], written: Callable[..., Path], tmp_path: Path
) -> None:
    ran = run(twinstage, written(), "--records", 30, "--trace-out", tmp_path / "trace.jsonl", "--json")
    steps = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text().splitlines()]
    assert [step["at_ns"] for step in steps] == sorted(step["at_ns"] for step in steps)
    counted = Counter(step["record"] for step in steps)
    assert len(counted) == ran.document["products"][0]["delivered"] == 30


def test_both_loops_give_the_same_bytes(twinstage: Callable[..., Ran], written: Callable[..., Path]) -> None:
    pytest.importorskip("numba", reason="the compiled loop needs the extra `fast`")
    flow = written({"complete": 0.5}, servers=2)
    pure, compiled = (
        twinstage("simulate", flow, "--records", 500, "--json", "--loop", loop).out for loop in ("pure", "compiled")
    )
    assert pure == compiled


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--executions", 5), "--executions: not for a data flow, which this file is"),
        (("--records", 5, "--hours", 1), "give one"),
        (("--hours", 80_000), "at most 100000000 are simulated"),
        (("--records", 5, "--warm-up", 5), "everything is over after about 5 s"),
        (("--trace-out", "nowhere/trace.jsonl"), "nowhere/trace.jsonl: cannot be written"),
    ],
)
def test_what_cannot_be_used_is_exit_code_2(
    twinstage: Callable[..., Ran], written: Callable[..., Path], arguments: tuple[Any, ...], said: str
) -> None:
    ran = run(twinstage, written(quota={"per_second": 9}), *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_a_state_machine_takes_no_options_of_data_flows(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "machine.json").write_text(json.dumps(machine({"P": passing()})))
    ran = twinstage("simulate", tmp_path / "machine.json", "--warm-up", 5)
    assert ran.code == 2
    assert "--warm-up: not for a state machine, which this file is" in ran.err


def test_names_of_a_flow_are_text_to_a_terminal(twinstage: Callable[..., Ran], written: Callable[..., Path]) -> None:
    ran = run(twinstage, written(name="work"), "--records", 5)
    assert ran.code == 0
    path = written()
    path.write_text(path.read_text().replace("lake", "\\u001b[31mred"))
    ran = run(twinstage, path, "--records", 5)
    assert "\x1b" not in ran.out
    assert "\\u{1b}[31mred" in ran.out
