"""Nothing of a handler reaches out of its process, and the process never outlives whoever started it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.errors import TwinstageError
from twinstage.world.contained import Containment, Limits, run_contained

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

CHILD = "tests.world.contained.child_functions"
TRYING = """
import multiprocessing, os, socket, subprocess, urllib.request
def lambda_handler(event, context):
    try:
        TRY
    except OSError as error:
        return "refused"
"""
PARKED = """
import boto3, threading
dynamodb = boto3.client("dynamodb")
def lambda_handler(event, context):
    if event == "threads":
        threading.Thread(target=threading.Event().wait).start()
    try:
        dynamodb.list_tables()
    except:
        while event == "stubborn":
            try:
                dynamodb.describe_table(TableName="t")
            except:
                pass
    finally:
        dynamodb.describe_table(TableName="t")
"""


class TestRefusals:
    def test_what_is_refused_is_an_error_to_the_handler_and_is_told_by_name(self, handlers: Handlers) -> None:
        tries = {
            "socket.create_connection(('192.0.2.1', 443))": "connect to 192.0.2.1:443",
            "urllib.request.urlopen('http://example.com/')": "look up example.com",
            "socket.gethostbyname('example.com')": "look up example.com",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))": "send to 192.0.2.1:53",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))": "send to 192.0.2.1:53",
            "socket.gethostbyaddr('192.0.2.1')": "look up 192.0.2.1",
            "socket.getnameinfo(('192.0.2.1', 53), 0)": "look up 192.0.2.1:53",
            "subprocess.run(['true'])": "subprocess.Popen",
            "os.system('true')": "os.system true",
            "os.fork()": "os.fork",
            "multiprocessing.get_context('spawn').Process(target=print).start()": "fork_exec",
            "os.kill(1, 9)": "os.kill 1",
        }
        told = handlers.each(TRYING.replace("TRY", code) for code in tries)
        for one, refused in zip(told, tries.values(), strict=True):
            assert one.response == "refused"
            (refusal,) = one.refusals
            assert refused in refusal

    def test_signals_are_not_the_handlers(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import signal
            def lambda_handler(event, context):
                signal.signal(signal.SIGALRM, signal.SIG_IGN)
                signal.alarm(1)
                return signal.setitimer(signal.ITIMER_REAL, 0)
            """
        )
        assert told.response == [0, 0]


class TestHandlersThatNeverComeBack:
    @pytest.mark.parametrize(
        "body",
        [
            "while True: pass",
            "while True:\n        try:\n            while True: pass\n        except: pass",
            "re.match('(a+)+$', 'a' * 40 + 'b')",
        ],
    )
    def test_a_loop_without_a_call_ends_by_timeout_and_the_rest_goes_on(self, handlers: Handlers, body: str) -> None:
        function = handlers.function(f"import re\ndef lambda_handler(event, context):\n    {body}", timeout_s=1)
        other = handlers.function("def lambda_handler(event, context): return 'served'")
        told = handlers.converse({"A": {"function": function}, "B": {"function": other}})
        assert told["A"].error[0] == "Sandbox.Timedout"
        assert told["B"].response == "served"

    @pytest.mark.long  # two computations of two seconds and two timeouts of four
    def test_code_that_only_computes_for_long_is_not_taken_for_a_loop_that_was_met_before(
        self, handlers: Handlers
    ) -> None:
        function = handlers.function(
            """
            from resource import RUSAGE_SELF, getrusage
            def compute():
                began_s = getrusage(RUSAGE_SELF).ru_utime
                while getrusage(RUSAGE_SELF).ru_utime < began_s + 2: pass
                return "served"
            def spin():
                while True: pass
            def lambda_handler(event, context):
                return spin() if event["spin"] else compute()
            """,
            timeout_s=4,
        )
        spinning = {"function": function, "events": [{"spin": True}, {"spin": True}, {"spin": False}]}
        told = handlers.converse({"A": spinning})["A"]
        assert [ended.get("error") for ended in told.ended] == ["Sandbox.Timedout", "Sandbox.Timedout", None]
        assert told.ended[2]["response"] == "served"

    def test_what_no_signal_reaches_is_killed_and_container_and_call_are_named(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3
            def lambda_handler(event, context):
                boto3.client("dynamodb").list_tables()
                sum(range(10**13))
            """
        )
        with pytest.raises(TwinstageError) as raised:
            handlers.converse({"spinner": {"function": function}}, limits=Limits(stall_s=3))
        assert raised.value.code == "CONTAINED_STALLED"
        assert "in container spinner after its call 1 (dynamodb ListTables)" in raised.value.message
        assert raised.value.details == {"container": "spinner", "calls": 1, "call": "dynamodb ListTables"}

    def test_a_process_that_dies_is_told_with_where_it_was(self, handlers: Handlers) -> None:
        function = handlers.function(
            "import ctypes\ndef lambda_handler(event, context): ctypes.string_at(0)",
        )
        with pytest.raises(TwinstageError) as raised:
            handlers.converse({"A": {"function": function}})
        assert raised.value.code == "CONTAINED_DIED"
        assert "by signal 11, in container A before its first call" in raised.value.message

    def test_memory_is_limited_and_asking_for_more_is_the_handlers_error(self, handlers: Handlers) -> None:
        told = handlers.run("def lambda_handler(event, context): return len('x' * (64 << 30))")
        assert told.error[0] == "MemoryError"


class TestTheChild:
    def test_result_and_messages_come_up_in_order(self) -> None:
        said: list[Any] = []
        assert run_contained(f"{CHILD}:count", {"upto": 3}, say=said.append) == {"counted": 3}
        assert said == [1, 2, 3]

    def test_it_has_no_credentials_and_a_home_of_its_own_and_leaves_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
        monkeypatch.setenv("AWS_PROFILE", "production")
        seen = run_contained(f"{CHILD}:surroundings", {}, time_zone="Asia/Tokyo")
        assert not {"AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"} & seen["variables"].keys()
        assert (seen["variables"]["PYTHONHASHSEED"], seen["variables"]["TZ"], seen["zone"]) == (
            "0",
            "Asia/Tokyo",
            "JST",
        )
        assert seen["variables"]["HOME"] == seen["folder"] != os.environ.get("HOME")
        assert not Path(seen["folder"]).exists()
        assert seen["executable"] == sys.executable

    def test_outside_of_environments_time_and_randomness_are_real_but_aws_is_not_reached(self) -> None:
        seen = run_contained(f"{CHILD}:outside", {})
        assert seen["moved"]
        assert seen["threads"] == [1, 2]
        assert "nobody answers it" in seen["aws"]

    def test_what_is_parked_is_unwound_unseen_or_stays_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "handler.py").write_text(PARKED)
        seen = run_contained(f"{CHILD}:park", {"folder": str(tmp_path)})
        assert seen == {"suspended": {"plain": 0, "threads": 0, "stubborn": 1}, "asked": [], "again": "NOTHING_ASKED"}

    def test_an_error_raised_on_purpose_arrives_as_it_was(self) -> None:
        with pytest.raises(TwinstageError) as raised:
            run_contained(f"{CHILD}:refuse", {"why": "so"})
        error = raised.value
        assert (error.code, error.message, error.hint, error.details) == ("SO", "because so", "do not", {"n": 1})

    def test_any_other_error_is_told_with_its_trace(self) -> None:
        with pytest.raises(TwinstageError) as raised:
            run_contained(f"{CHILD}:fail", {})
        assert raised.value.code == "CONTAINED"
        assert "ZeroDivisionError" in raised.value.message
        assert "child_functions.py" in raised.value.details["trace"]

    def test_an_interrupted_parent_ends_it(self) -> None:
        def interrupt(message: Any) -> None:
            seen.append(message)
            raise KeyboardInterrupt

        seen: list[int] = []
        with pytest.raises(KeyboardInterrupt):
            run_contained(f"{CHILD}:linger", {}, say=interrupt)
        with pytest.raises(ProcessLookupError):
            os.kill(seen[0], 0)

    def test_it_ends_itself_and_leaves_nothing_when_its_parent_is_gone(self, tmp_path: Path) -> None:
        code = f"""
import sys
from twinstage.world.contained import run_contained
run_contained("{CHILD}:linger", {{}}, say=lambda pid: print(pid, flush=True))
"""
        variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=variables) as parent:
            assert parent.stdout is not None
            ran = int(parent.stdout.readline())
            child = os.pidfd_open(ran)
            process = os.pidfd_open(int(Path(f"/proc/{ran}/stat").read_text().rpartition(")")[2].split()[1]))
            parent.kill()
        ended = []
        for one in (child, process):
            ended += select.select([one], [], [], 60)[0]
            os.close(one)
        assert len(ended) == 2
        assert not list(tmp_path.iterdir())

    def test_the_whole_run_may_be_limited(self) -> None:
        with pytest.raises(TwinstageError, match="it has run for 1 s"):
            run_contained(f"{CHILD}:linger", {}, limits=Limits(timeout_s=1))

    def test_silence_outside_of_handlers_has_a_limit_of_its_own(self) -> None:
        with pytest.raises(TwinstageError, match=r"before any container ran: nothing has moved for 0\.5 s"):
            run_contained(f"{CHILD}:linger", {}, limits=Limits(quiet_s=0.5))


class TestManyRuns:
    def test_every_run_has_a_fresh_process_and_an_empty_home(self) -> None:
        with Containment() as containment:
            first, second = (containment.run(f"{CHILD}:leave_behind", {}) for _ in range(2))
        assert first["process"] != second["process"]
        assert first["found"] == second["found"] == {"module": False, "files": [], "turns": 0}

    def test_what_was_prepared_is_there_in_every_run(self) -> None:
        with Containment() as containment:
            containment.prepare(f"{CHILD}:prepare", {"told": "before"})
            assert [containment.run(f"{CHILD}:prepared", {}) for _ in range(2)] == ["before", "before"]

    def test_after_a_run_that_was_given_up_the_next_one_begins_anew(self) -> None:
        with Containment() as containment:
            with pytest.raises(TwinstageError, match="it has run for 1 s"):
                containment.run(f"{CHILD}:linger", {}, limits=Limits(timeout_s=1))
            assert containment.run(f"{CHILD}:count", {"upto": 1}) == {"counted": 1}

    def test_a_run_that_dies_takes_no_other_along(self) -> None:
        with Containment() as containment:
            with pytest.raises(TwinstageError, match="by signal 11"):
                containment.run(f"{CHILD}:crash", {})
            assert containment.run(f"{CHILD}:count", {"upto": 1}) == {"counted": 1}
