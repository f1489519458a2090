"""The `rollback` section with mistakes: every one of them at once, each with its line, pointer and the way to mend it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from racing_scenario import write_racing_scenario

from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError
from twinstage.model.rollback_config import Rollback

if TYPE_CHECKING:
    from pathlib import Path

RECOVERY = "  recovery: {messages: [{function: enactor, event: {generation: 3}}]}\n"
BATCH = {
    "Changes": [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": "a.example.net",
                "Type": "A",
                "TTL": 60,
                "ResourceRecords": [{"Value": "192.0.2.1"}],
            },
        }
    ]
}


def written(folder: Path, section: str) -> Path:
    place = write_racing_scenario(folder / "racing", explore="false")
    (place / "back.json").write_text(json.dumps(BATCH))
    (place / "no-batch.json").write_text("[]")
    file = place / "scenario.yaml"
    file.write_text(file.read_text() + f"rollback:\n{section}")
    return file


def problems(file: Path) -> list[tuple[str, str]]:
    """(pointer, message) of every problem of a scenario file."""
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    assert all(problem.line > 0 and problem.hint for problem in caught.value.problems)
    return [(problem.pointer, problem.message) for problem in caught.value.problems]


def test_a_section_that_says_little_has_its_defaults(tmp_path: Path) -> None:
    given = load_scenario(written(tmp_path, RECOVERY)).scenario.rollback

    assert given is not None
    assert given == Rollback(recovery=given.recovery)
    assert (given.propagation_s, given.max_states, given.records) == (60.0, 20_000, None)


def test_its_own_batches_are_read_from_their_files(tmp_path: Path) -> None:
    section = "  records: [{zone: EXAMPLE.net, file: back.json}]\n  within_s: 300\n  except: [I3]\n"

    given = load_scenario(written(tmp_path, RECOVERY + section)).scenario.rollback

    assert given is not None
    assert given.records is not None
    ((zone, changes),) = [(each.zone, each.changes) for each in given.records]
    assert (zone, list(changes)) == ("example.net.", BATCH["Changes"])
    assert (given.within_s, given.excepted) == (300, frozenset({"I3"}))


@pytest.mark.parametrize(
    ("section", "pointer", "message"),
    [
        ("  within_s: 3\n", "/rollback", "functions are rolled back, and nothing is run with the old code afterwards"),
        (RECOVERY + "  except: [I9]\n", "/rollback/except/0", "there is no invariant I9"),
        (
            RECOVERY + "  messages: [{function: nobody, event: {}}]\n",
            "/rollback/messages/0/function",
            "nobody is not captured",
        ),
        (
            RECOVERY.replace("enactor", "nobody"),
            "/rollback/recovery/messages/0/function",
            "nobody is not captured",
        ),
        (
            RECOVERY + "  records: [{zone: other.net, file: back.json}]\n",
            "/rollback/records/0/zone",
            "other.net is not captured",
        ),
        (
            RECOVERY + "  records: [{zone: example.net, file: gone.json}]\n",
            "/rollback/records/0/file",
            "gone.json does not exist",
        ),
        (RECOVERY + "  records: [{zone: example.net, file: no-batch.json}]\n", "/Changes", "no list of changes"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, section: str, pointer: str, message: str) -> None:
    assert (pointer, message) in problems(written(tmp_path, section))


def test_there_is_no_way_back_where_nothing_changes(tmp_path: Path) -> None:
    file = written(tmp_path, RECOVERY)
    text = file.read_text().replace("change:\n  functions:\n    enactor: {code: candidate}\n", "")
    file.write_text(text)

    assert ("/rollback", "there is a way back, and nothing changes") in problems(file)
