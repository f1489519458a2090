"""AWS's quotas as the embedded AWS enforces them: off, until somebody in this process binds an account to them, by the wall clock.

They bind chosen callers (every request of theirs) and chosen functions (every invocation, whoever asks for it), and nobody else: a rehearsal's own stages share the
account with what is rehearsed. No request can reach the switch. Route 53 and DynamoDB are asked where their requests are read, other services at the door, by the
operation alone. Not enforced: how fast Lambda makes new environments, and how fast executions go from state to state.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.world.quotas import Quotas, invocation_demands, request_demands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.local.credentials import Principal
    from twinstage.local.gate.call import Asked
    from twinstage.world.quotas import Refusal, Use

# Services by the name they are signed for, where boto3 has another.
_SIGNED = {"states": "stepfunctions"}
# How long an asynchronous event waits before it tries again, where nobody knows when there will be room.
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True)
class _Bound:
    quotas: Quotas
    callers: frozenset[str]
    functions: frozenset[str]


class QuotasInForce:
    """Which quotas are in force in which account. Safe to use from several threads; costs a look at an empty mapping where none are."""

    def __init__(self) -> None:
        self._bound: dict[str, _Bound] = {}
        self._changed = threading.Condition()

    def bind(
        self,
        account: str,
        overrides: Mapping[str, Mapping[str, float]],
        *,
        callers: Iterable[str],
        functions: Iterable[str],
    ) -> None:
        """Let an account's quotas bind these callers (roles, users) and functions, by their ARNs, from now on, with full buckets; in the place of what bound the account before.

        `overrides`: what the account has otherwise than a new one. Raises InputError for those that fit no quota.
        """
        bound = _Bound(Quotas(overrides), frozenset(callers), frozenset(functions))
        with self._changed:
            self._bound[account] = bound

    def lift(self, account: str) -> tuple[Use, ...]:
        """Let nothing bind the account any more; what was used while it was. Idempotent."""
        with self._changed:
            bound = self._bound.pop(account, None)
            self._changed.notify_all()
        return bound.quotas.used() if bound else ()

    def of(self, principal: Principal) -> Quotas | None:
        """The quotas that bind a caller's requests."""
        bound = self._bound.get(principal.account)
        return bound.quotas if bound is not None and principal.owner_arn in bound.callers else None

    @contextmanager
    def invoking(self, function_arn: str, reserved: int | None, *, wait: bool) -> Iterator[Refusal | None]:
        """Hold a function's place while it runs. Not admitted: the refusal; with `wait` (an asynchronous event) it is tried again until it is."""
        bound = self._of_function(function_arn)
        if bound is None:
            yield None
            return
        demands = invocation_demands(bound[0], reserved)
        refusal = bound[1].admit(demands, time.time())
        while refusal is not None and wait and self._of_function(function_arn) == bound:
            with self._changed:
                self._changed.wait(_LOOK_AGAIN_S if refusal.retry_after_s is None else refusal.retry_after_s)
            refusal = bound[1].admit(demands, time.time())
        try:
            yield None if wait else refusal
        finally:
            if refusal is None:
                bound[1].release(demands)
                with self._changed:
                    self._changed.notify_all()

    def _of_function(self, arn: str) -> tuple[str, Quotas] | None:
        """A bound function's ARN without its version, and its quotas."""
        for bound in tuple(self._bound.values()):  # other threads bind and lift meanwhile
            for function in bound.functions:
                if arn == function or arn.startswith(f"{function}:"):
                    return function, bound.quotas
        return None


def refused_at_the_door(quotas: Quotas, asked: Asked | None, principal: Principal) -> Refusal | None:
    """Why a request of a service that moto answers is throttled; None where it is not. It takes what it asks for."""
    if asked is None:
        return None
    service = _SIGNED.get(asked.service, asked.service)
    demands = request_demands(
        service, asked.operation, asked.parameters, account=principal.account, region=asked.region
    )
    return quotas.admit(demands, time.time())
