"""Who may talk to the console: pages of its own, on this machine. Any page in any browser can send requests to loopback, and any name can be made to lead there."""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import abort, request

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask, Response

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE: Final = frozenset({"GET", "HEAD"})


def guard(app: Flask, hosts: Collection[str]) -> None:
    """Have `app` answer requests for `hosts` alone, and take forms from its own pages alone. Every page gets the token that its forms give back."""
    token = secrets.token_urlsafe(32)

    @app.before_request
    def refuse() -> None:
        # A name that was made to lead here (DNS rebinding) is still in the request.
        if request.host not in hosts:
            abort(HTTPStatus.MISDIRECTED_REQUEST)
        if request.method in _SAFE:
            return
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] not in hosts:
            abort(HTTPStatus.FORBIDDEN)
        if not hmac.compare_digest(request.form.get("token", "").encode(), token.encode()):
            abort(HTTPStatus.FORBIDDEN)

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.context_processor
    def with_token() -> dict[str, str]:
        return {"token": token}
