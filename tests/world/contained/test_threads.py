"""Threads, pools and asyncio run in line: one legal order, always the same, and said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

ITEMS = {"GetItem": [{"Item": {"n": {"N": str(n)}}} for n in range(1, 5)]}
PREAMBLE = """
import asyncio, boto3, queue, threading, time
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
dynamodb = boto3.client("dynamodb")
def get(n):
    return int(dynamodb.get_item(TableName="t", Key={"n": {"N": str(n)}})["Item"]["n"]["N"])
"""


WAYS = [
    "with ThreadPoolExecutor(2) as pool: return list(pool.map(get, [1, 2, 3]))",
    "with ThreadPoolExecutor() as pool: return [future.result() for future in [pool.submit(get, n) for n in (1, 2, 3)]]",
    "with ThreadPoolExecutor() as pool: return sorted(f.result() for f in as_completed([pool.submit(get, n) for n in (1, 2, 3)]))",
    "with ThreadPoolExecutor() as pool: return sorted(f.result() for f in wait([pool.submit(get, n) for n in (1, 2, 3)]).done)",
    "return asyncio.run(gathered())",
    "return joined()",
    "return through_a_queue()",
]
USUAL = (
    PREAMBLE
    + """
async def gathered():
    await asyncio.sleep(0.1)
    return list(await asyncio.gather(*(asyncio.to_thread(get, n) for n in (1, 2, 3))))
def joined():
    results = []
    threads = [threading.Thread(target=lambda n=n: results.append(get(n))) for n in (1, 2, 3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert not any(thread.is_alive() for thread in threads)
    return results
def through_a_queue():
    work, done = queue.Queue(), queue.Queue()
    def serve():
        while (n := work.get()) is not None:
            done.put(get(n))
            work.task_done()
    workers = [threading.Thread(target=serve, daemon=True) for _ in range(2)]
    for worker in workers: worker.start()
    for n in (1, 2, 3): work.put(n)
    work.join()
    for _ in workers: work.put(None)
    for worker in workers: worker.join()
    return sorted(done.get() for _ in range(3))
def lambda_handler(event, context):
    BODY
"""
)


class TestThreads:
    def test_the_usual_ways_work(self, handlers: Handlers) -> None:
        told = handlers.each((USUAL.replace("BODY", body) for body in WAYS), ITEMS)
        for one, body in zip(told, WAYS, strict=True):
            assert one.response == [1, 2, 3], body
            assert one.operations == ["GetItem"] * 3, body
            assert one.in_line, body

    def test_a_handler_without_threads_is_not_said_to_have_any(self, handlers: Handlers) -> None:
        told = handlers.run(PREAMBLE + "def lambda_handler(event, context): return get(1)", ITEMS)
        assert not told.in_line

    def test_threads_sleep_at_the_same_time(self, handlers: Handlers) -> None:
        told = handlers.run(
            PREAMBLE
            + """
def lambda_handler(event, context):
    started, order = time.monotonic(), []
    def sleeper(seconds):
        time.sleep(seconds)
        order.append(seconds)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(sleeper, [3, 1, 2]))
    return [order, round(time.monotonic() - started, 3)]
""",
            timeout_s=10,
        )
        assert told.response == [[1, 2, 3], 3]

    def test_locks_exclude_threads_that_wait_inside_them(self, handlers: Handlers) -> None:
        told = handlers.run(
            PREAMBLE
            + """
def lambda_handler(event, context):
    lock, seen = threading.RLock(), []
    def worker(name):
        with lock:
            seen.append(name + " in")
            time.sleep(1)
            with lock:
                seen.append(name + " out")
    threads = [threading.Thread(target=worker, args=(name,)) for name in "ab"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return seen
""",
            timeout_s=10,
        )
        assert told.response == ["a in", "a out", "b in", "b out"]

    def test_a_deadlock_is_a_timeout(self, handlers: Handlers) -> None:
        told = handlers.run(
            PREAMBLE
            + """
def lambda_handler(event, context):
    one, two = threading.Lock(), threading.Lock()
    def cross(first, second):
        with first:
            time.sleep(1)
            with second: pass
    threads = [threading.Thread(target=cross, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
""",
        )
        assert told.error[0] == "Sandbox.Timedout"

    def test_identities_names_and_locals_are_each_threads_own(self, handlers: Handlers) -> None:
        told = handlers.run(
            PREAMBLE
            + """
def lambda_handler(event, context):
    local, seen = threading.local(), []
    def worker():
        local.value = threading.current_thread().name
        time.sleep(1)
        seen.append([local.value, threading.get_ident() == threading.current_thread().ident])
    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return [seen, hasattr(local, "value"), threading.current_thread() is threading.main_thread()]
""",
            timeout_s=10,
        )
        assert told.response == [[["Thread-1 (worker)", True], ["Thread-2 (worker)", True]], False, True]

    def test_a_background_thread_lives_on_in_the_next_invocation(self, handlers: Handlers) -> None:
        told = handlers.run(
            PREAMBLE
            + """
beats = []
def beat():
    while True:
        time.sleep(1)
        beats.append(1)
threading.Thread(target=beat, daemon=True).start()
def lambda_handler(event, context):
    time.sleep(2.6)
    return len(beats)
""",
            timeout_s=10,
            events=[{}, {}],
        )
        assert [ended["response"] for ended in told.ended] == [2, 5]


class TestAsyncio:
    def test_loops_of_environments_do_not_meet(self, handlers: Handlers) -> None:
        function = handlers.function(
            PREAMBLE
            + """
async def main(n):
    first = await asyncio.to_thread(get, n)
    await asyncio.sleep(n)
    return first, get(n), asyncio.get_running_loop().time() > 0
def lambda_handler(event, context):
    return asyncio.run(main(event["n"]))
""",
            timeout_s=60,
        )
        told = handlers.converse(
            {
                "A": {"function": function, "events": [{"n": 5}]},
                "B": {"function": function, "events": [{"n": 7}]},
            },
            ITEMS,
            turns=["A", "B", "A", "B", "A", "B"],
        )
        assert told["A"].response == told["B"].response == [1, 2, True]
        assert [call["slept_s"] for call in told["B"].asked] == [0, 7]

    def test_tasks_sleep_at_the_same_time(self, handlers: Handlers) -> None:
        told = handlers.run(
            PREAMBLE
            + """
async def main():
    started = time.monotonic()
    await asyncio.gather(asyncio.sleep(2), asyncio.sleep(1), asyncio.wait_for(asyncio.sleep(0.5), 9))
    return round(time.monotonic() - started, 3)
def lambda_handler(event, context):
    return asyncio.run(main())
"""
        )
        assert told.response == 2
