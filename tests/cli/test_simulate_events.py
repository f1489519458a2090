"""`twinstage simulate` of a queue or a stream: what it says, its one document, its exit codes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

GUIDE = Path(__file__).parents[2] / "docs/simulation.md"


def test_the_guides_example_comes_out_as_the_guide_says(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    example, command, said = re.findall(
        r"^```\w*\n(.*?)^```", GUIDE.read_text().partition("## Events")[2], re.DOTALL | re.MULTILINE
    )[:3]
    (tmp_path / "orders-queue.yaml").write_text(example)
    words = command.split()
    assert words[:3] == ["twinstage", "simulate", "orders-queue.yaml"]
    ran = twinstage("simulate", tmp_path / "orders-queue.yaml", *words[3:])
    assert ran.code == 1, ran.err
    assert ran.out == said


@pytest.mark.parametrize(("share", "code"), [(0.9, 0), (1, 1)])
def test_a_promise_decides_the_exit_code_and_the_document_is_of_its_schema(
    twinstage: Callable[..., Ran], tmp_path: Path, share: float, code: int
) -> None:
    (tmp_path / "source.yaml").write_text(
        "stream: {retries: 0}\nmessages: {rate: 1}\nconsumer: {service: 0.1, poison: 0.05}\n"
        f"service_level: {{complete: {share}}}\n"
    )
    ran = twinstage("simulate", tmp_path / "source.yaml", "--hours", "0.1", "--json")
    assert ran.code == code
    assert schema_violations("event_source_simulation", ran.document) == []
    assert ran.document["counts"]["given_up"] > 0


@pytest.mark.parametrize(
    ("rate", "options", "said"),
    [
        (1e6, (), "at most 5000000 are simulated at once"),
        (1e-6, (), "no message comes in 1 hours"),
        (1, ("--records", 5, "--trace-out", "t.jsonl"), "--records, --trace-out: not for a queue or stream"),
    ],
)
def test_what_cannot_be_asked_for_is_exit_code_2(
    twinstage: Callable[..., Ran], tmp_path: Path, rate: float, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "source.yaml").write_text(f"queue: {{}}\nmessages: {{rate: {rate:f}}}\nconsumer: {{service: 0.1}}\n")
    ran = twinstage("simulate", tmp_path / "source.yaml", *options)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize(
    ("place", "rate", "consumer", "said"),
    [
        ("queue: {visibility_s: 0}", 1, "service: 0.1, poison: 0.01", "give the queue max_receives"),
        ("queue: {visibility_s: 0}", 1, "service: 0, poison: 0.01", "give the queue max_receives"),
        ("queue: {visibility_s: 1.0e-6}", 1, "service: 0, failure: 1", "give the queue max_receives"),
        ("queue: {}", 10, "service: 0.1, failure: 1", "give the queue max_receives"),
        ("queue: {visibility_s: 0}", 100, "service: 0.1, failure: 0.9", "give the queue max_receives"),
        ("queue: {max_receives: 1000}", 10, "service: 0.1, failure: 1", "give the queue max_receives, or fewer"),
        ("stream: {shards: 100}", 100, "service: 0.1, poison: 0.5", "give the stream retries"),
        ("stream: {max_age_s: 100000000}", 1, "service: 0, failure: 1", "give the stream retries"),
    ],
)
def test_messages_that_would_come_again_without_end_are_refused_before_anything_runs(
    twinstage: Callable[..., Ran], tmp_path: Path, place: str, rate: float, consumer: str, said: str
) -> None:
    (tmp_path / "source.yaml").write_text(f"{place}\nmessages: {{rate: {rate}}}\nconsumer: {{{consumer}}}\n")
    ran = twinstage("simulate", tmp_path / "source.yaml")
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize(
    "place", ["queue: {visibility_s: 0, max_receives: 3}", "stream: {}", "queue: {visibility_s: 0, retention_s: 20}"]
)
def test_messages_that_come_again_for_a_while_are_simulated(
    twinstage: Callable[..., Ran], tmp_path: Path, place: str
) -> None:
    (tmp_path / "source.yaml").write_text(
        f"{place}\nmessages: {{rate: 1}}\nconsumer: {{service: 0.1, poison: 0.05, partial: true}}\n"
    )
    ran = twinstage("simulate", tmp_path / "source.yaml", "--hours", "0.1", "--replications", "2", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["counts"]["given_up"] + ran.document["counts"]["expired"] > 0
