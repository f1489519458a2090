"""The child process that contains handlers: what `run_contained` starts, and nothing else should.

`python -m twinstage.world.contained.child TARGET DOCUMENT RESULT_FD HEART_FD MEMORY_BYTES`: imports TARGET (`module:function`) once the
process is prepared, calls it with the JSON document of the file DOCUMENT and a function that passes messages up, and writes one JSON
line for each message and one for the result on RESULT_FD.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

from twinstage.model.errors import TwinstageError
from twinstage.world.contained.heart import heart
from twinstage.world.contained.interruption import start_interruption
from twinstage.world.contained.process import install

# An orderly end of the interpreter would unwind every suspended handler.
_exit = os._exit


def main(target: str, document: str, result_fd: int, heart_fd: int, memory_bytes: int) -> None:
    """Run the target and tell its result. Never returns."""
    _limit(memory_bytes)
    heart.share(heart_fd)
    start_interruption()
    install()
    with os.fdopen(result_fd, "w", encoding="utf-8") as channel:

        def tell(kind: str, content: Any) -> None:
            channel.write(json.dumps({kind: content}) + "\n")
            channel.flush()

        try:
            module, _, name = target.partition(":")
            function = getattr(importlib.import_module(module), name)
            result = function(json.loads(Path(document).read_bytes()), lambda message: tell("message", message))
            tell("result", result)
        except TwinstageError as error:
            told = {"code": error.code, "message": error.message, "hint": error.hint, "details": error.details}
            tell("error", json.loads(json.dumps(told, default=str)))
        except BaseException as error:  # noqa: BLE001 the parent is told, whatever it was
            text = f"{target} failed: {type(error).__name__}: {error}"
            tell(
                "error",
                {"code": "CONTAINED", "message": text, "hint": "", "details": {"trace": traceback.format_exc()}},
            )
    _exit(0)


def _limit(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(value) for value in sys.argv[3:]))
