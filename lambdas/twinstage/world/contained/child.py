"""The process that contains handlers: what `Containment` starts, and nothing else should.

`python -m twinstage.world.contained.child CONTROL_FD CHANNEL_FD HEART_FD FOLDER`: prepares itself once and is copied (forked) for each run that
CONTROL_FD asks for, one JSON line each; it never runs a handler itself. The copy calls `target` (`module:function`) with the JSON document of a
file and a function that passes messages up; it writes one JSON line for each message and one for the result on CHANNEL_FD. When it is
over, `{"ended": status}` follows, as os.waitpid tells it. Each line begins with the run's `mark`, which no handler is told: what it writes there itself tells nothing. The end of CONTROL_FD ends everything, FOLDER included: whoever started this is gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from twinstage.model.errors import TwinstageError
from twinstage.world.contained.files import LARGEST_FILES_BYTES
from twinstage.world.contained.heart import heart
from twinstage.world.contained.interruption import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = "home"  # in the folder: home and temporary folder of one run, empty at its beginning
END = b"\n"
PREPARATION = "prepare.json"  # in the folder: {"target", "document"} of what is done once, where there is such a thing

_LOOK_S, _CHUNK = 0.01, 4_096

# An orderly end of the interpreter would unwind every suspended handler.
_exit = os._exit


def main(control: int, channel: int, heart_fd: int, folder: Path) -> None:
    """Serve runs until nobody can ask for another one. Never returns."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    heart.share(heart_fd)
    watch = Watch()
    _install()
    preparation = folder / PREPARATION
    if preparation.exists():
        asked = json.loads(preparation.read_bytes())
        _function(asked["target"])(asked["document"])
    with os.fdopen(control, "rb", buffering=0) as requests:
        while line := requests.readline():
            if line == END:
                _exit(0)
            request = json.loads(line)
            # What a run imports is imported once for all of them; what is wrong with it is the run's to tell.
            with suppress(Exception):
                _function(request["target"])
            gc.collect()
            gc.freeze()
            life, own_life = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(life)
                _run(request, requests, channel, watch, folder / HOME)
            os.close(own_life)
            status = _watched(child, life, requests.fileno())
            os.close(life)
            _empty(folder / HOME)
            if status is None:
                continue
            os.write(channel, f"{request['mark']}{json.dumps({'ended': status})}\n".encode())
    shutil.rmtree(folder, ignore_errors=True)
    _exit(0)


def _install() -> None:
    """Prepare this process. time-machine would bring its plugin for pytest, and with it the whole of pytest, where that is installed."""
    hidden: dict[str, Any] = {"pytest": None}
    sys.modules.update(hidden)
    try:
        from twinstage.world.contained.process import install
    finally:
        del sys.modules["pytest"]
    install()


def _keep_descriptors() -> None:
    from twinstage.world.contained.refusals import keep_descriptors

    keep_descriptors()


def _watched(child: int, life: int, control: int) -> int | None:
    """Wait for the end of a run; None where `control` had something to say before, and the run was killed.

    The end of `life` tells of it. A handler may have written there, or closed its side of it: then it is looked for again and again.
    """
    watched, look_s = [life, control], None
    while True:
        ready, _, _ = select.select(watched, [], [], look_s)
        if control in ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        if life in ready and not os.read(life, _CHUNK):
            watched, look_s = [control], _LOOK_S
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status


def _empty(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(exist_ok=True)


# In the copy ---------------------------------------------------------------------------------------------------------------------


def _run(request: dict[str, Any], requests: Any, channel_fd: int, watch: Watch, home: Path) -> NoReturn:
    """Run a target and tell its result."""
    try:
        requests.close()
        os.chdir(home)
        resource.setrlimit(resource.RLIMIT_AS, (request["memory_bytes"], request["memory_bytes"]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILES_BYTES, LARGEST_FILES_BYTES))
        _keep_descriptors()
        heart.begin()
        watch.start()
        with os.fdopen(channel_fd, "w", encoding="utf-8") as channel:

            def tell(kind: str, content: Any) -> None:
                channel.write(f"{request['mark']}{json.dumps({kind: content})}\n")
                channel.flush()

            _told(request, tell)
    except BaseException:  # noqa: BLE001 the copy may not go on as what it was copied from
        traceback.print_exc()
        _exit(1)
    _exit(0)


def _told(request: dict[str, Any], tell: Callable[[str, Any], None]) -> None:
    """Call the target, and tell what came of it."""
    target = request["target"]
    try:
        document = json.loads(Path(request["document"]).read_bytes())
        tell("result", _function(target)(document, lambda message: tell("message", message)))
    except TwinstageError as error:
        told = {"code": error.code, "message": error.message, "hint": error.hint, "details": error.details}
        tell("error", json.loads(json.dumps(told, default=str)))
    except BaseException as error:  # noqa: BLE001 the parent is told, whatever it was
        text = f"{target} failed: {type(error).__name__}: {error}"
        tell(
            "error",
            {"code": "CONTAINED", "message": text, "hint": "", "details": {"trace": traceback.format_exc()}},
        )


def _function(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
