"""The peer of `load`: runs under Locust's own environment and prints one JSON line of requests answered and processor seconds used for them.

`python load_locust.py URL USERS SECONDS RATE`: FastHttpUser, each user asking again at once, or so that all together ask RATE times a second where that is not 0.
"""

from __future__ import annotations

import json
import logging
import sys
import time

import gevent  # locust, imported next, has the standard library wait through it
from locust import FastHttpUser, constant, constant_throughput, task
from locust.env import Environment

WARM_S = 1.0


def main() -> None:
    url, users, seconds, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    logging.disable()

    class User(FastHttpUser):
        host = url.rstrip("/")
        wait_time = constant_throughput(rate / users) if rate else constant(0)

        @task
        def ask(self) -> None:
            self.client.get("/")

    environment = Environment(user_classes=[User])
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=users)
    gevent.sleep(WARM_S)
    asked, used = environment.stats.total.num_requests, time.process_time()
    gevent.sleep(seconds)
    used, asked = time.process_time() - used, environment.stats.total.num_requests - asked
    failed = environment.stats.total.num_failures
    runner.quit()
    sys.stdout.write(json.dumps({"requests": asked, "cpu_s": used, "failed": failed}) + "\n")


if __name__ == "__main__":
    main()
