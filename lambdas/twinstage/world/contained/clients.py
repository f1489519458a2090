"""boto3's sessions, clients and resources at the price of a copy: a fresh environment makes its own, thousands of times.

Making a session takes milliseconds, and its first client tens of them. Here a session is built when something of it is looked at, and a
client or resource is made once for its arguments and the AWS variables it would read; each environment gets a copy with event handlers of
its own. Where the arguments are no plain values, or the session's events were touched, everything is made as boto3 makes it.
"""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any

import boto3.session
from boto3.resources.factory import ResourceFactory
from botocore.client import ClientMeta
from botocore.config import Config

from twinstage.world.contained.running import outside, running

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = (str, bytes, int, float, bool, type(None))
_made: dict[Any, Any] = {}


# By prototype's events: the names of those that nobody handles. Events a client shares do not change any more.
_unheard: dict[Any, set[str]] = {}


class _NoKey(Exception):
    """An argument is an object whose content cannot be told."""


def install_clients() -> None:
    """Replace the making of sessions, clients and resources in this process."""
    session: Any = boto3.session.Session
    _make_lazy(session)
    session.client = _memoised("client", session.client, _client_copy)
    session.resource = _memoised("resource", session.resource, _resource_copy)
    session.events = property(_touched_events)
    factory: Any = ResourceFactory
    factory.load_from_definition = _once(factory.load_from_definition)


def _make_lazy(session: Any) -> None:
    build = session.__init__

    def init(self: Any, *args: Any, **keywords: Any) -> None:
        self.contained = (args, keywords)
        if running.environment is None or _botocore_session(args, keywords) is not None:
            build(self, *args, **keywords)

    def getattr_(self: Any, name: str) -> Any:
        """Only called for what is not there: the first look at an unbuilt session builds it."""
        if name in {"_session", "_loader", "resource_factory"} and name not in vars(self):
            args, keywords = self.contained
            outside(build, self, *args, **keywords)
            return vars(self)[name]
        raise AttributeError(name)

    session.__init__, session.__getattr__ = init, getattr_


def _botocore_session(args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    position = 4
    return args[position] if len(args) > position else keywords.get("botocore_session")


def _touched_events(self: Any) -> Any:
    """Who looks at a session's events may register handlers: no other session is equal to this one from now on."""
    events = self._session.get_component("event_emitter")
    self.contained = self
    return events


def _memoised(kind: str, make: Callable[..., Any], own: Callable[[Any], Any]) -> Callable[..., Any]:
    """A method of Session: `make`, once for equal sessions, arguments and AWS variables; each caller gets a copy by `own`."""

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        if running.environment is None:
            return make(self, *args, **keywords)
        try:
            key = (kind, _key(self.contained), _key(args), _key(keywords), _variables())
        except _NoKey:
            return outside(make, self, *args, **keywords)
        prototype = _made.get(key)
        if prototype is None:
            prototype = _made[key] = outside(make, self, *args, **keywords)
        return own(prototype)

    method.__name__ = kind
    return method


def _key(value: Any) -> Any:
    """Something hashable that is equal for equal arguments. Raises _NoKey."""
    kind = type(value)
    if kind is str or (kind is tuple and all(type(entry) is str for entry in value)):
        return value
    if not value and kind is dict:
        return ()
    if isinstance(value, _PLAIN):
        return (kind, value)
    if isinstance(value, (list, tuple)):
        return tuple(_key(entry) for entry in value)
    if isinstance(value, dict):
        return tuple(sorted((str(name), _key(entry)) for name, entry in value.items()))
    if kind is Config:
        return ("Config", _key(value._user_provided_options))  # noqa: SLF001 what it was made of
    raise _NoKey


def _variables() -> tuple[tuple[bytes, bytes], ...]:
    variables = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001 as bytes: nothing is decoded
    return tuple(
        sorted(item for item in variables.items() if item[0][:4] == b"AWS_" and item[0][:11] != b"AWS_LAMBDA_")
    )


class _Events:
    """A client's event handlers: the prototype's until one is registered or taken away, then a copy of its own."""

    def __init__(self, shared: Any) -> None:
        self._emitter, self._own = shared, False
        self.emit, self.emit_until_response = shared.emit, shared.emit_until_response
        self.unheard: set[str] | None = _unheard.setdefault(shared, set())

    def __getattr__(self, name: str) -> Any:
        if not self._own:
            self._emitter, self._own, self.unheard = copy.copy(self._emitter), True, None
            self.emit, self.emit_until_response = self._emitter.emit, self._emitter.emit_until_response
        return getattr(self._emitter, name)

    def __copy__(self) -> Any:
        return copy.copy(self._emitter)


def _client_copy(prototype: Any) -> Any:
    client = object.__new__(type(prototype))
    meta = object.__new__(ClientMeta)
    vars(meta).update(vars(prototype.meta))
    events: Any = _Events(prototype.meta.events)
    meta.events = events
    vars(client).update(vars(prototype))
    client.meta = meta
    return client


def _resource_copy(prototype: Any) -> Any:
    resource = object.__new__(type(prototype))
    vars(resource).update(vars(prototype))
    resource.meta = copy.copy(prototype.meta)
    resource.meta.client = _client_copy(prototype.meta.client)
    return resource


def _once(load: Callable[..., type]) -> Callable[..., type]:
    """The class of a kind of resource, built once a session."""

    def load_from_definition(
        self: Any, resource_name: str, single_resource_json_definition: Any, service_context: Any
    ) -> type:
        classes = vars(self).setdefault("contained", {})
        key = (service_context.service_name, resource_name)
        if key not in classes:
            classes[key] = load(self, resource_name, single_resource_json_definition, service_context)
        return classes[key]  # type: ignore[no-any-return]

    return load_from_definition
