"""Time is the environment's own: it stands still while code runs, and moves when the code waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.world.contained.conversation import START_S

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers


WAITING = """
import asyncio, queue, select, threading, time
def condition():
    made = threading.Condition()
    made.acquire()
    return made
def locked():
    lock = threading.Lock()
    lock.acquire()
    return lock
def got(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
async def timed_out():
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 7)
    except asyncio.TimeoutError as error:
        return type(error).__name__
def lambda_handler(event, context):
    started = time.monotonic()
    result = WAIT
    return [result, round(time.monotonic() - started, 3)]
"""
LOOKING = """
import boto3, datetime, logging, time, uuid
dynamodb = boto3.client("dynamodb")
def lambda_handler(event, context):
    dynamodb.list_tables()
    LOOK
    dynamodb.list_tables()
"""


class TestClocks:
    def test_every_clock_reads_the_virtual_time_however_it_was_imported(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import datetime, time
            from datetime import date, datetime as dt, timezone
            from time import gmtime, localtime, monotonic, perf_counter, sleep, strftime, time as now, time_ns
            def lambda_handler(event, context):
                started, counted = monotonic(), perf_counter()
                sleep(3600)
                return {
                    "time": now(), "time_ns": time_ns(), "module": time.time(),
                    "datetime": dt.now(timezone.utc).isoformat(), "utcnow": datetime.datetime.utcnow().isoformat(),
                    "local": datetime.datetime.now().isoformat(), "today": date.today().isoformat(),
                    "gmtime": gmtime()[:6], "localtime": localtime()[:6], "strftime": strftime("%H:%M"), "ctime": time.ctime(),
                    "monotonic": round(monotonic() - started, 6), "perf_counter": round(perf_counter() - counted, 6),
                    "monotonic_ns": time.monotonic_ns() // 10**9 - int(started), "cpu": time.process_time() < 10,
                    "gettime": time.clock_gettime(time.CLOCK_REALTIME) - now(),
                    "boot": round(time.clock_gettime(time.CLOCK_MONOTONIC) - started, 6),
                }
            """,
            timeout_s=4000,
        )
        later = START_S + 3600
        assert told.response == {
            "time": later,
            "time_ns": int(later * 10**9),
            "module": later,
            "datetime": "2025-10-20T00:48:00+00:00",
            "utcnow": "2025-10-20T00:48:00",
            "local": "2025-10-20T00:48:00",
            "today": "2025-10-20",
            "gmtime": [2025, 10, 20, 0, 48, 0],
            "localtime": [2025, 10, 20, 0, 48, 0],
            "strftime": "00:48",
            "ctime": "Mon Oct 20 00:48:00 2025",
            "monotonic": 3600,
            "perf_counter": 3600,
            "monotonic_ns": 3600,
            "cpu": True,
            "gettime": 0,
            "boot": 3600,
        }

    def test_the_functions_time_zone_is_its_own(self, handlers: Handlers) -> None:
        code = """
            import time, os, boto3
            def lambda_handler(event, context):
                boto3.client("dynamodb").list_tables()
                before = time.strftime("%H:%M %Z")
                if event.get("zone"):
                    os.environ["TZ"] = event["zone"]
                    time.tzset()
                boto3.client("dynamodb").list_tables()
                return [before, time.strftime("%H:%M %Z")]
            """
        function = handlers.function(code)
        new_york = handlers.function(code, environment={"TZ": "America/New_York"})
        told = handlers.converse(
            {
                "A": {"function": function},
                "B": {"function": new_york},
                "C": {"function": function, "events": [{"zone": "Asia/Tokyo"}]},
            },
            turns=["A", "B", "C", "A", "B", "C", "A", "B", "C"],
        )
        assert told["A"].response == ["23:48 UTC", "23:48 UTC"]
        assert told["B"].response == ["19:48 EDT", "19:48 EDT"]
        assert told["C"].response == ["23:48 UTC", "08:48 JST"]

    def test_each_environment_has_a_clock_of_its_own(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, time
            def lambda_handler(event, context):
                boto3.client("dynamodb").list_tables()
                time.sleep(event["sleep"])
                boto3.client("dynamodb").list_tables()
                return time.time()
            """,
            timeout_s=100,
        )
        told = handlers.converse(
            {
                "A": {"function": function, "events": [{"sleep": 50}]},
                "B": {"function": function, "events": [{"sleep": 1}]},
            },
            turns=["A", "B", "A", "B", "A", "B"],
        )
        assert (told["A"].response, told["B"].response) == (START_S + 50, START_S + 1)
        assert [call["slept_s"] for call in told["A"].asked] == [0, 50]


class TestWaiting:
    def test_whatever_a_handler_waits_with_only_virtual_time_passes(self, handlers: Handlers) -> None:
        expected: dict[str, object] = {
            "time.sleep(7)": None,
            "threading.Event().wait(7)": False,
            "asyncio.run(asyncio.sleep(7))": None,
            "condition().wait(7)": False,
            "locked().acquire(timeout=7)": False,
            "got(lambda: queue.Queue().get(timeout=7))": "Empty",
            "got(lambda: queue.SimpleQueue().get(timeout=7))": "Empty",
            "asyncio.run(timed_out())": "TimeoutError",
            "select.select([], [], [], 7)": [[], [], []],
        }
        told = handlers.each((WAITING.replace("WAIT", wait) for wait in expected), timeout_s=30)
        assert dict(zip(expected, (one.response for one in told), strict=True)) == {
            wait: [result, 7] for wait, result in expected.items()
        }
        assert {one.ended[0]["slept_s"] for one in told} == {7}


class TestTimeout:
    def test_an_invocation_that_sleeps_past_its_time_ends_as_lambda_ends_it(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import time
            def lambda_handler(event, context):
                try:
                    time.sleep(100)
                finally:
                    print("unwound")
            """,
            timeout_s=3,
        )
        assert told.error == ("Sandbox.Timedout", "RequestId: A-0 Error: Task timed out after 3.00 seconds")
        assert told.now_s == START_S + 3
        assert "unwound" not in told.output

    def test_waiting_for_what_never_comes_is_a_timeout(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import threading
            def lambda_handler(event, context):
                threading.Event().wait()
            """
        )
        assert told.error[0] == "Sandbox.Timedout"

    def test_the_next_invocation_starts_with_fresh_modules(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import time
            COUNT = []
            def lambda_handler(event, context):
                COUNT.append(1)
                time.sleep(event["sleep"])
                return len(COUNT)
            """,
            events=[{"sleep": 0}, {"sleep": 1}, {"sleep": 9}, {"sleep": 0}],
        )
        assert [ended.get("response", ended.get("error")) for ended in told.ended] == [1, 2, "Sandbox.Timedout", 1]

    def test_remaining_time_counts_down_on_the_virtual_clock(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import time
            def lambda_handler(event, context):
                before = context.get_remaining_time_in_millis()
                time.sleep(2.5)
                return [before, context.get_remaining_time_in_millis()]
            """,
            timeout_s=10,
        )
        assert told.response == [10_000, 7_500]


class TestLooksAtTheClock:
    def test_an_environment_says_whether_its_code_looked(self, handlers: Handlers) -> None:
        looks = {
            "time.time()": True,
            "datetime.datetime.now()": True,
            "time.monotonic()": True,
            "context.get_remaining_time_in_millis()": True,
            "uuid.uuid1()": True,
            "logging.warning('a record has a time of its own')": False,
            "time.sleep(1)": False,
            "uuid.uuid4()": False,
        }
        told = handlers.each(LOOKING.replace("LOOK", code) for code in looks)
        assert dict(zip(looks, (one.looked for one in told), strict=True)) == {
            code: [False, looked, False] for code, looked in looks.items()
        }
