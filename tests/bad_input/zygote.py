"""A process that has the command line imported, and runs each command in a fork of itself: limited, and measured to the millisecond.

Reads one JSON line a command (`argv`, `folder`, `environment`) on stdin, and answers with one (`code`, `out`, `err`, `cpu_s`, `peak_mb`).
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from twinstage.cli.commands import COMMANDS, command
from twinstage.cli.main import main

MEMORY_BYTES = 256 << 20
CPU_S = 5


def child(asked: dict[str, Any], out: int, err: int) -> None:
    """Never returns: ends with the command's own exit code."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["twinstage", *asked["argv"]]
    code: Any = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 99)


def run(asked: dict[str, Any]) -> dict[str, Any]:
    """One command in a fork."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            child(asked, out.fileno(), err.fileno())
        _, status, used = os.wait4(pid, 0)
        out.seek(0)
        err.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "out": out.read().decode(errors="replace"),
            "err": err.read().decode(errors="replace"),
            "cpu_s": used.ru_utime + used.ru_stime,
            "peak_mb": used.ru_maxrss / 1024,
        }


if __name__ == "__main__":
    for name in COMMANDS:
        command(name)
    sys.path[:] = [entry for entry in sys.path if entry != str(Path(__file__).parent)]
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
