"""What a client's event handlers make of its calls, learnt by the first call of each operation.

Most clients have botocore's own handlers alone, and share them with every other client that was made alike. Where these make the same of
equal parameters, a call that was seen before need not be completed and validated again; where nobody hears of answers, none is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore import discovery, handlers
from botocore.retries import standard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from botocore.model import OperationModel

    from twinstage.world.contained.api import Operation
    from twinstage.world.contained.call import Asked

    Told = Sequence[tuple[Any, Any]]
    """What emitting an event came to: (handler, what it returned), ..."""


def _always(_: OperationModel) -> bool:
    return True


# Handlers of botocore's that make the same of equal parameters, each with the operations of which that is so.
_EXACT: tuple[tuple[Any, Callable[[OperationModel], bool]], ...] = (
    (getattr(discovery, "block_endpoint_discovery_required_operations", None), _always),
    (getattr(handlers, "fix_route53_ids", None), _always),
    (getattr(handlers, "generate_idempotent_uuid", None), lambda model: not model.idempotent_members),
    (getattr(handlers, "_handle_request_validation_mode_member", None), lambda model: not model.http_checksum),
)
# Counts retries, which are not made here.
_IDLE = (getattr(getattr(standard, "RetryQuotaChecker", None), "release_retry_quota", None),)


class Heard:
    """What is known of one operation of the clients that share one set of event handlers.

    `asked`: the calls so far, by the parameters as they were passed; None until it is known that the handlers make the same of equal ones.
    `answers`: whether somebody hears of answers.
    """

    __slots__ = ("answers", "asked", "operation")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.asked: dict[bytes, Asked] | None = None
        self.answers = True

    def learn_calls(self, told: Told, completed: Told) -> None:
        """By what the two events before a call came to."""
        model = self.operation.model
        exact = all(any(_is(one, known) and holds(model) for known, holds in _EXACT) for one, _ in completed)
        self.asked = {} if exact and not told else None

    def learn_answers(self, told: Told) -> None:
        """By what the event after a call came to."""
        self.answers = not all(any(_is(one, known) for known in _IDLE) for one, _ in told)


def _is(handler: Any, known: Any) -> bool:
    """Whether a handler is this function, or this method of any object."""
    return getattr(handler, "__func__", handler) is known and known is not None
