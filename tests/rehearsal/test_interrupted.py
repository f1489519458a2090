"""Ctrl-C in the middle of a replay: the twin is destroyed, nothing is left, and the exit code says what happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_scenario import write_small_scenario

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def heed_interrupts() -> None:
    """Whoever runs the tests in the background of a shell has them inherit that interrupts are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_rehearsal_cleans_up_and_exits_130(tmp_path: Path) -> None:
    scenario = write_small_scenario(tmp_path / "scenario")
    command = [str(Path(sys.executable).with_name("twinstage")), "rehearse", str(scenario), "--local"]
    command += ["--store", str(tmp_path / "store")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    told = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 no thread of the tests holds a lock that the child needs
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            told.append(line)
            if "state Replay" in line and "Replayed" not in line:
                running.send_signal(signal.SIGINT)
                break
        told += running.stderr.readlines()

    text = "".join(told)
    assert running.returncode == 130, text
    assert "cdk destroy" in text
    assert "Traceback" not in text
    assert not list((tmp_path / "tmp").glob("twinstage-engines-*/engine-*")), "the engine's directory is gone"
