"""AWS in memory: Route 53 and DynamoDB of one account as immutable values, behind requests in boto3's own form.

The values change hands, never content: a fork is a reference, and a world put back is one too. `world.memory.door` lets boto3's
clients be answered from here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError
from twinstage.world.memory import dynamodb, route53
from twinstage.world.memory.throttled import CapacityExceeded, ThrottledDynamoDb
from twinstage.world.quotas.requests import request_demands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.memory.dynamodb import Database
    from twinstage.world.memory.route53 import Account
    from twinstage.world.quotas import Demand, Quotas, Refusal

DYNAMODB_SERVICES = frozenset({"dynamodb", "dynamodbstreams"})
# Every other error of these services is a 400. Source: the service model's `httpStatusCode` of each error.
STATUSES = MappingProxyType(
    {
        "HealthCheckAlreadyExists": 409,
        "HealthCheckVersionMismatch": 409,
        "HostedZoneAlreadyExists": 409,
        "InternalServerError": 500,
        "NoSuchChange": 404,
        "NoSuchHealthCheck": 404,
        "NoSuchHostedZone": 404,
        "NotAuthorizedException": 401,
        "VPCAssociationNotFound": 404,
    }
)


class ServiceRefused(TwinstageError):
    """The service refused a request, as AWS does: its `error` code, `message`, HTTP `status` and further `members` of the error.

    `demands` is what it took of quotas all the same: a request counts, and a condition that does not hold consumes capacity.
    """

    def __init__(
        self,
        service: str,
        operation: str,
        error: str,
        message: str,
        members: Mapping[str, Any] | None = None,
        demands: tuple[Demand, ...] = (),
    ) -> None:
        details = {"service": service, "operation": operation, "error": error}
        super().__init__("SERVICE_REFUSED", message, details=details)
        self.service, self.operation, self.error = service, operation, error
        self.status, self.members, self.demands = STATUSES.get(error, 400), dict(members or {}), demands


class Throttled(ServiceRefused):
    """The service refused a request because of a quota: `refusal` says which. `demands` is what the request asked for, and did not get."""

    def __init__(
        self,
        service: str,
        operation: str,
        refusal: Refusal,
        demands: tuple[Demand, ...],
        said: CapacityExceeded | None = None,
    ) -> None:
        error, message, members = (
            (said.error, said.message, said.members) if said else (refusal.error, refusal.message, {})
        )
        super().__init__(service, operation, error, message, members, demands)
        self.status, self.refusal = refusal.status, refusal


class NobodyAnswers(TwinstageError):
    """A call of a service, an operation or a parameter that the memory world does not have. It went nowhere else."""

    def __init__(self, service: str, operation: str, reason: str = "") -> None:
        super().__init__(
            "NOBODY_ANSWERS",
            f"nobody in the memory world answers {service} {operation}" + (f": {reason}" if reason else ""),
            hint="rehearse this handler on the embedded AWS (--world local) or on the twin in AWS",
            details={"service": service, "operation": operation},
        )
        self.service, self.operation = service, operation


@dataclass(frozen=True)
class AwsState:
    """All that a memory world holds. `databases` by region; `ahead_s`: how far its time is ahead of its clock's."""

    route53: Account
    databases: Mapping[str, Database] = field(default_factory=dict)
    requests: int = 0
    ahead_s: float = 0.0


@dataclass(frozen=True)
class Carried:
    """A request that was carried out: the response, `ResponseMetadata` left out, and what it took of which quota (none without quotas)."""

    response: dict[str, Any]
    demands: tuple[Demand, ...] = ()


class MemoryAws:
    """One account's Route 53 and DynamoDB in memory, in every region. Safe to use from several threads.

    `clock` gives seconds since the epoch; nothing here reads another clock, and nothing is random. `region` is that of clients which
    name none. `timing` says how long Route 53 takes for a change: by default no time at all.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        account: str = "123456789012",
        region: str = "us-east-1",
        timing: route53.Timing | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        self.account, self.region, self._clock, self.quotas = account, region, clock, quotas
        self._lock = threading.RLock()
        self._state = AwsState(route53.empty_account(account, timing=timing))
        self._unanswered: list[tuple[str, str]] = []

    @property
    def state(self) -> AwsState:
        """What the world holds now: a value that stays as it is, to compare with, or to go back to by `restore`."""
        return self._state

    @property
    def route53(self) -> Account:
        """Route 53 as it is now."""
        return self._state.route53

    @property
    def databases(self) -> Mapping[str, Database]:
        """DynamoDB as it is now, by region; a region that nobody asked is not there."""
        return self._state.databases

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """(service, operation) of every call that nobody answered, in order: also where the caller hid the error."""
        return tuple(self._unanswered)

    def now(self) -> float:
        """The world's time, in seconds since the epoch."""
        return self._clock() + self._state.ahead_s

    def fork(self) -> MemoryAws:
        """An independent world that holds the same, on the same clock. Takes no time whatever the world holds. Its quotas are as large, and unused."""
        quotas = self.quotas.unused() if self.quotas else None
        other = MemoryAws(clock=self._clock, account=self.account, region=self.region, quotas=quotas)
        other._state = self._state
        return other

    def restore(self, state: AwsState) -> None:
        """Hold what `state` holds, time and request ids included."""
        with self._lock:
            self._state = state

    def advance(self, seconds: float) -> None:
        """Let time pass, then delete the items whose time to live is over. Never backwards."""
        if seconds < 0:
            raise ValueError(f"time does not go back by {-seconds} s")
        with self._lock:
            self._state = replace(self._state, ahead_s=self._state.ahead_s + seconds)
            self.expire()

    def expire(self) -> None:
        """Delete the items whose time to live is over now. AWS does so within days; here it is done when it is asked for."""
        with self._lock:
            now = self.now()
            databases = {region: dynamodb.expire(one, now=now) for region, one in self._state.databases.items()}
            self._state = replace(self._state, databases=databases)

    def answer(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, region: str | None = None
    ) -> dict[str, Any]:
        """Answer one request in boto3's form, `ResponseMetadata` left out. `service` is boto3's name of it.

        Raises ServiceRefused as AWS refuses, NobodyAnswers for what this world does not have; nothing has changed then.
        """
        return self.carry_out(service, operation, parameters, region=region).response

    def carry_out(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str | None = None,
        busy_s: float = 0.0,
    ) -> Carried:
        """Answer one request as `answer` does, and say what it took of the quotas. Raises what `answer` raises, Throttled among it.

        `busy_s`: for how long the service is at it; a hosted zone takes no other change meanwhile.
        """
        taken: list[Demand] = []
        try:
            with self._lock:
                response = self._carry_out(service, operation, parameters, region or self.region, busy_s, taken)
                return Carried(response, tuple(taken))
        except CapacityExceeded as exceeded:
            raise Throttled(service, operation, exceeded.refusal, exceeded.demands, exceeded) from exceeded
        except (*route53.REFUSALS, dynamodb.DynamoRefused) as refused:
            members = getattr(refused, "members", None)
            raise ServiceRefused(service, operation, refused.error, refused.message, members, tuple(taken)) from refused
        except (route53.Route53Unsupported, dynamodb.Unsupported) as missing:
            self._unanswered.append((service, operation))
            raise NobodyAnswers(service, operation, missing.message) from missing
        except NobodyAnswers:
            self._unanswered.append((service, operation))
            raise

    def request_id(self) -> str:
        """The id of the next request: the same in every run for the same requests before it. AWS's are random."""
        with self._lock:
            self._state = replace(self._state, requests=self._state.requests + 1)
            text = f"{int(self.account):016x}{self._state.requests:016x}"
            return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _carry_out(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        region: str,
        busy_s: float,
        taken: list[Demand],
    ) -> dict[str, Any]:
        """The response; what was taken of quotas goes into `taken`, whatever comes of the request."""
        if self.quotas is None:
            return self._answer(service, operation, parameters, region)
        now = self.now()
        demands = request_demands(service, operation, parameters, account=self.account, region=region)
        refusal = self.quotas.admit(demands, now, now + busy_s)
        if refusal is not None:
            raise Throttled(service, operation, refusal, demands)
        taken += demands
        if service != "dynamodb":
            return self._answer(service, operation, parameters, region)
        limited = ThrottledDynamoDb(self.quotas, "" if region == self.region else f"{region}:")
        after, response = limited.execute(self._database(region), operation, parameters, now=now, taken=taken)
        self._keep(region, after)
        return response

    def _answer(self, service: str, operation: str, parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
        now, state = self.now(), self._state
        if service == "route53":
            account, response = route53.execute(state.route53, operation, parameters, now=now)
            self._state = replace(state, route53=account)
            return response
        if service in DYNAMODB_SERVICES:
            after, response = dynamodb.execute(self._database(region), operation, parameters, now=now)
            self._keep(region, after)
            return response
        if (service, operation) == ("sts", "GetCallerIdentity"):
            arn = f"arn:aws:iam::{self.account}:user/twinstage"
            return {"UserId": f"AIDA{self.account}TWIN", "Account": self.account, "Arn": arn}
        raise NobodyAnswers(service, operation)

    def _database(self, region: str) -> Database:
        return self._state.databases.get(region) or dynamodb.empty_database(account=self.account, region=region)

    def _keep(self, region: str, database: Database) -> None:
        if database is not self._state.databases.get(region):
            self._state = replace(self._state, databases={**self._state.databases, region: database})
