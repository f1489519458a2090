"""Every bad input is refused through the command that meets it: with what was wrong and where, within a second and 256 MB, and without a traceback."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bad_input.archive_inputs import ARCHIVE_INPUTS
from tests.bad_input.contract_inputs import CONTRACT_INPUTS
from tests.bad_input.event_source_inputs import EVENT_SOURCE_INPUTS
from tests.bad_input.flow_inputs import FLOW_INPUTS
from tests.bad_input.json_inputs import JSON_INPUTS
from tests.bad_input.lineage_inputs import LINEAGE_INPUTS
from tests.bad_input.other_inputs import OTHER_INPUTS
from tests.bad_input.stress_inputs import STRESS_INPUTS
from tests.bad_input.template_inputs import TEMPLATE_INPUTS
from tests.bad_input.yaml_inputs import YAML_INPUTS
from tests.bad_input.zygote import MEMORY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bad_input.case import Bad

INPUTS = [
    *YAML_INPUTS,
    *JSON_INPUTS,
    *ARCHIVE_INPUTS,
    *TEMPLATE_INPUTS,
    *LINEAGE_INPUTS,
    *CONTRACT_INPUTS,
    *FLOW_INPUTS,
    *STRESS_INPUTS,
    *EVENT_SOURCE_INPUTS,
    *OTHER_INPUTS,
]
ROOT = Path(__file__).parents[2]
# What is promised of a quiet machine, and what one that is busy with other things makes of it.
CPU_S, PEAK_MB, BUSY = 1.0, 256, 4
# One of each kind, through a process of its own: what the others share with it, the start, counts too.
WHOLE = [
    "alias-bomb",
    "table-depth-bomb",
    "zip-bomb",
    "event-duplicate-member",
    "run-id-that-is-a-path",
    "manifest-nan",
]


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the developer's: a home of its own, no AWS settings."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "lambdas")])
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": path, "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


class Zygote:
    """Runs commands in forks of one process that has imported everything."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(home),
        )

    def run(self, argv: list[str], folder: Path, **variables: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"argv": argv, "folder": str(folder), "environment": variables}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    running = Zygote(tmp_path_factory.mktemp("home"))
    yield running
    running.close()


def peak_mb(status: str) -> float:
    """Of /proc/<pid>/status. The peak that a child's resource usage tells begins with what its parent had when it forked."""
    peak_kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak_kb) / 1024


def refused(case: Bad, code: int, out: str, err: str) -> None:
    assert code == 2, err
    assert "Traceback" not in err
    assert out == "" or "--json" in case.name or json.loads(out)["code"] == "BAD_INPUT"
    flat = " ".join(err.split())
    missing = [said for said in case.says if said not in flat]
    assert not missing, err[:2000]
    assert "error BAD_INPUT: " in err
    # Nothing that could move the cursor or start a line of its own, whatever the input held.
    assert not [c for c in err if not c.isprintable() and c != "\n"]


@pytest.mark.parametrize("case", INPUTS, ids=lambda case: case.name)
def test_it_is_refused(case: Bad, zygote: Zygote, tmp_path: Path) -> None:
    argv = case.build(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    ran = zygote.run(argv, tmp_path, HOME=str(tmp_path), **case.environment)
    refused(case, ran["code"], ran["out"], ran["err"])
    assert ran["cpu_s"] < BUSY * CPU_S
    assert ran["peak_mb"] < PEAK_MB
    lost = [path for path in before if not path.is_symlink() and not path.exists()]
    assert not lost


@pytest.mark.parametrize("case", [case for case in INPUTS if case.name in WHOLE], ids=lambda case: case.name)
def test_it_is_refused_by_a_process_of_its_own_with_its_start(case: Bad, tmp_path: Path) -> None:
    argv = case.build(tmp_path)
    told = tmp_path / "peak"
    program = (
        f"import atexit, sys; from pathlib import Path; sys.argv[:] = {['twinstage', *argv]!r}\n"
        f"atexit.register(lambda: Path({str(told)!r}).write_text(Path('/proc/self/status').read_text()))\n"
        "from twinstage.cli import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**environment(tmp_path), **case.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as out_pipe, process.stderr as err_pipe:
        err, out = err_pipe.read(), out_pipe.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    refused(case, process.returncode, out, err)
    assert used.ru_utime + used.ru_stime < BUSY * CPU_S
    assert peak_mb(told.read_text()) < PEAK_MB


def test_there_are_sixty_and_more_each_with_a_name_of_its_own() -> None:
    names = [case.name for case in INPUTS]
    assert len(names) == len(set(names)) >= 60
    assert set(WHOLE) <= set(names)
