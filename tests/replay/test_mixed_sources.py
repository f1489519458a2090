"""A folder may hold several sources: every record tells whose it is, and nothing is left out silently."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from twinstage.model.errors import InputError
from twinstage.replay.intake import Intake, read_events

SHARED = Path(__file__).parents[2] / "../shared/data"
TRAILS = SHARED / "cloudtrail"
S3 = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/10/19"


def trail_record(id_: str, second: int = 7, **fields: Any) -> dict[str, Any]:
    record_set = {"name": "a.ex.test", "type": "A", "tTL": 60, "resourceRecords": [{"value": "192.0.2.1"}]}
    return {
        "eventVersion": "1.08",
        "eventID": id_,
        "eventTime": f"2025-10-19T02:14:{second:02d}Z",
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets",
        "requestParameters": {
            "hostedZoneId": "Z1",
            "changeBatch": {"changes": [{"action": "UPSERT", "resourceRecordSet": record_set}]},
        },
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/smithj", "accessKeyId": "AKIAEXAMPLE"},
        "requestID": f"request-{id_}",
        "sourceIPAddress": "192.0.2.92",
    } | fields


def stream_record(id_: str) -> dict[str, Any]:
    change = {
        "ApproximateCreationDateTime": 1760840049,
        "Keys": {"pk": {"S": "a"}},
        "NewImage": {"pk": {"S": "a"}},
        "SequenceNumber": "7",
    }
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/plans/stream/2025-10-19T00:00:00.000"
    source = {"eventSource": "aws:dynamodb", "eventSourceARN": arn}
    return {"eventID": id_, "eventName": "INSERT", "dynamodb": change} | source


def own_line(id_: str) -> dict[str, Any]:
    payload = {"function": "enactor", "event": {}}
    return {"id": id_, "timestamp": "2025-10-19T02:14:08Z", "type": "lambda_invoke", "payload": payload}


def write(path: Path, *documents: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(json.dumps(document) + "\n" for document in documents).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def ids(intake: Intake) -> list[str]:
    return [event.id for event in intake.events]


def test_a_folder_of_a_trail_a_stream_and_own_lines_is_one_log(tmp_path: Path) -> None:
    write(
        tmp_path / S3 / "a.json.gz", {"Records": [trail_record("t1"), trail_record("t2", eventName="ListHostedZones")]}
    )
    write(tmp_path / "stream.json", {"Records": [stream_record("s1")]})
    write(tmp_path / "own.jsonl", own_line("o1"))
    intake = read_events(tmp_path, "any")
    assert ids(intake) == ["t1", "o1", "s1"]
    assert [event.place.source for event in intake.events if event.place] == [
        "cloudtrail",
        "twinstage",
        "dynamodb-streams",
    ]
    assert intake.ignored_kinds == {"route53 ListHostedZones": 1}


def test_where_one_source_is_asked_for_the_others_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "mixed.jsonl", trail_record("t1"), stream_record("s1"), own_line("o1"))
    intake = read_events(tmp_path, "cloudtrail")
    assert (ids(intake), intake.ignored_kinds) == (
        ["t1"],
        {"dynamodb-streams record": 1, "record of an unknown kind": 1},
    )
    intake = read_events(tmp_path, "dynamodb-streams")
    assert (ids(intake), intake.ignored_kinds) == (["s1"], {"cloudtrail record": 1, "record of an unknown kind": 1})


def test_digest_files_lie_beside_the_logs_and_hold_nothing(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html"""
    digest = {"awsAccountId": "1", "digestStartTime": "x", "digestEndTime": "y", "logFiles": []}
    write(tmp_path / S3 / "a.json.gz", {"Records": [trail_record("t1")]})
    write(tmp_path / S3.replace("CloudTrail", "CloudTrail-Digest") / "d.json.gz", digest)
    write(tmp_path / "moved.json", digest)
    intake = read_events(tmp_path, "any")
    assert (ids(intake), intake.ignored_kinds) == (["t1"], {"CloudTrail digest file": 2})


ENVELOPE = {"source": "aws.route53", "detail-type": "AWS API Call via CloudTrail", "version": "0", "id": "e"}


def forms(record: dict[str, Any]) -> dict[str, Any]:
    """One record in every form in which it is delivered."""
    row = {name.lower(): value for name, value in record.items()}
    as_text = {name: json.dumps(record[name]) for name in ("requestParameters", "userIdentity")}
    return {
        "as in S3": {"Records": [record]},
        "envelope of EventBridge": ENVELOPE | {"detail": record},
        "replayed from an archive": ENVELOPE | {"detail": record, "replay-name": "incident"},
        "answer of LookupEvents": {"Events": [{"EventId": "t1", "CloudTrailEvent": json.dumps(record)}]},
        "row of Athena": row | {"requestparameters": as_text["requestParameters"], "errorcode": ""},
        "row of CloudTrail Lake": record | as_text | {"eventTime": "2025-10-19 02:14:07.000"},
    }


@pytest.mark.parametrize("form", sorted(forms(trail_record("t1"))))
def test_a_record_is_the_same_event_in_whatever_form_it_came(tmp_path: Path, form: str) -> None:
    write(tmp_path / "plain.jsonl", trail_record("t1"))
    write(tmp_path / "form.jsonl", forms(trail_record("t1"))[form])
    intake = read_events(tmp_path, "any")
    assert (len(intake.events), intake.duplicates, len(intake.quarantined), intake.ignored) == (1, 1, 0, 0)
    assert intake.events[0].origin.session == "AKIAEXAMPLE"


def test_other_events_of_a_bus_are_counted_by_their_kind(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {"detail-type": "Scheduled Event", "detail": {}}, trail_record("t1"))
    assert read_events(tmp_path, "any").ignored_kinds == {"Scheduled Event": 1}


def test_a_row_whose_request_is_no_json_is_malformed(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", trail_record("t1") | {"requestParameters": "{hostedZoneId=Z1}"}, trail_record("t2"))
    intake = read_events(tmp_path, "any", max_quarantined=1)
    assert [(p.line, p.pointer) for p in intake.quarantined] == [(1, "/requestParameters")]


def test_the_same_event_in_two_files_with_another_content_is_a_problem_of_the_second(tmp_path: Path) -> None:
    write(tmp_path / "a.json.gz", {"Records": [trail_record("t1")]})
    write(tmp_path / "b.json.gz", {"Records": [trail_record("t0"), trail_record("t1", 9)]})
    with pytest.raises(InputError) as refused:
        read_events(tmp_path, "any")
    ((problem),) = refused.value.problems
    assert (Path(problem.file).name, problem.line, problem.pointer) == ("b.json.gz", 1, "/Records/1")


@pytest.mark.skipif(not TRAILS.is_dir(), reason=f"the real CloudTrail records are not at {TRAILS}")
def test_of_real_trails_and_buses_every_record_is_accounted_for() -> None:
    intake = read_events(TRAILS, "any", max_quarantined=10)
    records = sum(len(file.read_text().splitlines()) for file in TRAILS.glob("*.jsonl"))
    records += len(list((TRAILS / "eventbridge-envelopes").iterdir()))
    accounted = len(intake.events) + intake.duplicates + intake.ignored + len(intake.quarantined)
    assert accounted == records
    assert {event.type for event in intake.events} <= {"dns_update", "zone_create", "zone_delete"}
    assert intake.ignored_kinds["Scheduled Event"] == 1
