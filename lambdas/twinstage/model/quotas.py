"""AWS's service quotas: what an account may ask of a service, as dated data (`data/quotas.json`) with the page each figure was read on.

A figure is what AWS gives an account that asked for no increase, in the file's region. What an account really has goes over it (`quotas_with`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["rate", "concurrency", "size"]
Scope = Literal["account", "operation", "zone", "table", "partition", "function", "queue"]
Confidence = Literal["documented", "inferred", "general"]

# The figures of each kind that an account may have otherwise.
FIGURES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"rate": ("rate_per_s", "burst"), "concurrency": ("most",), "size": ("most",)}
)


@dataclass(frozen=True)
class Throttle:
    """How the service refuses what is over a quota: its error code, words and HTTP status; `reason` where its error has one (Lambda)."""

    error: str
    message: str
    status: int
    reason: str = ""


@dataclass(frozen=True)
class Quota:
    """One limit of one service.

    `kind`: `rate` is a token bucket that holds `burst` units and gains `rate_per_s` a second; `concurrency` lets `most` be under way at once;
    `size` bounds one request, or what is held, and is enforced where requests are checked or not at all. `scope` names what has such a limit of its own: the
    account (in one region, but for Route 53), each operation, zone, table, partition, function or queue. `unit` is what is counted.
    `operations` draw on it, all of the service where it is empty. None among the figures: the resource has one of its own (a provisioned table,
    a reservation) and `burst_s` says how many seconds of its rate are kept; without that, nothing is known and nothing binds.
    `refusal` is None where AWS slows down and refuses nothing.
    `confidence`: `documented` on the page at `source`; `inferred` from what it says; `general` knowledge, not read on a page.
    """

    id: str
    title: str
    service: str
    kind: Kind
    scope: Scope
    unit: str
    operations: tuple[str, ...]
    rate_per_s: float | None
    burst: float | None
    burst_s: float | None
    most: float | None
    refusal: Throttle | None
    adjustable: bool
    source: str
    read_on: str
    confidence: Confidence
    note: str

    @property
    def of_each_resource(self) -> bool:
        """Whether each table or function brings a figure of its own, so that the account has none to be given: a table's capacity, a function's reservation."""
        return self.rate_per_s is None and self.most is None and self.scope in ("table", "function")


@cache
def published_quotas() -> Mapping[str, Quota]:
    """Every quota by its id, in the order of the data file."""
    document = json.loads(files("twinstage.model").joinpath("data", "quotas.json").read_bytes())
    return MappingProxyType({entry["id"]: _quota(entry) for entry in document["quotas"]})


def quotas_with(overrides: Mapping[str, Mapping[str, float]]) -> Mapping[str, Quota]:
    """The quotas of an account that differs from a new one by `overrides`: {id: {rate_per_s?, burst?, most?}}; what is not named stays.

    Raises InputError with every override that fits no quota.
    """
    if problems := override_problems(overrides):
        raise InputError(problems)
    published = published_quotas()
    changed = {name: _overridden(published[name], figures) for name, figures in overrides.items()}
    return MappingProxyType({**published, **changed})


def override_problems(overrides: Mapping[str, Any], file: str = "quotas", pointer: str = "") -> list[InputProblem]:
    """What is wrong with overrides, each with the JSON pointer below `pointer` at which it stands in `file`."""
    problems = []
    published = published_quotas()
    for name, figures in overrides.items():
        quota, place = published.get(name), f"{pointer}/{name}"
        if quota is None:
            known = ", ".join(known for known in published if known.split(".")[0] == name.split(".")[0]) or ", ".join(
                sorted({known.split(".")[0] for known in published})
            )
            problems.append(InputProblem(file, 0, place, f"there is no quota {name}", f"known: {known}"))
            continue
        if quota.of_each_resource:
            message = f"every {quota.scope} has a figure of its own for {name}"
            hint = "give it there: the table's capacity in the snapshot, the function's reserved concurrency"
            problems.append(InputProblem(file, 0, place, message, hint))
            continue
        allowed = FIGURES[quota.kind]
        for member, value in figures.items():
            if member not in allowed:
                hint = f"{name} is a {quota.kind} and has {' and '.join(allowed)}"
                problems.append(InputProblem(file, 0, f"{place}/{member}", f"{name} has no {member}", hint))
            elif isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                problems.append(InputProblem(file, 0, f"{place}/{member}", f"{value!r} is not a number above 0"))
    return problems


def _overridden(quota: Quota, figures: Mapping[str, float]) -> Quota:
    rate, burst = figures.get("rate_per_s", quota.rate_per_s), figures.get("burst", quota.burst)
    return replace(quota, rate_per_s=rate, burst=burst, most=figures.get("most", quota.most))


def _quota(entry: Mapping[str, Any]) -> Quota:
    figures = {name: entry.get(name) for name in ("rate_per_s", "burst", "burst_s", "most")}
    refusal = Throttle(**entry["refusal"]) if "refusal" in entry else None
    return Quota(**{**entry, **figures, "refusal": refusal, "operations": tuple(entry["operations"])})
