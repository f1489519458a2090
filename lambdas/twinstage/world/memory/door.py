"""The door of the memory world: boto3's and botocore's clients, answered in this process and never by the network.

Everything goes through botocore's own event hooks, so that parameter validation, the resource layer's customisations, paginators,
waiters and exceptions are botocore's own:
`before-parameter-build` (last) notes the parameters as they are once every customisation is done; `before-call` (first) answers instead of
the network; `before-endpoint-resolution` keeps an endpoint from needing credentials. Sessions made inside the block get the hooks as
they are made (`botocore.register_initializer`); emitters that were there before are found through the garbage collector.
Retries belong to the HTTP layer that is left out: what is throttled by quotas is put to the client's own retry handlers (`world.retries`). Adaptive mode's limit on
the client's own sending is not there.
"""

from __future__ import annotations

import gc
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import botocore
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.hooks import HierarchicalEmitter

from twinstage.model.errors import TwinstageError
from twinstage.world.memory.aws import ServiceRefused, Throttled
from twinstage.world.retries import retry_delay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel
    from botocore.session import Session

    from twinstage.world.memory.aws import MemoryAws

_NOTED = "twinstage_parameters"
_EVENTS: Final = ("before-parameter-build", "before-endpoint-resolution", "before-call")
# Neither the developer's keys nor their files, nor a metadata service, may be asked for by a client that is never to reach AWS.
_UNSET: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ACCOUNT_ID",
)
_SET: Final = {
    "AWS_ACCESS_KEY_ID": "memory-world",
    "AWS_SECRET_ACCESS_KEY": "memory-world",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

_answering: list[MemoryAws] = []
_inside: list[int] = []
_guard = threading.RLock()


@contextmanager
def answering(aws: MemoryAws) -> Iterator[None]:
    """Let `aws` answer every client of boto3 and botocore that is used in the block, in any thread, whoever made it and when.

    No call reaches the network, and none needs credentials: the block's environment has made-up ones, the world's region, and no
    profile. What `aws` does not have raises its NobodyAnswers. Blocks may be nested, and the innermost answers: entering the outermost
    looks for the clients that are there and takes some ten milliseconds, the others take microseconds. After the outermost nothing stays
    registered, and the environment is what it was. Not for use around an engine or a test of moto's in the same process.

    Raises TwinstageError (DOOR_TAKEN) when another thread is in a block: two worlds cannot both answer a process.
    """
    with _guard:
        environment = _enter(aws)
    try:
        yield
    finally:
        with _guard:
            _leave(environment)


def _enter(aws: MemoryAws) -> dict[str, str | None]:
    if _answering and _inside[-1] != threading.get_ident():
        raise TwinstageError(
            "DOOR_TAKEN",
            "another thread's memory world answers this process already",
            hint="run worlds one after the other, or in processes of their own",
        )
    wanted = {**dict.fromkeys(_UNSET), **_SET, "AWS_DEFAULT_REGION": aws.region, "AWS_REGION": aws.region}
    before = {name: os.environ.get(name) for name in wanted}
    _set_environment(wanted)
    _answering.append(aws)
    _inside.append(threading.get_ident())
    if len(_answering) == 1:
        botocore.register_initializer(_open_session)
        for emitter in _emitters():
            _open(emitter)
    return before


def _leave(environment: Mapping[str, str | None]) -> None:
    _answering.pop()
    _inside.pop()
    if not _answering:
        botocore.unregister_initializer(_open_session)
        for emitter in _emitters():
            for event in _EVENTS:
                emitter.unregister(event, unique_id=_unique(event))
    _set_environment(environment)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _emitters() -> list[HierarchicalEmitter]:
    """Every emitter of events in this process: one a session, and one a client."""
    kinds = [HierarchicalEmitter]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return [found for kind in kinds for found in gc.get_referrers(kind) if type(found) is kind]


def _open_session(session: Session) -> None:
    _open(session.get_component("event_emitter"))


def _open(emitter: Any) -> None:
    emitter.register_last(_EVENTS[0], _note, unique_id=_unique(_EVENTS[0]))
    emitter.register_last(_EVENTS[1], _no_account_endpoint, unique_id=_unique(_EVENTS[1]))
    emitter.register_first(_EVENTS[2], _answer, unique_id=_unique(_EVENTS[2]))


def _unique(event: str) -> str:
    return f"twinstage-memory-{event}"


def _note(params: Any, context: dict[str, Any], **_: Any) -> None:
    """Keep the final parameters beside the request: what `before-call` is given is serialised already."""
    context[_NOTED] = params


def _no_account_endpoint(builtins: dict[str, Any], **_: Any) -> None:
    """An endpoint that names the account would ask the client's credentials for it, which may ask the network."""
    builtins["AWS::Auth::AccountId"] = None
    builtins["AWS::Auth::AccountIdEndpointMode"] = "disabled"


def _answer(
    model: OperationModel, context: dict[str, Any], request_signer: Any, **_: Any
) -> tuple[AWSResponse, dict[str, Any]] | None:
    """What botocore would have got from the service in the end: an HTTP response without a body, and what it parsed out of it.

    A throttled request is asked again when the client's own retry handlers say so, and the world's time passes meanwhile: nobody waits.
    """
    if not _answering:
        return None
    aws, attempts = _answering[-1], 0
    while True:
        attempts += 1
        (http, parsed), throttled = _asked(aws, model, context)
        delay = None
        if throttled:
            # The client's own handlers: a client copies its session's, and adds those that retry.
            events = request_signer._event_emitter  # noqa: SLF001 the event's one way to the client's handlers
            delay = retry_delay(events, model, (http, parsed), attempts=attempts, context=context)
        parsed["ResponseMetadata"]["RetryAttempts"] = attempts - 1
        if delay is None:
            return http, parsed
        aws.advance(delay)


def _asked(
    aws: MemoryAws, model: OperationModel, context: Mapping[str, Any]
) -> tuple[tuple[AWSResponse, dict[str, Any]], bool]:
    """The answer to one attempt, and whether it was throttled."""
    service = model.service_model.service_name
    parameters, region = context.get(_NOTED) or {}, context.get("client_region")
    identity, throttled = aws.request_id(), False
    try:
        parsed, status = aws.answer(service, model.name, parameters, region=_region(region)), 200
    except ServiceRefused as refused:
        error = {"Message": refused.message, "Code": refused.error}
        parsed, status = {"Error": error, **refused.members}, refused.status
        throttled = isinstance(refused, Throttled)
    headers = {"x-amzn-requestid": identity}
    parsed["ResponseMetadata"] = {
        "RequestId": identity,
        "HTTPStatusCode": status,
        "HTTPHeaders": headers,
        "RetryAttempts": 0,
    }
    return (AWSResponse("", status, HTTPHeaders.from_dict(headers), None), parsed), throttled


def _region(name: str | None) -> str | None:
    """A client's region; a partition's pseudo region (`aws-global`, of Route 53 and STS) is none."""
    return None if name is None or name.endswith("-global") else name
