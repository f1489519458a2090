"""A busy machine is told apart from a process that waits for nothing: by how long the process was ready to run and had no processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from twinstage.world.contained.starving import queued_s

SPIN = "import os\nos.sched_setaffinity(0, {%d})\nwhile True: pass"


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this machine does not say how long it let wait")
def test_of_two_that_share_one_processor_each_waits_for_the_other() -> None:
    allowed = os.sched_getaffinity(0)
    one = min(allowed)
    with subprocess.Popen([sys.executable, "-c", SPIN % one]) as other:
        try:
            os.sched_setaffinity(0, {one})
            while min(queued_s(other.pid), queued_s("self")) < 0.2:
                pass
        finally:
            os.sched_setaffinity(0, allowed)
            other.kill()


def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert queued_s(gone.pid) == 0.0
