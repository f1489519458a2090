"""Who may talk to the console: pages of its own, on this machine. Any page in any browser can send requests to loopback, and any name can be made to lead there."""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import abort, redirect, request

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask, Response
    from werkzeug.wrappers import Response as AnyResponse

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE: Final = frozenset({"GET", "HEAD"})
# Cookies do not know ports: of two consoles each has its own.
_COOKIE: Final = "twinstage-{}"


def _same(given: str, wanted: str) -> bool:
    """Whether a secret was given, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def guard(app: Flask, hosts: Collection[str], key: str) -> None:
    """Have `app` answer whoever knows `key`, for `hosts` alone, and take forms from its own pages alone.

    Loopback is shared by everybody on a machine: the key stands in the address that its user was told (`?key=`), and from then on in a cookie. Every page gets the token that its forms
    give back.
    """
    token = secrets.token_urlsafe(32)

    @app.before_request
    def refuse() -> AnyResponse | None:
        # A name that was made to lead here (DNS rebinding) is still in the request.
        if request.host not in hosts:
            abort(HTTPStatus.MISDIRECTED_REQUEST)
        cookie = _COOKIE.format(request.host.rpartition(":")[2])
        if _same(request.args.get("key", ""), key):
            welcomed = redirect(request.path)
            welcomed.set_cookie(cookie, key, httponly=True, samesite="Strict")
            return welcomed
        if not _same(request.cookies.get(cookie, ""), key):
            abort(HTTPStatus.UNAUTHORIZED, "Open the address that `twinstage ui` printed: it has the key.")
        if request.method in _SAFE:
            return None
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] not in hosts:
            abort(HTTPStatus.FORBIDDEN)
        if not _same(request.form.get("token", ""), token):
            abort(HTTPStatus.FORBIDDEN)
        return None

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.context_processor
    def with_token() -> dict[str, str]:
        return {"token": token}
