"""Documents that hold many records: over many lines or on one line of any length, whole or broken."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.replay import intake_lines
from twinstage.replay.intake_records import records_of

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.errors import InputProblem

RECORDS = [
    {"eventID": f"id-{i}", "text": 'ü "]} \\ ' * i, "deep": {"list": [1, [2, {}]], "n": None}} for i in range(40)
]


def read(path: Path, content: bytes) -> tuple[list[Any], list[InputProblem]]:
    path.write_bytes(content)
    problems: list[InputProblem] = []
    return [record.content for record in records_of(path, problems.append)], problems


@pytest.fixture
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of more than 200 bytes is read in pieces, as one of more than 1 MiB is."""
    monkeypatch.setattr(intake_lines, "LONGEST_PIECE_BYTES", 200)
    monkeypatch.setattr("twinstage.replay.intake_records.LONGEST_PIECE_BYTES", 200)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["Records", "Events", None])
@pytest.mark.usefixtures("short_lines")
def test_a_list_is_read_record_by_record(tmp_path: Path, indent: int | None, name: str | None) -> None:
    document: Any = {name: RECORDS, "NextToken": "x"} if name else RECORDS
    content = json.dumps(document, indent=indent, ensure_ascii=False).encode()
    assert read(tmp_path / "a.json", content) == (RECORDS, [])


@pytest.mark.usefixtures("short_lines")
@settings(deadline=None, max_examples=60)
@given(
    parts=st.lists(st.lists(st.sampled_from(RECORDS), max_size=5), min_size=1, max_size=4),
    indent=st.sampled_from([None, 1]),
    pieces=st.integers(20, 400),
)
def test_lists_may_follow_one_another_line_after_line(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[Any]], indent: int | None, pieces: int
) -> None:
    first = json.dumps({"Records": parts[0]}, indent=indent)
    content = "\n".join([first, *(json.dumps({"Records": part}) for part in parts[1:])]).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake_lines, "LONGEST_PIECE_BYTES", pieces)
        patch.setattr("twinstage.replay.intake_records.LONGEST_PIECE_BYTES", pieces)
        found, problems = read(tmp_path_factory.mktemp("lists") / "a.json", content)
    assert (found, problems) == ([record for part in parts for record in part], [])


@pytest.mark.usefixtures("short_lines")
def test_a_record_knows_its_line_and_its_place_in_the_list(tmp_path: Path) -> None:
    text = json.dumps({"Records": RECORDS}, indent=1)
    (tmp_path / "a.json").write_text(text)
    begins = [number for number, line in enumerate(text.splitlines(), start=1) if line == "  {"]
    found = list(records_of(tmp_path / "a.json", lambda _: None))
    assert [(record.line, record.pointer) for record in found] == [(at, f"/Records/{i}") for i, at in enumerate(begins)]


def test_what_stands_beside_a_list_goes_with_its_records(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"Records": RECORDS[:2], "StreamArn": "arn"}, indent=1))
    assert [record.beside for record in records_of(tmp_path / "a.json", lambda _: None)] == [{"StreamArn": "arn"}] * 2


def one_a_line(*inserted: tuple[int, str]) -> bytes:
    lines = [json.dumps(record) + "," for record in RECORDS[:9]] + [json.dumps(RECORDS[9])]
    for at, text in inserted:
        lines.insert(at, text)
    return "\n".join(['{"Records": [', *lines, "]}"]).encode()


@pytest.mark.parametrize(
    "garbage", ["{garbage", '{"eventID": "cut off', "\x00\x01", "%%%", '"text', '{"a": 1, "a": 2},']
)
def test_malformed_lines_inside_a_list_cost_only_themselves(tmp_path: Path, garbage: str) -> None:
    found, problems = read(tmp_path / "a.json", one_a_line((2, garbage), (7, garbage)))
    assert found == RECORDS[:10]
    assert [problem.line for problem in problems] == [4, 9]


def test_bytes_that_are_no_text_cost_only_their_record(tmp_path: Path) -> None:
    content = one_a_line().replace(b'"id-3"', b'"id-\xff"')
    found, problems = read(tmp_path / "a.json", content)
    assert found == [record for record in RECORDS[:10] if record["eventID"] != "id-3"]
    assert [(problem.line, problem.message) for problem in problems] == [(5, "not JSON: bytes that are not UTF-8")]


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.99])
def test_of_a_list_that_breaks_off_the_records_before_are_read(tmp_path: Path, kept: float) -> None:
    content = json.dumps({"Records": RECORDS}, indent=1).encode()
    found, problems = read(tmp_path / "a.json", content[: int(len(content) * kept)])
    assert found == RECORDS[: len(found)]
    assert len(found) > 20
    assert problems


@pytest.mark.usefixtures("short_lines")
def test_lines_behind_a_list_are_read_and_malformed_ones_told(tmp_path: Path) -> None:
    content = (
        json.dumps({"Records": RECORDS}).encode() + b"\n{garbage\n" + json.dumps({"Records": RECORDS[:2]}).encode()
    )
    found, problems = read(tmp_path / "a.json.gz", gzip.compress(content))
    assert found == [*RECORDS, *RECORDS[:2]]
    assert [problem.line for problem in problems] == [2]


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("largest", [10_000, 900])
def test_a_long_line_without_a_list_is_read_up_to_a_size_and_otherwise_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr("twinstage.replay.intake_records.LARGEST_DOCUMENT_BYTES", largest)
    long = {"eventID": "x" * 1000}
    content = f'{{"eventID": "a"}}\n{json.dumps(long)}\n{{"eventID": "b"}}\n'.encode()
    found, problems = read(tmp_path / "a.jsonl", content)
    assert [record["eventID"] for record in found] == (["a", "x" * 1000, "b"] if largest > 1000 else ["a", "b"])
    assert [problem.line for problem in problems] == ([] if largest > 1000 else [2])
