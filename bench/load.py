"""What a request costs the generator, by its processor time: against Locust's FastHttpUser, on the same server that answers at once, in turn.

Everything that a generator does is in it: when to send, the exchange, the histograms. Locust runs in a process of its own, whose start is left out. The server is a process too, and
is the same for both; both speak HTTP/1.1 over kept connections. Then what is measured is held against a server that knows what it did: see `tests/stress/test_generator_on_sockets.py`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import peers

from twinstage.model.load_profile import ClosedLoad, Constant, OpenLoad
from twinstage.stress.load.run import run
from twinstage.world.load.http_target import HttpTarget
from twinstage.world.load.noop_process import noop_server

if TYPE_CHECKING:
    from twinstage.model.load_profile import Load

ROUNDS, SECONDS, USERS, RATE = 5, 3.0, 16, 2000.0
SHARE = 0.25
PEER = Path(__file__).with_name("load_locust.py")
# What is asked: by how many users who ask again at once, or at which rate; and the bar. At a rate, both sleep and are woken twice a request, which costs each the same and
# more than the request: what is asked of a generator is what it takes when it is busy.
MODES: dict[str, tuple[Load, float, float | None]] = {
    f"{USERS} users, each asking again at once": (ClosedLoad(USERS, SECONDS), 0.0, SHARE),
    f"{RATE:.0f} requests a second": (OpenLoad(Constant(RATE, SECONDS)), RATE, None),
}


def main() -> None:
    """Print the microseconds of a request, ours and Locust's, and their ratio, for each mode."""
    program = peers.ensure("locust") / "bin" / "python"
    with noop_server() as endpoint:
        if endpoint is None:
            raise SystemExit("nothing listens on loopback here")
        url = f"http://127.0.0.1:{endpoint.addresses[0][1]}/"
        for mode, (load, rate, most) in MODES.items():
            rounds = [(ours(url, load), locust(program, url, rate)) for _ in range(ROUNDS)]
            mine, theirs = (statistics.median(side) for side in zip(*rounds, strict=True))
            ratio = statistics.median(one / other for one, other in rounds)
            bar = "" if most is None else f", bar {most}: {'held' if ratio <= most else 'MISSED'}"
            print(f"  {mode}: {mine:.1f} µs a request, Locust's FastHttpUser {theirs:.1f} µs: {ratio:.3f} of it{bar}")


def ours(url: str, load: Load) -> float:
    """Processor microseconds of a request, of all that a run does but for finding out its own ceiling."""
    began: list[float] = []

    def begun(_: object) -> None:
        if not began:
            began.append(time.process_time())

    result = run(load, HttpTarget(url), name="server", progress=begun)
    used = time.process_time() - began[0]
    return used / result.operations["GET /"].answered * 1e6


def locust(program: Path, url: str, rate: float) -> float:
    """The same of Locust."""
    command = [str(program), str(PEER), url, str(USERS), str(SECONDS), str(rate)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"locust: {done.stderr.strip()[-500:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    if told["failed"] or not told["requests"]:
        raise SystemExit(f"locust: {told}")
    return float(told["cpu_s"] / told["requests"] * 1e6)


if __name__ == "__main__":
    main()
