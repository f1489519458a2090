"""Handlers that misbehave in an exploration: told as Lambda tells it, or by where the process died; never by what they pretend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twinstage.model.errors import TwinstageError
from twinstage.world.contained import Limits

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

FORGED = '\\n{"result": {"A": "forged"}}\\n{"ended": 0}\\n'


def handler(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import os, sys, time\ndef lambda_handler(event, context):\n{lines}\n"


def test_what_is_written_on_every_descriptor_is_no_result(handlers: Handlers) -> None:
    forging = handler(
        f"for n in range(64):\n    try: os.write(n, b'{FORGED}')\n    except OSError: pass\nreturn 'mine'"
    )
    told = handlers.run(forging)
    assert told.response == "mine"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise SystemExit(0)", "Runtime.ExitError"),
        ("os._exit(0)", "Runtime.ExitError"),
        ("os.abort()", "PermissionError"),
        ("return {1, 2}", "Runtime.MarshalError"),
        ("return lambda_handler(event, context)", "RecursionError"),
        ("x = []\nwhile True: x.append(bytearray(10 << 20))", "MemoryError"),
        ("event.clear(); raise KeyError(1)", "KeyError"),
    ],
)
def test_it_is_told_as_lambda_tells_it_and_the_others_go_on(handlers: Handlers, body: str, error: str) -> None:
    bad, good = handlers.function(handler(body), "bad"), handlers.function(handler("return 'served'"), "good")
    environments = {"A": {"function": bad, "events": [{}]}, "B": {"function": good}}
    # Filling the 4 GiB that a run has otherwise may itself take a slow machine more than the function's three seconds.
    told = handlers.converse(environments, limits=Limits(stall_s=60, timeout_s=120, memory_mb=512))
    assert told["A"].error[0] == error
    assert told["B"].response == "served"


def test_a_process_that_dies_is_told_and_the_next_one_is_good(handlers: Handlers) -> None:
    with pytest.raises(TwinstageError) as died:
        handlers.run(handler("import ctypes; ctypes.string_at(0)"))
    assert died.value.code == "CONTAINED_DIED"
    assert handlers.run(handler("return 'served'")).response == "served"


def test_an_answer_of_more_than_six_megabytes_is_refused_as_lambda_refuses_it(handlers: Handlers) -> None:
    assert handlers.run(handler("return 'x' * (7 << 20)")).error[0] == "Function.ResponseSizeTooLarge"


def test_neither_folder_nor_mask_nor_environment_reach_the_next_environment(handlers: Handlers) -> None:
    before = Path.cwd()
    bad = handlers.function(handler("os.chdir('/'); os.umask(0o777); os.environ.clear(); return 1"), "bad")
    good = handlers.function(handler("return [os.getcwd(), os.environ['AWS_LAMBDA_FUNCTION_NAME']]"), "good")
    alone = handlers.converse({"B": {"function": good}})["B"].response
    assert handlers.converse({"A": {"function": bad}, "B": {"function": good}})["B"].response == alone
    assert Path.cwd() == before
