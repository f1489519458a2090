"""How long a process waited for a processor: read from a signal handler, in the middle of whatever is going on."""

from __future__ import annotations

import os
import subprocess
import sys

from twinstage.world.contained.starving import queued_s

IMPORTS = """
import sys
from twinstage.world.contained.starving import queued_s
before = set(sys.modules)
told = queued_s("self")
print(sorted(set(sys.modules) - before), told >= 0)
"""


def test_reading_it_imports_nothing_since_an_import_may_be_under_way() -> None:
    # A fresh process: what this one has imported long ago would show nothing.
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert done.stdout == "[] True\n"


def test_it_never_falls_and_a_process_that_is_not_there_waited_for_nothing() -> None:
    earlier = queued_s("self")
    assert earlier <= queued_s(os.getpid())
    assert queued_s(2**31 - 1) == 0.0
