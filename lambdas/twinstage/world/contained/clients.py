"""boto3's sessions, clients and resources at the price of a copy: a fresh environment makes its own, thousands of times.

Making a session takes milliseconds, and its first client tens of them. Here a session is built when something of it is looked at, and a
client or resource is made once for its arguments and the AWS variables it would read; each environment gets a copy with event handlers of
its own. Where the arguments are no plain values, or the session's events were touched, everything is made as boto3 makes it.
"""

from __future__ import annotations

import copy
import os
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import boto3.session
from boto3.resources.factory import ResourceFactory
from botocore.client import BaseClient, ClientMeta
from botocore.config import Config

from twinstage.world.contained.running import outside, running
from twinstage.world.contained.view import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from twinstage.world.contained.function import Function
    from twinstage.world.contained.heard import Heard

_PLAIN = (str, bytes, int, float, bool, type(None))
_made: dict[Any, Any] = {}
_paginators: dict[tuple[type, str], tuple[type, Any, Any]] = {}

# By prototype's events: what was learnt of each operation. Events a client shares do not change any more.
_heard: dict[Any, dict[str, Heard]] = {}


class _NoKey(Exception):
    """An argument is an object whose content cannot be told."""


def install_clients() -> None:
    """Replace the making of sessions, clients and resources in this process."""
    session: Any = boto3.session.Session
    _make_lazy(session)
    session.client = _memoised("client", session.client, _client_copy)
    session.resource = _memoised("resource", session.resource, _resource_copy)
    session.events = property(_touched_events)
    client: Any = BaseClient
    client.get_paginator = _paginating(client.get_paginator)
    factory: Any = ResourceFactory
    factory.load_from_definition = _once(factory.load_from_definition)


def prepare_clients(functions: Iterable[Function], services: Sequence[str]) -> None:
    """Make the clients ahead that these functions get from `boto3.client(service)`: whoever asks first waits for none. After `install_clients`."""
    own = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001 as the environments' view replaces it
    try:
        for function in functions:
            os.environ._data = encoded(function)  # type: ignore[attr-defined]  # noqa: SLF001 nothing writes to it meanwhile
            for service in services:
                key = ("client", _given((), {}), _given((service,), {}), _variables())
                if key not in _made:
                    session: Any = boto3.session.Session()
                    _made[key] = session.client(service)
    finally:
        os.environ._data = own  # type: ignore[attr-defined]  # noqa: SLF001 put back


def _make_lazy(session: Any) -> None:
    build = session.__init__

    def init(self: Any, *args: Any, **keywords: Any) -> None:
        self.contained = (args, keywords)
        self.contained_key = _given(args, keywords)
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
    self.contained_key = None
    return events


def _memoised(kind: str, make: Callable[..., Any], own: Callable[[Any], Any]) -> Callable[..., Any]:
    """A method of Session: `make`, once for equal sessions, arguments and AWS variables; each caller gets a copy by `own`."""

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        if running.environment is None:
            return make(self, *args, **keywords)
        own_key, given = self.contained_key, _given(args, keywords)
        if own_key is None or given is None:
            return outside(make, self, *args, **keywords)
        key = (kind, own_key, given, _variables())
        prototype = _made.get(key)
        if prototype is None:
            prototype = _made[key] = outside(make, self, *args, **keywords)
        return own(prototype)

    method.__name__ = kind
    return method


def _key(value: Any) -> Any:
    """Something hashable that is equal for equal arguments. Raises _NoKey."""
    kind = type(value)
    if kind is str:
        return value
    if isinstance(value, _PLAIN):
        return (kind, value)
    if isinstance(value, (list, tuple)):
        return tuple(_key(entry) for entry in value)
    if isinstance(value, dict):
        return tuple(sorted((str(name), _key(entry)) for name, entry in value.items()))
    if kind is Config:
        return ("Config", _key(value._user_provided_options))  # noqa: SLF001 what it was made of
    raise _NoKey


def _given(args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The key of what a session, a client or a resource is made of; None where there is none."""
    if not keywords and (not args or (len(args) == 1 and type(args[0]) is str)):
        return args
    try:
        return _key((args, keywords))
    except _NoKey:
        return None


def _variables() -> tuple[Any, Any]:
    """The AWS variables of the environment that runs: which there are, and their values."""
    variables = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001 as bytes: nothing is decoded
    names, read = _reader(tuple(variables))
    return names, read(variables)


@lru_cache(maxsize=1_024)
def _reader(names: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], Callable[[Any], Any]]:
    """Those of the variables of these names that a session looks at, and what reads them."""
    looked_at = tuple(sorted(name for name in names if name[:4] == b"AWS_" and name[:11] != b"AWS_LAMBDA_"))
    return looked_at, itemgetter(*looked_at) if looked_at else lambda _: ()


def _paginating(real: Callable[..., Any]) -> Callable[..., Any]:
    """get_paginator: botocore makes a class at each call of it, and here the same one serves every client of a kind."""

    def get_paginator(self: Any, operation_name: str) -> Any:
        if running.environment is None:
            return real(self, operation_name)
        key = (type(self), operation_name)
        known = _paginators.get(key)
        if known is None:
            made = real(self, operation_name)
            known = _paginators[key] = (type(made), made._pagination_cfg, made._model)  # noqa: SLF001 what it was made of
        kind, configuration, model = known
        return kind(getattr(self, operation_name), configuration, model)

    return get_paginator


class _Events:
    """A client's event handlers: the prototype's until one is registered or taken away, then a copy of its own."""

    def __init__(self, shared: Any) -> None:
        self._emitter, self._own = shared, False
        self.emit, self.emit_until_response = shared.emit, shared.emit_until_response
        self.heard: dict[str, Heard] | None = _heard.setdefault(shared, {})

    def __getattr__(self, name: str) -> Any:
        if not self._own:
            self._emitter, self._own, self.heard = copy.copy(self._emitter), True, None
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
