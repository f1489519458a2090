"""The door of the embedded AWS: every request passes here before it reaches moto.

It finds the caller by the access key, refuses who has none, and tells moto the caller's account itself: a header that claims
one is dropped, and moto's own control pages cannot be reached. The gate (`twinstage.local.gate`) then verifies the signature and decides as IAM
would; requests to Route 53 and DynamoDB go to the exact ones, never to moto. Where quotas bind the caller, what is over them goes no further.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from twinstage.local.credentials import CALLER, SESSION, SessionSettings
from twinstage.local.exact import Request
from twinstage.local.functions.pool import StoppedError
from twinstage.local.gate.gate import Verdict, session_settings
from twinstage.local.quotas import QuotasInForce, refused_at_the_door
from twinstage.local.wire_errors import Refusal, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from twinstage.local.credentials import Principal, Principals
    from twinstage.local.exact import ExactService
    from twinstage.local.gate.call import Asked
    from twinstage.local.gate.gate import Gate
    from twinstage.world.quotas import Quotas

    StartResponse = Callable[[str, list[tuple[str, str]]], object]
    Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

TARGETS = "DynamoDB"
OWN_PATHS = "/_twinstage/"
DRAIN_S = 30.0
_MOTO_PATHS = ("/moto-api", "/favicon.ico", "/latest/meta-data/", "/latest/api/")
_CREDENTIAL = re.compile(r"Credential=([A-Za-z0-9]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """What a request says of its sender: access key (empty when unsigned), and the service and region it signed for."""

    access_key_id: str
    service: str
    region: str = ""


def caller_of(environ: Mapping[str, Any]) -> Caller:
    """Who signed a request, by the Authorization header or a presigned URL's query (SigV4)."""
    if match := _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "")):
        return Caller(match[1], match[3].lower(), match[2])
    query = parse_qs(environ.get("QUERY_STRING", ""))
    if match := _CREDENTIAL.search(f"Credential={query.get('X-Amz-Credential', [''])[0]}"):
        return Caller(match[1], match[3].lower(), match[2])
    # S3's older presigned URLs (Signature Version 2), which boto3 still makes by default.
    return Caller(query["AWSAccessKeyId"][0], "s3") if "AWSAccessKeyId" in query else Caller("", "")


class Front:
    """The WSGI application of the engine. `pages` are our own, by the first part of their path below `/_twinstage/`.

    `exact` are the services that are answered without moto, by the name that their requests are signed for. Without a `gate` any known
    key may do anything in its own account.
    """

    def __init__(
        self,
        moto: Application,
        principals: Principals,
        pages: Mapping[str, Application],
        exact: Mapping[str, ExactService],
        gate: Gate | None = None,
        quotas: QuotasInForce | None = None,
    ) -> None:
        self._moto, self._principals, self._pages, self._exact, self._gate = moto, principals, pages, exact, gate
        self._quotas = quotas or QuotasInForce()
        self._under_way = 0
        self._answered = threading.Condition()

    def drain(self, longest_s: float = DRAIN_S) -> None:
        """Wait until every request that a role sent, and that was let in, is answered; `longest_s` at most."""
        with self._answered:
            self._answered.wait_for(lambda: self._under_way == 0, longest_s)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        page = self._pages.get(path.removeprefix(OWN_PATHS).partition("/")[0]) if path.startswith(OWN_PATHS) else None
        if page is not None:
            return page(environ, start_response)
        caller = caller_of(environ)
        found = self._identify(environ, caller)
        if isinstance(found, Refusal):
            return _refuse(environ, start_response, caller, found)
        with self._counted(found):
            # A session that ended while its request was on the way in is refused: `drain` may have counted already.
            found = self._identify(environ, caller)
            if isinstance(found, Refusal):
                return _refuse(environ, start_response, caller, found)
            verdict = self._decided(environ, found)
            if verdict.refusal is not None:
                return _refuse(environ, start_response, caller, verdict.refusal)
            return self._answer(environ, start_response, caller, found, verdict.asked)

    def _decided(self, environ: dict[str, Any], principal: Principal) -> Verdict:
        """What the gate has against a request. A fault of the gate's own must never open it."""
        SESSION.set(SessionSettings())
        if self._gate is None:
            return Verdict(None)
        body: bytes = environ["wsgi.input"].getvalue()
        try:
            verdict = self._gate.decide(environ, body, principal)
            SESSION.set(session_settings(verdict.asked))
        except Exception as error:  # noqa: BLE001  whatever it is: the request goes no further
            _log.exception("the gate failed")
            return Verdict(Refusal("InternalFailure", f"the gate failed: {type(error).__name__}: {error}", 500))
        return verdict

    @contextmanager
    def _counted(self, principal: Principal) -> Iterator[None]:
        if principal.kind != "role":
            yield
            return
        with self._answered:
            self._under_way += 1
        try:
            yield
        finally:
            with self._answered:
                self._under_way -= 1
                self._answered.notify_all()

    def _answer(
        self,
        environ: dict[str, Any],
        start_response: StartResponse,
        caller: Caller,
        found: Principal,
        asked: Asked | None,
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = found.account
        CALLER.set(found)
        # A target decides as well: moto would go by it whatever the request is signed for.
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        exact = self._exact.get("dynamodb" if target.startswith(TARGETS) else caller.service)
        quotas = self._quotas.of(found)
        try:
            if exact is None:
                throttled = None if quotas is None else refused_at_the_door(quotas, asked, found)
                if throttled is not None:
                    why = Refusal(throttled.error, throttled.message, throttled.status)
                    return _refuse(environ, start_response, caller, why)
                return self._moto(environ, start_response)
            answer = exact.answer(_request(environ, found.account, caller.region, quotas))
        except StoppedError as error:
            # Asked in the last moment, as after an interrupt: nobody's fault.
            return _refuse(environ, start_response, caller, Refusal("ServiceUnavailable", str(error), 503))
        except Exception as error:  # noqa: BLE001  a fault of moto's or ours: the caller has to see which
            _log.exception("%s %s", caller.service, environ.get("HTTP_X_AMZ_TARGET", path))
            fault = Refusal("InternalFailure", f"the embedded AWS failed: {type(error).__name__}: {error}", 500)
            return _refuse(environ, start_response, caller, fault)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
        return [answer.body]

    def _identify(self, environ: Mapping[str, Any], caller: Caller) -> Principal | Refusal:
        """Who the caller is, or why the request goes no further."""
        path = environ.get("PATH_INFO", "")
        if path.startswith((*_MOTO_PATHS, OWN_PATHS)):
            return Refusal("AccessDenied", f"{path} is not part of the embedded AWS")
        if not caller.access_key_id:
            return Refusal("MissingAuthenticationToken", "Request is missing Authentication Token")
        principal = self._principals.lookup(caller.access_key_id)
        if principal is None:
            return Refusal(_invalid_code(environ, caller), "The security token included in the request is invalid.")
        expires = principal.key.expires
        if expires is not None and expires <= dt.datetime.now(dt.UTC):
            return Refusal("ExpiredToken", "The security token included in the request is expired")
        return principal


def _request(environ: Mapping[str, Any], account: str, region: str, quotas: Quotas | None) -> Request:
    return Request(
        account,
        region,
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", ""),
        target=environ.get("HTTP_X_AMZ_TARGET", ""),
        body=environ["wsgi.input"].read(),
        quotas=quotas,
    )


def _invalid_code(environ: Mapping[str, Any], caller: Caller) -> str:
    """The code that the service's protocol has for an access key nobody holds."""
    if "HTTP_X_AMZ_TARGET" in environ or caller.service == "lambda":
        return "UnrecognizedClientException"
    return {"s3": "InvalidAccessKeyId", "ec2": "AuthFailure"}.get(caller.service, "InvalidClientTokenId")


def _refuse(environ: Mapping[str, Any], start_response: StartResponse, caller: Caller, why: Refusal) -> Iterable[bytes]:
    json_target = "HTTP_X_AMZ_TARGET" in environ
    error = render(caller.service, json_target=json_target, code=why.code, message=why.message, status=why.status)
    start_response(error.status, list(error.headers))
    return [error.body]
