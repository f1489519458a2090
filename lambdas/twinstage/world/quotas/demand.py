"""What a request asks of a quota, how it is refused, and what was used of a quota."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demand:
    """So many `units` of the quota called `quota`, of the resource `key` (an account, a zone's id, a table, a partition, a function).

    `rate_per_s` and `most` are the resource's own limits, in the quota's unit, where the quota leaves them to it: a provisioned table's capacity, a
    function's reservation.
    """

    quota: str
    key: str
    units: float = 1.0
    rate_per_s: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was not admitted: the first quota in the way, in the service's own words.

    `retry_after_s`: when the bucket will have enough again, or a place is free, if nobody else asks; None where nobody knows (whoever is under way
    has not said for how long). `reason` is Lambda's member of that name.
    """

    quota: str
    key: str
    error: str
    message: str
    status: int
    retry_after_s: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """What was asked of one quota of one resource so far.

    `units` and `requests` were admitted; `refused` requests met this quota first. `rate_per_s`, `burst` and `most` are the limits in force.
    """

    quota: str
    key: str
    unit: str
    units: float
    requests: int
    refused: int
    rate_per_s: float | None
    burst: float | None
    most: float | None
