"""Intake: recorded events out of files, each once, in order; whatever is wrong is told with its place."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinstage.model.canonical import digest
from twinstage.model.errors import InputError
from twinstage.model.event import Event, Expected
from twinstage.model.timestamp import instant
from twinstage.replay.intake import read_events

SHARED = Path(__file__).parents[2] / "../shared/data"


def line(id_: str, timestamp: str = "2025-10-19T02:14:07Z", **fields: Any) -> dict[str, Any]:
    payload = {"function": "enactor", "event": {}}
    return {"id": id_, "timestamp": timestamp, "type": "lambda_invoke", "payload": payload} | fields


def record(id_: str, time: str = "2025-10-19T02:14:07Z", **fields: Any) -> dict[str, Any]:
    """A CloudTrail record of one UPSERT."""
    change = {
        "action": "UPSERT",
        "resourceRecordSet": {"name": "a.ex.test", "type": "A", "tTL": 60, "resourceRecords": [{"value": "192.0.2.1"}]},
    }
    return {
        "eventVersion": "1.08",
        "eventID": id_,
        "eventTime": time,
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets",
        "requestParameters": {"hostedZoneId": "Z1", "changeBatch": {"changes": [change]}},
    } | fields


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def problems(path: Path, source: str = "twinstage", **options: Any) -> list[tuple[str, int, str, str]]:
    """What is wrong with an input, as file, line, pointer and the beginning of the message."""
    with pytest.raises(InputError) as caught:
        read_events(path, source, **options)
    return [(Path(p.file).name, p.line, p.pointer, p.message) for p in caught.value.problems]


def test_lines_are_events_in_the_order_of_their_time(tmp_path: Path) -> None:
    file = written(
        tmp_path / "e.jsonl",
        lines(
            line("b", "2025-10-19T02:14:09Z"),
            line("a", "2025-10-19T02:14:07Z", expected={"outcome": "error", "error": "KeyError"}),
        ),
    )
    first, second = read_events(file).events
    assert first == Event(
        "a",
        "2025-10-19T02:14:07Z",
        "lambda_invoke",
        {"function": "enactor", "event": {}},
        Expected("error", "KeyError"),
        0,
    )
    assert (second.id, second.seq) == ("b", 1)


def test_lines_of_one_time_keep_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    file = written(tmp_path / "e.jsonl", lines(line("b"), line("a"), line("c")))
    assert [event.id for event in read_events(file).events] == ["b", "a", "c"]


def test_a_fraction_of_a_second_comes_after_the_whole_second(tmp_path: Path) -> None:
    times = [
        "2025-10-19T02:14:07.9Z",
        "2025-10-19T02:14:07.10Z",
        "2025-10-19T02:14:07Z",
        "2025-10-19T02:14:08Z",
        "2025-10-19T02:14:07.1Z",
    ]
    file = written(tmp_path / "e.jsonl", lines(*(line(str(i), time) for i, time in enumerate(times))))
    assert [event.id for event in read_events(file).events] == ["2", "1", "4", "0", "3"]
    assert instant("2025-10-19T02:14:07.100Z") == instant("2025-10-19T02:14:07.1Z")
    assert instant("2025-10-19T02:14:10Z") > instant("2025-10-19T02:14:09.999999999Z")


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ndjson"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_is_read_file_by_file_zipped_or_not(tmp_path: Path, suffix: str, zipped: bool) -> None:
    for index, id_ in enumerate("ab"):
        content = lines(record(id_))
        name = f"2025/10/{index}{suffix}" + (".gz" if zipped else "")
        written(tmp_path / name, gzip.compress(content) if zipped else content)
    written(tmp_path / "notes.txt", b"not an event")
    assert [event.id for event in read_events(tmp_path, "cloudtrail").events] == ["a", "b"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_cloudtrail_document_is_its_records_on_one_line_or_over_many(tmp_path: Path, indent: int | None) -> None:
    document = {"Records": [record("b"), record("a"), {"eventSource": "s3.amazonaws.com", "eventName": "PutObject"}]}
    file = written(tmp_path / "trail.json", json.dumps(document, indent=indent).encode())
    intake = read_events(file, "cloudtrail")
    assert [event.id for event in intake.events] == ["a", "b"]
    assert (intake.ignored_kinds, intake.duplicates, len(intake.quarantined)) == ({"s3 PutObject": 1}, 0, 0)


def test_a_record_may_come_in_the_envelope_of_eventbridge(tmp_path: Path) -> None:
    envelope = {"source": "aws.route53", "detail-type": "AWS API Call via CloudTrail", "detail": record("a")}
    other = {"detail-type": "Scheduled Event", "detail": {}}
    intake = read_events(written(tmp_path / "e.jsonl", lines(envelope, other)), "cloudtrail")
    assert ([event.id for event in intake.events], intake.ignored) == (["a"], 1)


def test_a_second_record_of_an_event_is_a_duplicate(tmp_path: Path) -> None:
    file = written(tmp_path / "e.jsonl", lines(record("a"), record("b"), record("a"), record("a")))
    intake = read_events(file, "cloudtrail")
    assert (len(intake.events), intake.duplicates) == (2, 2)


def test_a_second_record_with_another_content_is_a_problem(tmp_path: Path) -> None:
    file = written(tmp_path / "e.jsonl", lines(record("a"), record("a", "2025-10-19T02:14:08Z")))
    assert problems(file, "cloudtrail") == [("e.jsonl", 2, "", "event a was already read with another content")]


RECORDS = [record(f"id-{i}", f"2025-10-19T02:14:{i // 3:02d}Z") for i in range(9)]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(9)),
    again=st.lists(st.integers(0, 8), max_size=3),
    cut=st.integers(0, 9),
    zipped=st.booleans(),
)
def test_any_order_of_files_and_lines_gives_the_same_replay(
    tmp_path: Path, order: list[int], again: list[int], cut: int, zipped: bool
) -> None:
    shuffled = [RECORDS[i] for i in [*order, *again]]
    for name, part in (("a.json", shuffled[:cut]), ("b.json", shuffled[cut:])):
        content = json.dumps({"Records": part}).encode()
        written(tmp_path / name, gzip.compress(content) if zipped else content)
    intake = read_events(tmp_path, "cloudtrail")
    assert intake.duplicates == len(again)
    assert [event.id for event in intake.events] == [f"id-{i}" for i in range(9)]
    assert (
        intake.digest()
        == read_events(
            written(tmp_path.parent / f"{tmp_path.name}-alone.jsonl", lines(*RECORDS)), "cloudtrail"
        ).digest()
    )


def test_other_events_have_another_digest(tmp_path: Path) -> None:
    digests = {
        read_events(written(tmp_path / "e.jsonl", lines(*changed)), "cloudtrail").digest()
        for changed in ([record("a")], [record("b")], [record("a", "2025-10-19T02:14:08Z")], [record("a"), record("b")])
    }
    assert len(digests) == 4


MALFORMED = [
    (b'{"id": ', "", "not JSON: "),
    (b"[1, 2]", "", "expected a JSON object"),
    (b"null", "", "expected a JSON object"),
    (b'"text"', "", "expected a JSON object"),
    (b"\xff\xfe\xfa", "", "not JSON: "),
    (b"[" * 100_000, "", "not JSON: "),
    (lines(line("x"))[:-2] + b', "id": "y"}', "", "not JSON: the member 'id' appears twice"),
    (
        lines(line("x", payload={"function": "f", "event": float("nan")})).strip(),
        "",
        "not JSON: NaN is not a JSON number",
    ),
    (lines(line("x", seq=0)).replace(b'"seq": 0', b'"seq": 1e999').strip(), "/seq", "inf is not of type 'integer'"),
    (
        b'{"id": "x", "timestamp": "2025-10-19T02:14:07Z", "type": "lambda_invoke", "payload": {"function": "f", "event": 1e999}}',
        "",
        "Out of range float",
    ),
    (lines({**line("x"), "type": "reboot"}).strip(), "/type", "'reboot' is not one of"),
    (lines({"id": "x"}).strip(), "", "'payload' is a required property; /: "),
]


@pytest.mark.parametrize(("content", "pointer", "message"), MALFORMED)
def test_a_malformed_line_is_told_with_file_line_and_pointer(
    tmp_path: Path, content: bytes, pointer: str, message: str
) -> None:
    file = written(tmp_path / "e.jsonl", lines(line("a")) + b"\n" + content + b"\n" + lines(line("b")))
    ((name, number, place, said),) = problems(file)
    assert (name, number, place) == ("e.jsonl", 3, pointer)
    assert said.startswith(message)


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", b"{\n" + lines(line("a")) + b"{}\n")
    written(
        tmp_path / "b.json", json.dumps({"Records": [line("b"), 7, None, {**line("c"), "colour": "blue"}]}).encode()
    )
    assert [(name, number, place) for name, number, place, _ in problems(tmp_path)] == [
        ("a.jsonl", 1, ""),
        ("a.jsonl", 3, ""),
        ("b.json", 1, "/Records/1"),
        ("b.json", 1, "/Records/2"),
        ("b.json", 1, "/Records/3"),
    ]


def test_some_malformed_records_may_be_tolerated_and_are_quarantined_never_counted_as_ignored(tmp_path: Path) -> None:
    file = written(tmp_path / "e.jsonl", lines(line("a"), {}, 5))
    intake = read_events(file, max_quarantined=2)
    assert ([event.id for event in intake.events], intake.ignored) == (["a"], 0)
    assert [problem.line for problem in intake.quarantined] == [2, 3]
    assert len(problems(file, max_quarantined=1)) == 2


def test_of_two_contents_of_one_event_the_same_is_kept_in_any_order(tmp_path: Path) -> None:
    two = [record("a"), record("a", "2025-10-19T02:14:08Z")]
    digests = {
        read_events(written(tmp_path / "e.jsonl", lines(*given_lines)), "cloudtrail", max_quarantined=1).digest()
        for given_lines in (two, two[::-1])
    }
    assert len(digests) == 1


def test_zipped_data_that_breaks_off_tells_where(tmp_path: Path) -> None:
    whole = gzip.compress(lines(*(line(hashlib.sha256(b"%d" % i).hexdigest()) for i in range(200))))
    file = written(tmp_path / "e.jsonl.gz", whole[: len(whole) // 2])
    ((name, number, _, message),) = problems(file)
    assert (name, number > 50) == ("e.jsonl.gz", True)
    assert f"the gzip data ends or breaks at offset {len(whole) // 2}" in message


def test_zipped_data_that_was_damaged_is_told(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(lines(line("a"), line("b"))))
    content[-6] ^= 1
    ((_, _, _, message),) = problems(written(tmp_path / "e.jsonl.gz", bytes(content)))
    assert "the gzip data ends or breaks at offset" in message


@pytest.mark.parametrize("content", [b"", b"\n \n", lines({"eventSource": "s3.amazonaws.com"})])
def test_an_input_without_any_event_is_refused(tmp_path: Path, content: bytes) -> None:
    ((_, line_number, _, message),) = problems(written(tmp_path / "e.jsonl", content), "cloudtrail")
    assert (line_number, message) == (0, "no event in it")


def test_an_input_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path / "gone.jsonl") == [("gone.jsonl", 0, "", "no such file")]


def test_events_may_be_gone_over_again_counted_and_taken_by_their_place(tmp_path: Path) -> None:
    documents = [line(f"{i:04d}", f"2025-10-19T02:{i // 60 % 60:02d}:{i % 60:02d}Z") for i in range(600)]
    events = read_events(written(tmp_path / "e.jsonl", lines(*reversed(documents)))).events
    assert [event.id for event in events] == [event.id for event in events] == [f"{i:04d}" for i in range(600)]
    assert (len(events), events[0].id, events[-1].id, events[300].seq) == (600, "0000", "0599", 300)
    assert [event.id for event in events[598:]] == ["0598", "0599"]
    with pytest.raises(IndexError):
        events[600]
    assert events[7].place == (str(tmp_path / "e.jsonl"), 593, "", "twinstage")


def test_the_digest_is_that_of_the_list_of_the_documents(tmp_path: Path) -> None:
    intake = read_events(written(tmp_path / "e.jsonl", lines(line("b"), line("a"))))
    assert intake.digest() == digest([event.document() for event in intake.events])


def test_of_very_many_malformed_lines_the_first_are_told_and_how_many_more_there_are(tmp_path: Path) -> None:
    told = problems(written(tmp_path / "e.jsonl", b"{\n" * 1500))
    assert len(told) == 1001
    assert told[-1][3] == "… and 500 more malformed records"


@pytest.mark.parametrize("timestamp", ["2026-02-30T00:00:00Z", "2025-10-19T25:00:00Z", "2025-10-19T00:61:00Z"])
def test_a_day_or_hour_that_there_is_not_is_a_problem_with_its_line(tmp_path: Path, timestamp: str) -> None:
    (tmp_path / "events.jsonl").write_bytes(lines(line("e1"), line("e2", timestamp)))
    with pytest.raises(InputError) as refused:
        read_events(tmp_path / "events.jsonl")
    (problem,) = refused.value.problems
    assert (problem.line, problem.pointer) == (2, "/timestamp")
