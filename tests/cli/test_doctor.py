"""`twinstage doctor`: what this machine has and lacks, with the way to mend it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from conftest import Ran


def found(ran: Ran) -> dict[str, tuple[str, str]]:
    return {look["name"]: (look["status"], look["hint"]) for look in ran.document["looks"]}


def test_a_machine_that_these_tests_run_on_lacks_nothing(tmp_path: Path) -> None:
    # A process of its own: where an embedded AWS runs in this one, moto is not what is installed.
    command = [Path(sys.executable).with_name("twinstage"), "doctor", "--store", tmp_path / "not-there-yet", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout
    assert json.loads(ran.stdout)["ready"]
    assert not (tmp_path / "not-there-yet").exists()


def test_an_endpoint_off_this_machine_and_a_key_that_others_can_read_are_told_with_the_way_out(
    twinstage: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.org")
    monkeypatch.setenv("TWINSTAGE_HOME", str(tmp_path))
    (tmp_path / "signing-key.pem").write_bytes(b"none of your business")
    (tmp_path / "signing-key.pem").chmod(0o644)
    ran = twinstage("doctor", "--store", tmp_path, "--json")

    assert (ran.code, ran.document["ready"]) == (5, False)
    assert found(ran)["aws environment"] == ("missing", "unset AWS_ENDPOINT_URL_S3, or give http://localhost:PORT")
    assert found(ran)["signing key"] == ("missing", f"chmod 600 {tmp_path / 'signing-key.pem'}")
    assert "MISSING  signing key: others can use" in twinstage("doctor", "--store", tmp_path).out


def test_a_store_that_cannot_be_written_is_told(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert found(twinstage("doctor", "--store", tmp_path / "file" / "store", "--json"))["room"][0] != "ok"
