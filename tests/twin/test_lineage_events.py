"""OpenLineage: every event is read for what it says, or refused with its line, its pointer and the reason. Nothing crashes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.lineage_parts import dataset, event, events, lineage, write
from tests.twin.pipelines_data import files, needs_data
from twinstage.model.errors import InputError
from twinstage.twin.lineage.event import Identity, Instant, LineageEvent
from twinstage.twin.lineage.instants import instant
from twinstage.twin.lineage.reading import lineage_of, read_lineage

if TYPE_CHECKING:
    from pathlib import Path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WHOLE = {"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json", "eventTime": "2026-01-02T03:04:05Z"}


def read(document: Any) -> LineageEvent:
    lineage = lineage_of(json.dumps(document).encode(), "events.json")
    assert not lineage.refused
    return lineage.events[0]


def refused(document: Any) -> list[tuple[int, str]]:
    text = document if isinstance(document, str) else json.dumps(document)
    return [(problem.line, problem.pointer) for problem in lineage_of(text.encode(), "events.json").refused]


@needs_data
def test_every_recorded_event_is_read_or_refused_with_place_and_reason() -> None:
    read_events = 0
    refused_files = set()
    for file in [*files("openlineage"), *files("dbt", "*result.json")]:
        lineage = read_lineage([file])
        assert lineage.events or lineage.refused, f"{file.name} says nothing"
        read_events += len(lineage.events)
        for problem in lineage.refused:
            assert problem.line > 0
            assert problem.pointer
            assert problem.message
            refused_files.add(file.name)
    assert read_events > 170
    invalid = {file.name for file in files("openlineage") if "event_invalid" in file.name or "no_run_id" in file.name}
    assert invalid <= refused_files, "invalid on purpose"
    others = refused_files - invalid
    assert all("Statistics" in name or "RDD" in name or "Running" in name or "result" in name for name in others), (
        f"refused beside templates with placeholders for values: {others}"
    )


@given(events())
def test_a_valid_event_is_read_with_its_datasets_and_columns(document: dict[str, Any]) -> None:
    found = read(document)
    for side, told in (("inputs", found.inputs), ("outputs", found.outputs)):
        assert [each.identity for each in told] == [Identity(d["namespace"], d["name"]) for d in document[side]]
    assert (found.job is not None) == ("job" in document)


@given(JSON)
def test_no_document_crashes_the_reader(document: Any) -> None:
    assert refused({"inputs": document}) is not None
    assert refused({"job": document, "outputs": [document]}) is not None
    assert refused({"columnLineage": document}) is not None
    assert refused(document) is not None


@given(st.binary(max_size=60))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    lineage = lineage_of(data, "events.json")
    assert lineage.events or lineage.refused or data.strip() == b"[]"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", Instant(1767323045, 0, zoned=True)),
        ("2026-01-02T03:04:05", Instant(1767323045, 0, zoned=False)),
        ("2026-01-02T03:04:05.123456789+05:30", Instant(1767303245, 123456789, zoned=True)),
        ("2026-01-02 03:04:05.5 UTC", Instant(1767323045, 500_000_000, zoned=True)),
        ("2026-01-02T03:04Z[Europe/Berlin]", Instant(1767323040, 0, zoned=True)),
        ("2026-01-02T03:04:05-03", Instant(1767333845, 0, zoned=True)),
        ("2016-12-31T23:59:60Z", Instant(1483228800, 0, zoned=True)),
    ],
)
def test_moments_have_any_resolution_and_may_lack_a_zone(text: str, moment: Instant) -> None:
    assert instant(text) == moment


@pytest.mark.parametrize("text", ["2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "{{ now() }}", "", 5])
def test_what_is_no_moment_is_refused_with_its_place(text: Any) -> None:
    assert refused({"eventTime": text, "job": {"name": "j"}}) == [(1, "/eventTime")]


def test_an_event_of_a_quarter_of_a_megabyte_is_read() -> None:
    columns = [f"column_{number:05}" for number in range(6000)]
    document = event("wide", [], [dataset("wide", *columns)])
    assert len(json.dumps(document)) > 220_000
    assert len(read(document).outputs[0].fields) == 6000


def test_a_whole_event_is_held_to_what_the_specification_requires() -> None:
    assert refused({**WHOLE, "job": {"namespace": "n", "name": "j"}, "run": {}}) == [(1, "/run")]
    assert refused({**WHOLE, "job": {"namespace": "n"}, "run": {"runId": "r"}}) == [(1, "/job")]
    assert refused({**WHOLE, "run": {"runId": "r"}}) != []


def test_a_part_of_an_event_is_read_for_what_it_says() -> None:
    found = read({"job": {"name": "j"}, "run": {"facets": {}}, "inputs": [{"name": "t"}]})
    assert found.job == Identity(None, "j")
    assert found.inputs[0].identity == Identity(None, "t")
    assert read({"outputs": [dataset("t")]}).job is None


def test_what_is_null_or_deleted_says_nothing() -> None:
    found = read(event("j", [dataset("t", ownership={"_deleted": True}, schema=None)], [], run=None, producer=None))
    assert found.inputs[0].owners == ()


def test_a_sample_of_facets_is_of_a_dataset_that_nobody_named() -> None:
    found = read({"columnLineage": lineage(out=[("source", "in")])})
    assert not found.datasets[0].named
    assert found.datasets[0].derivations[0].column == "out"


def test_lines_are_read_one_by_one_and_one_that_is_refused_refuses_no_other(tmp_path: Path) -> None:
    good = json.dumps(event("j", [], [dataset("t")]))
    bad = json.dumps(event("j", [], [{"namespace": "db"}]))
    file = write(tmp_path / "events.jsonl", f"{good}\n\n{bad}\n{{\n{good}\n")
    lineage = read_lineage([file])
    assert [found.line for found in lineage.events] == [1, 5]
    assert [(problem.line, problem.pointer) for problem in lineage.refused] == [(3, "/outputs/0"), (4, "")]


def test_problems_in_an_array_have_lines_and_pointers() -> None:
    text = '[\n {"job": {"name": "j"}},\n {"job":\n  {"name": 5}}\n]'
    assert refused(text) == [(4, "/1/job/name")]


@pytest.mark.parametrize("text", ["", " \n", "{", '{"a": 1, "a": 2}', '{"job": {"name": "j"}}\n{"job": NaN}', "nul"])
def test_what_is_no_json_is_refused(text: str) -> None:
    assert refused(text) != []


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_lineage([tmp_path / "none.json"])
