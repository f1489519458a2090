"""Functions that tests run in a contained process."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from twinstage.model.errors import TwinstageError
from twinstage.world.contained import Answered, Environment, Function
from twinstage.world.contained.heart import heart
from twinstage.world.contained.running import suspended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def count(document: Mapping[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    for n in range(1, document["upto"] + 1):
        say(n)
    return {"counted": document["upto"]}


def surroundings(_document: Mapping[str, Any], _say: Callable[[Any], None]) -> dict[str, Any]:
    return {
        "variables": dict(os.environ),
        "folder": str(Path.cwd()),
        "zone": time.tzname[0],
        "executable": sys.executable,
    }


def outside(_document: Mapping[str, Any], _say: Callable[[Any], None]) -> dict[str, Any]:
    before = time.time()
    seen: list[int] = []
    while time.time() == before:
        time.sleep(0.001)
    threads = [threading.Thread(target=seen.append, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        boto3.client("dynamodb", region_name="us-east-1").list_tables()
    except TwinstageError as error:
        refused = error.message
    return {"moved": time.time() > before, "threads": sorted(seen), "aws": refused}


def refuse(document: Mapping[str, Any], _say: Callable[[Any], None]) -> None:
    raise TwinstageError("SO", f"because {document['why']}", hint="do not", details={"n": 1})


def fail(_document: Mapping[str, Any], _say: Callable[[Any], None]) -> float:
    return 1 / 0


def linger(_document: Mapping[str, Any], say: Callable[[Any], None]) -> None:
    say(os.getpid())
    while True:
        time.sleep(1)


def park(document: Mapping[str, Any], _say: Callable[[Any], None]) -> dict[str, Any]:
    """Handlers are parked at their first call: how many greenlets are left, and what they asked meanwhile."""
    function = Function("fn", Path(document["folder"]))
    left, asked = {}, []
    for event in ("plain", "threads", "stubborn"):
        environment = Environment(function, identity=event, seed=0, now_s=0)
        environment.begin(event, request_id="r")
        before, calls = len(suspended), environment.calls
        environment.park()
        left[event] = len(suspended) - before + (2 if event == "threads" else 1)
        asked += [event] * (environment.calls - calls)
        try:
            environment.resume(Answered({}))
        except TwinstageError as error:
            again = error.code
    return {"suspended": left, "asked": asked, "again": again}


def leave_behind(_document: Mapping[str, Any], _say: Callable[[Any], None]) -> dict[str, Any]:
    """What it finds of an earlier run, before it leaves the same behind."""
    found = {"module": "left_behind" in sys.modules, "files": os.listdir(), "turns": heart.turns}  # noqa: PTH208 names are enough
    sys.modules["left_behind"] = sys
    Path("left_behind").touch()
    heart.turns += 1
    return {"process": os.getpid(), "found": found}


def prepare(document: Mapping[str, Any]) -> None:
    _prepared.append(document["told"])


def prepared(_document: Mapping[str, Any], _say: Callable[[Any], None]) -> str:
    (told,) = _prepared
    return told


def crash(_document: Mapping[str, Any], _say: Callable[[Any], None]) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


_prepared: list[str] = []
