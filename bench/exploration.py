"""Schedules of the enactor race: on the state graph, by the handlers in full, and through in-process moto; and what a graph costs.

CPU seconds throughout: only the ratios mean anything on a shared machine. The handlers are those of the golden tests, and so is the world. moto runs
the same schedules with the same handlers, each AWS call a switch to the next container; it takes what Route 53 refuses, so a variant without a lock
is run there, and only the time of a call is compared. Its set-up is not counted.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from tests.explore.enactors import HANDLERS, Invariants, Race
from twinstage.world.contained import run_contained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LOCKED = {"plans": ((11,), (13,))}
FREE = {"plans": ((11,), (13,)), "variant": "nolock cas casdel"}
THREE = {"plans": ((11,), (12,), (13,)), "variant": "nolock cas casdel"}
WALKS, IN_FULL, COLD, THROUGH_MOTO = 20_000, 300, 150, 30


def main() -> None:
    """Measure and print."""
    found = run_contained("exploration:measured", {})
    print("exploration: schedules a second, one process, CPU seconds")
    for label, one in found["warm"].items():
        print(f"  graph, warm, {label:26s} {one['rate']:9,.0f}   ({one['calls']:.0f} calls each)")
    full = found["in_full"]
    print(f"  handlers in full, {full['calls']:.0f} calls each {full['rate']:15,.0f}")
    for label, cold in found["cold"].items():
        moto = _through_moto(cold["schedules"], cold["endpoints"])
        print(
            f"  the same {COLD} schedules, {label} ({cold['calls']:.0f} calls each, {THROUGH_MOTO} of them through moto):"
        )
        print(f"    graph, everything cold {cold['rate']:17,.0f}")
        print(f"    in-process moto {moto:24,.1f}   ratio {cold['rate'] / moto:.0f}x")
    whole = found["exhausted"]
    print(
        f"  exhausted, three enactors: {whole['states']:,} states in {whole['seconds']:.1f} s: {whole['rate']:,.0f} states/s"
    )
    print(f"    memory {whole['bytes_a_state']:.0f} bytes a state, as it is estimated {whole['estimated']:.0f}")


# In the process that contains the handlers -----------------------------------------------------------------------------------------


def measured(_document: Any, say: Callable[[Any], None]) -> dict[str, Any]:
    """Every figure but moto's."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    found: dict[str, Any] = {"cold": {}, "warm": {}}
    for endpoints in (1, 2):
        found["cold"][f"{endpoints} endpoint{'s'[: endpoints - 1]}"] = _cold(endpoints)
        say("cold")
    found["in_full"] = _in_full()
    say("in full")
    for endpoints in (1, 2):
        found["warm"][f"{endpoints} endpoint{'s'[: endpoints - 1]}"] = _warm(endpoints)
        say("warm")
    found["exhausted"] = _exhausted()
    return found


def _graph(race: dict[str, Any], **more: Any) -> Any:
    from twinstage.explore.graph import Graph

    return Graph(Race(**race, **more).case(), Invariants())


def _exhausted() -> dict[str, float]:
    from twinstage.explore.exhaust import exhaust

    graph, before = _graph(THREE), _resident()
    began = time.process_time()
    states = exhaust(graph, max_states=1_000_000).states
    seconds = time.process_time() - began
    return {
        "states": states,
        "seconds": seconds,
        "rate": states / seconds,
        "bytes_a_state": (_resident() - before) / states,
        "estimated": graph.size_bytes / states,
    }


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _warm(endpoints: int) -> dict[str, float]:
    """Random walks over a graph of which every state is known."""
    from twinstage.explore.exhaust import exhaust
    from twinstage.explore.strategies import RandomWalk
    from twinstage.explore.walk import walk

    graph, strategy = _graph(LOCKED, endpoints=endpoints), RandomWalk()
    exhaust(graph, max_states=1_000_000)
    began, calls = time.process_time(), 0
    for seed in range(WALKS):
        calls += len(walk(graph, strategy, seed).edges)
    return {"rate": WALKS / (time.process_time() - began), "calls": calls / WALKS}


def _schedules(graph: Any, number: int) -> list[list[int]]:
    from twinstage.explore.strategies import RandomWalk
    from twinstage.explore.walk import walk

    strategy = RandomWalk()
    return [[action.container for action in walk(graph, strategy, seed).schedule] for seed in range(number)]


def _in_full() -> dict[str, float]:
    """Every handler from its first line to its last for each schedule; the world remembers what it answered before."""
    from twinstage.explore.interned import InternedWorld

    race = Race(**LOCKED)
    schedules, case = _schedules(_graph(LOCKED), IN_FULL), race.case()
    first = case.containers[0].messages[0].at_s
    world = InternedWorld(case.start, now_s=first, expiry_s=300.0, region="us-east-1")
    for schedule in schedules:
        _run_in_full(case, world, schedule)
    began = time.process_time()
    for schedule in schedules:
        _run_in_full(case, world, schedule)
    return {"rate": IN_FULL / (time.process_time() - began), "calls": sum(map(len, schedules)) / IN_FULL}


def _run_in_full(case: Any, aws: Any, schedule: Sequence[int]) -> None:
    """Fresh environments, driven along one schedule."""
    from twinstage.explore.change_ids import change_id
    from twinstage.explore.environments import contained

    running, asked, world = [], [], aws.root
    for container in case.containers:
        message = container.messages[0]
        function = case.functions[message.function]
        running.append(contained(function, identity=container.name, seed=0, now_s=message.at_s))
        asked.append(running[-1].begin(message.event, request_id=container.name))
    for number, container in enumerate(schedule):
        world, answer = aws.apply(world, aws.request(asked[container].call), 0)
        at_s = running[container].now_s
        asked[container] = running[container].resume(answer.delivered(change_id(container, number, at_s), at_s))


def _cold(endpoints: int) -> dict[str, Any]:
    """A graph that knows nothing yet, walked along schedules."""
    known = _graph(FREE, endpoints=endpoints)
    schedules = _schedules(known, COLD)
    known.close()
    began = time.process_time()
    graph = _graph(FREE, endpoints=endpoints)
    for schedule in schedules:
        state = graph.root
        for container in schedule:
            state = next(edge for edge in graph.edges(state) if edge.action.container == container).target
    rate = COLD / (time.process_time() - began)
    calls = sum(map(len, schedules)) / COLD
    return {"rate": rate, "calls": calls, "endpoints": endpoints, "schedules": schedules[:THROUGH_MOTO]}


# Through in-process moto -----------------------------------------------------------------------------------------------------------


def _through_moto(schedules: Sequence[Sequence[int]], endpoints: int) -> float:
    """Schedules a second, their worlds made beforehand."""
    import greenlet
    from botocore.client import BaseClient
    from moto import mock_aws

    race, seconds, real = Race(**FREE, endpoints=endpoints), 0.0, BaseClient._make_api_call  # noqa: SLF001  (the one door of every client)
    environment = {"PLANS": "plans", "VARIANT": race.variant, "RETENTION": str(race.retention)}
    os.environ.update(environment, AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")

    def granted(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        """A handler's call waits for its turn."""
        if hub := greenlet.getcurrent().parent:
            hub.switch()
        return real(client, operation, parameters)

    for schedule in schedules:
        with mock_aws():
            targets = [_made_in_moto(race, endpoint) for endpoint in race.targets]
            handlers = [_loaded() for _ in race.plans]
            messages = [{**one.messages[0].event, "endpoints": targets} for one in race.case().containers]
            BaseClient._make_api_call = granted  # type: ignore[method-assign]  # noqa: SLF001  (the one door of every client)
            try:
                began = time.process_time()
                running = [greenlet.greenlet(handler) for handler in handlers]
                for one, message in zip(running, messages, strict=True):
                    one.switch(message, None)
                _take_turns(running, schedule)
                seconds += time.process_time() - began
            finally:
                BaseClient._make_api_call = real  # type: ignore[method-assign]  # noqa: SLF001  (put back)
    return len(schedules) / seconds


def _take_turns(running: Sequence[Any], schedule: Sequence[int]) -> None:
    """Each call of a schedule; what moto answers otherwise may end a handler before, or leave calls to be made after it."""
    for container in schedule:
        if not running[container].dead:
            running[container].switch()
    for one in running:
        while not one.dead:
            one.switch()


def _loaded() -> Callable[..., Any]:
    """The handler, its module run anew."""
    spec = importlib.util.spec_from_file_location("enactor", HANDLERS / "enactor.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(HANDLERS / "enactor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[..., Any] = module.lambda_handler
    return handler


def _made_in_moto(race: Race, endpoint: dict[str, str]) -> dict[str, str]:
    """The endpoint's zone in moto, with the records of the race's start."""
    import boto3

    client = boto3.client("route53")
    made = client.create_hosted_zone(Name=endpoint["zone"], CallerReference=endpoint["zone"])["HostedZone"]["Id"]
    target = {**endpoint, "zone_id": made.removeprefix("/hostedzone/")}
    for record in race.start.route53.zones[endpoint["zone_id"]].zone.records.values():
        if record["Type"] in {"NS", "SOA"}:
            continue
        own = dict(record)
        if "AliasTarget" in own:
            own["AliasTarget"] = {**own["AliasTarget"], "HostedZoneId": target["zone_id"]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": own}]}
        client.change_resource_record_sets(HostedZoneId=made, ChangeBatch=batch)
    return target


if __name__ == "__main__":
    main()
