"""botocore's own retries, where requests are answered without its HTTP layer: the handlers of a client's `needs-retry` event decide, as they do below it.

Source: botocore.endpoint.Endpoint._needs_retry, whose event this emits with the same arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.hooks import first_non_none_response

if TYPE_CHECKING:
    from botocore.model import OperationModel


def retry_delay(
    events: Any,
    model: OperationModel,
    response: tuple[Any, dict[str, Any]],
    *,
    attempts: int,
    context: dict[str, Any],
) -> float | None:
    """Seconds after which a client with these event handlers asks again; None where it gives up.

    `response` is the HTTP response (`status_code`, `headers`, `content`) and what was parsed of it, ResponseMetadata included, which the handlers may add to; `attempts`
    counts from 1; `context` is the request's, one for all its attempts.
    """
    name = f"needs-retry.{model.service_model.service_id.hyphenize()}.{model.name}"
    told = events.emit(
        name,
        response=response,
        endpoint=None,
        operation=model,
        attempts=attempts,
        caught_exception=None,
        request_dict={"context": context},
    )
    delay = first_non_none_response(told)
    return None if delay is None or delay is False else float(delay)
