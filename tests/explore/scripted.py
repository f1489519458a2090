"""Containers out of plain generators: an AWS call is what they yield, a number is a sleep, what they return is the response.

They need no boto3, no greenlet and no prepared process, and so are also an oracle of their own: a test can run the same generators by hand.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

from twinstage.world.contained import Answered, Asked, Call, Ended, Failed, Function

Script = Callable[..., Generator[Any, Any, Any]]


class Refused(Exception):
    """The service refused the call."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(f"{failed.error}: {failed.message}")
        self.error = failed.error


class ScriptedEnvironment:
    """An environment that runs a script. The script is called with the event, and with the environment for its clock, its randomness and its globals."""

    def __init__(self, script: Script, identity: str, seed: int, now_s: float, timeout_s: float = 900) -> None:
        self._timeout_s = timeout_s
        self.script, self.identity, self.now_s, self.clock_read = script, identity, now_s, False
        self.random = random.Random(f"{identity} {seed}")  # noqa: S311  (not for secrets)
        self.globals: dict[str, Any] = {}
        self.refusals: list[str] = []
        self.still = 0
        self.parked = False

    def clock(self) -> float:
        """For scripts: what time it is."""
        self.clock_read = True
        return self.now_s

    def begin(self, event: Any, *, request_id: str, now_s: float | None = None) -> Asked | Ended:
        self.now_s = max(self.now_s, now_s or 0.0)
        self.request_id, self._begun_s = request_id, self.now_s
        self._run = self.script(event, self)
        return self._advance(lambda: next(self._run))

    def resume(self, answer: Answered | Failed, *, now_s: float | None = None) -> Asked | Ended:
        assert not self.parked
        self.now_s = max(self.now_s, now_s or 0.0)
        if self.now_s >= self._begun_s + self._timeout_s:
            return Ended({"outcome": "error", "error": "Sandbox.Timedout", "message": "timed out"})
        if isinstance(answer, Failed):
            return self._advance(lambda: self._run.throw(Refused(answer)))
        return self._advance(lambda: self._run.send(answer.response))

    def park(self) -> None:
        self.parked = True

    def _advance(self, go_on: Callable[[], Any]) -> Asked | Ended:
        slept, self.clock_read = 0.0, False
        while True:
            try:
                wanted = go_on()
            except StopIteration as end:
                return Ended({"outcome": "success", "response": end.value}, slept)
            except Exception as error:  # noqa: BLE001  (whatever a handler raises is how it ends)
                return Ended({"outcome": "error", "error": type(error).__name__, "message": str(error)}, slept)
            if isinstance(wanted, Call):
                return Asked(wanted, slept)
            self.now_s += 0.0 if self.still else wanted
            self.still -= self.still > 0
            slept += wanted
            go_on = lambda: next(self._run)  # noqa: E731


class Scripts:
    """The environments of some scripts, by the function's name; counts how often each was started."""

    def __init__(self, scripts: Mapping[str, Script], timeout_s: float = 900) -> None:
        self._scripts, self._timeout_s = scripts, timeout_s
        self.environments: list[ScriptedEnvironment] = []

    def __call__(self, function: Function, *, identity: str, seed: int, now_s: float) -> ScriptedEnvironment:
        made = ScriptedEnvironment(self._scripts[function.name], identity, seed, now_s, function.timeout_s)
        self.environments.append(made)
        return made

    @property
    def functions(self) -> dict[str, Function]:
        return {name: Function(name, Path(), timeout_s=self._timeout_s) for name in self._scripts}


def call(service: str, operation: str, **parameters: Any) -> Call:
    return Call(service, operation, parameters, "us-east-1", None)


def get(key: str, *, table: str = "items", consistent: bool = True) -> Call:
    return call("dynamodb", "GetItem", TableName=table, Key={"pk": {"S": key}}, ConsistentRead=consistent)


def put(key: str, value: int = 0, *, table: str = "items", **more: Any) -> Call:
    return call("dynamodb", "PutItem", TableName=table, Item={"pk": {"S": key}, "v": {"N": str(value)}}, **more)


def create(key: str, value: int = 0, **more: Any) -> Call:
    return put(key, value, ConditionExpression="attribute_not_exists(pk)", **more)


def delete(key: str, **more: Any) -> Call:
    return call("dynamodb", "DeleteItem", TableName="items", Key={"pk": {"S": key}}, **more)


def value_of(response: Mapping[str, Any]) -> int | None:
    item = response.get("Item")
    return int(item["v"]["N"]) if item else None


def txt(name: str, text: str, ttl: int = 60) -> dict[str, Any]:
    return {"Name": name, "Type": "TXT", "TTL": ttl, "ResourceRecords": [{"Value": f'"{text}"'}]}


def a(name: str, address: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}], **more}


def alias(name: str, target: str, zone: str = "Z1", **more: Any) -> dict[str, Any]:
    target_of = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": target_of, **more}


def change(*changes: tuple[str, dict[str, Any]], zone: str = "Z1") -> Call:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
    return call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)


def listing(start: str | None = None, kind: str | None = None, most: int | None = None, zone: str = "Z1") -> Call:
    wanted = {"StartRecordName": start, "StartRecordType": kind, "MaxItems": None if most is None else str(most)}
    return call(
        "route53",
        "ListResourceRecordSets",
        HostedZoneId=zone,
        **{name: value for name, value in wanted.items() if value is not None},
    )
