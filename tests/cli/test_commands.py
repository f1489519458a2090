"""The commands that need no AWS at all: help, schemas and replays, their output and exit codes."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.state.memory_zones import change, rr
from twinstage import __version__
from twinstage.cli.commands import COMMANDS, command
from twinstage.model.errors import LeftoverError, SafetyError
from twinstage.model.validation import schema, schema_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

SCRIPT = Path(sys.executable).parent / "twinstage"
A = rr("a.ex.test.", "A", "192.0.2.1")


def digest(ran: Ran) -> str:
    return str(ran.document["snapshot"])


def test_help_lists_every_command_and_every_exit_code(twinstage: Callable[..., Ran]) -> None:
    ran = twinstage("--help")
    assert ran.code == 0
    listed = re.findall(r"^  ([a-z]+)  +\S", ran.out.partition("Commands:")[2], re.MULTILINE)
    assert listed == sorted(COMMANDS)
    codes = re.findall(r"(\d+)\s+[A-Za-z]+", ran.out.partition("Exit codes:")[2])
    assert codes == ["0", "1", "2", "3", "4", "5", "6", "130"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(twinstage: Callable[..., Ran], name: str) -> None:
    ran, found = twinstage(name, "--help"), command(name)
    assert (ran.code, found.name) == (0, name)
    assert re.match(rf"Usage: .+ {name} ", ran.out)
    assert found.help
    assert all(getattr(option, "help", "") for option in found.params if isinstance(option, click.Option))


def test_the_console_script_is_the_same_command() -> None:
    ran = subprocess.run([SCRIPT, "--version"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"twinstage, version {__version__}\n")
    ran = subprocess.run([SCRIPT, "schema", "nothing"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Invalid value for" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["rehearse"],
        ["rehearse", "enactor-update"],
        ["fly"],
        ["snapshot", "show"],
        ["replay", "--snapshot", "x"],
        ["replay", "--snapshot", "x", "--events", "/nowhere"],
        ["validate", "--results", "/nowhere"],
        ["schema", "nothing"],
        ["snapshot", "import", "--colour"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(twinstage: Callable[..., Ran], arguments: list[str]) -> None:
    ran = twinstage(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (SafetyError("GUARD", "refused [red]here[/red]", hint="the way out"), 4),
        (LeftoverError("LEFT", "a zone"), 6),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("division by zero"), 5),
    ],
)
def test_every_way_to_fail_has_its_exit_code(
    twinstage: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int
) -> None:
    def fail(**_: Any) -> None:
        raise raised

    monkeypatch.setattr(command("schema"), "callback", fail)
    ran = twinstage("schema", "event")
    assert (ran.code, ran.out) == (code, "")
    if code == 4:
        assert ran.err == "error GUARD: refused [red]here[/red]\n  the way out\n"


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_printed_as_it_is(twinstage: Callable[..., Ran], name: str) -> None:
    assert twinstage("schema", name).document["$id"] == schema(name)["$id"]


def update(id_: str, second: int, *changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "timestamp": f"2025-10-19T02:14:{second:02d}Z",
        "type": "dns_update",
        "payload": {"zone": "ex.test.", "changes": list(changes)},
    }


@pytest.mark.parametrize("zipped", [False, True])
def test_a_replay_tells_what_every_event_came_to(
    twinstage: Callable[..., Ran], imported: Ran, tmp_path: Path, zipped: bool
) -> None:
    events = [
        update("e1", 1, change("CREATE", A)),
        update("e2", 1, change("UPSERT", rr("b.ex.test.", "A", "192.0.2.2"))),
        update("e3", 2, change("DELETE", rr("a.ex.test.", "A", "192.0.2.9"))),
    ]
    content = b"".join(json.dumps(event).encode() + b"\n" for event in [*events, events[0], {}])
    file = tmp_path / "events.jsonl"
    file.write_bytes(gzip.compress(content) if zipped else content)
    ran = twinstage(
        "replay",
        "--snapshot",
        digest(imported),
        "--events",
        file,
        "--format",
        "twinstage",
        "--max-quarantined",
        1,
        "--json",
    )
    assert ran.code == 0
    done = ran.document
    assert (done["schema"], done["events"], done["applied"]) == ("twinstage:replay:1", 3, 1)
    assert (done["duplicates"], done["quarantined"]) == (1, 1)
    # The first two share a second of their zone; they touch different names, so that either order comes to the same.
    assert (done["shared_seconds"], done["ambiguous_seconds"]) == (1, 0)
    assert [problem["line"] for problem in done["quarantined_records"]] == [5]
    assert [(r["event"], r["code"], r["cause"], r["consequence"]) for r in done["refused"]] == [
        ("e1", "InvalidChangeBatch", "CREATE of an existing set", False),
        ("e3", "InvalidChangeBatch", "DELETE does not match", True),
    ]
    final = twinstage("snapshot", "diff", digest(imported), done["final_snapshot"], "--json").document["differences"]
    assert [(d["key"], d["kind"]) for d in final if d["service"] == "route53"] == [("b.ex.test. A", "added")]
    assert twinstage("replay", "--snapshot", digest(imported), "--events", file, "--format", "twinstage").code == 2


def test_events_on_what_the_snapshot_does_not_hold_are_refused_before_anything_is_replayed(
    twinstage: Callable[..., Ran], imported: Ran, tmp_path: Path
) -> None:
    event = update("e1", 1, change("CREATE", A))
    event["payload"]["zone"] = "other.test."
    (tmp_path / "events.jsonl").write_text(json.dumps(event))
    ran = twinstage("replay", "--snapshot", digest(imported), "--events", tmp_path / "events.jsonl")
    assert ran.code == 2
    assert "no zone other.test. in the snapshot" in ran.err


def test_an_unknown_criterion_is_bad_input(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    ran = twinstage("validate", "--results", tmp_path, "--criteria", "safety,speed")
    assert ran.code == 2
    assert "no such criterion: speed" in ran.err


def test_an_errors_document_goes_to_stdout_and_its_words_to_stderr(twinstage: Callable[..., Ran]) -> None:
    ran = twinstage("snapshot", "show", "nothing", "--json")
    assert ran.document["schema"] == "twinstage:error:1"
    assert ran.err.startswith("error BAD_INPUT: 1 problem:")
