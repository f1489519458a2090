"""What Lambda says about provisioned concurrency where there is none: moto has none of these operations, and no worker here is kept warm.

Reading is answered as AWS answers for a function without any; asking for some is refused by name.
Source: https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from twinstage.local.front import caller_of
from twinstage.local.wire_errors import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.local.front import Application, StartResponse

_PATH = re.compile(r"/\d{4}-\d\d-\d\d/functions/([^/]+)/provisioned-concurrency")


class ProvisionedConcurrency:
    """The WSGI application before moto's that answers these operations, and hands everything else on."""

    def __init__(self, moto: Application) -> None:
        self._moto = moto

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        from moto.awslambda.exceptions import LambdaClientError
        from moto.awslambda.models import lambda_backends

        found = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if found is None:
            return self._moto(environ, start_response)
        account, region = environ["HTTP_X_MOTO_ACCOUNT_ID"], caller_of(environ).region
        try:
            lambda_backends[account][region].get_function(found[1])
        except LambdaClientError as error:
            return _refused(start_response, error.error_type, error.message, error.code)
        if environ["REQUEST_METHOD"] == "PUT":
            message = "the embedded AWS has no provisioned concurrency"
            return _refused(start_response, "InvalidParameterValueException", message, 400)
        if "List=ALL" not in environ.get("QUERY_STRING", ""):
            message = "No Provisioned Concurrency Config found for this function"
            return _refused(start_response, "ProvisionedConcurrencyConfigNotFoundException", message, 404)
        body = json.dumps({"ProvisionedConcurrencyConfigs": []}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


def _refused(start_response: StartResponse, code: str, message: str, status: int) -> Iterable[bytes]:
    error = render("lambda", json_target=False, code=code, message=message, status=status)
    start_response(error.status, list(error.headers))
    return [error.body]
