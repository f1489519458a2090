"""botocore's retries of a contained handler's calls, as the handler configured its client: legacy, standard or adaptive mode, and how often.

Only for refusals that say so (`Failed.retries`). Legacy's handler keeps nothing, and clients that were made alike share it. Standard mode keeps a quota of retries: each
client has one of its own here, as it has in a process of its own. Adaptive mode retries as standard does; its limit on the client's own sending is not there.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from botocore.hooks import HierarchicalEmitter
from botocore.retries import standard

from twinstage.world.retries import retry_delay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.client import BaseClient
    from botocore.model import OperationModel

# By a client's events: where the handler of standard mode is that belongs to it alone.
_own: WeakKeyDictionary[Any, HierarchicalEmitter] = WeakKeyDictionary()


def install_retries(replaced: Mapping[Any, Any]) -> None:
    """Let standard mode's back-off draw from the environment's own randomness: it holds `random.random` as a default, from before that was replaced."""
    make: Any = standard.ExponentialBackoff.__init__
    make.__defaults__ = tuple(
        replaced.get(default, default) if callable(default) else default for default in make.__defaults__
    )


class Attempts:
    """The attempts of one call of a client. `context` is what botocore passes along the events of one call."""

    def __init__(self, client: BaseClient, model: OperationModel, context: dict[str, Any]) -> None:
        self._client, self._model, self._context = client, model, context
        self._made = 0

    def delay(self, http: Any, parsed: dict[str, Any]) -> float | None:
        """Seconds until the client asks again after this answer; None where it gives up. The answer's metadata say how often it was asked before."""
        parsed["ResponseMetadata"]["RetryAttempts"] = self._made
        self._made += 1
        events = _events(self._client)
        return retry_delay(events, self._model, (http, parsed), attempts=self._made, context=self._context)

    def over(self, http: Any, parsed: dict[str, Any]) -> None:
        """This answer ended the call: after a success standard mode's quota gets back what the retries took of it."""
        parsed["ResponseMetadata"]["RetryAttempts"] = self._made
        name = f"after-call.{self._model.service_model.service_id.hyphenize()}.{self._model.name}"
        if self._client.meta.events in _own:
            _events(self._client).emit(name, context=self._context, http_response=http)


def keeps_quota(client: BaseClient) -> bool:
    """Whether this client has a quota of retries of which something was taken, so that each success gives a little back."""
    return bool(_own) and client.meta.events in _own


def _events(client: Any) -> Any:
    """Where the handlers are that decide for this client."""
    retries = client.meta.config.retries
    if retries["mode"] == "legacy":
        return client.meta.events
    found = _own.get(client.meta.events)
    if found is None:
        found = _own[client.meta.events] = HierarchicalEmitter()
        own: Any = SimpleNamespace(meta=SimpleNamespace(events=found, service_model=client.meta.service_model))
        standard.register_retry_handler(own, max_attempts=retries.get("total_max_attempts"))
    return found
