"""Functions over Lambda's API."""

from __future__ import annotations

import json
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import aws_errors
from twinstage.world.function_form import code_sha256, function_alias, function_configuration, function_settings
from twinstage.world.interface import Definition, Invocation, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

LATEST = "$LATEST"
DOWNLOAD_TIMEOUT_S = 60


class LambdaFunctions:
    """The functions of one account."""

    def __init__(self, functions: Any) -> None:
        self.functions = functions

    def definition(self, function: str) -> Definition:
        """Configuration and deployment package, each out of one GetFunction: an update between two answers cannot mix them.

        So for every published version. Raises AwsError where the package at the pre-signed address is not the one that
        GetFunction described.
        """
        configuration, code, found = self._read(function, None)
        numbers = sorted(
            (v["Version"] for v in self._listed("list_versions_by_function", function, "Versions")), key=_version_order
        )
        versions = tuple(Version(number, *self._read(function, number)[:2]) for number in numbers if number != LATEST)
        aliases = sorted(
            map(function_alias, self._listed("list_aliases", function, "Aliases")), key=lambda alias: str(alias["Name"])
        )
        # Only a version or an alias can have provisioned concurrency.
        provisioned = (
            self._listed("list_provisioned_concurrency_configs", function, "ProvisionedConcurrencyConfigs")
            if versions
            else []
        )
        settings = function_settings(
            reserved=found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            provisioned=provisioned,
            event_invoke=self._listed("list_function_event_invoke_configs", function, "FunctionEventInvokeConfigs"),
            tags=found.get("Tags"),
        )
        return Definition(configuration | settings, code, versions, tuple(aliases))

    def package(self, function: str, version: str) -> bytes:
        """The deployment package of a published version. Raises AwsError where it is not the one that GetFunction described."""
        return self._read(function, version)[1]

    def _read(self, function: str, version: str | None) -> tuple[dict[str, Any], bytes, Mapping[str, Any]]:
        with aws_errors("lambda", "GetFunction"):
            found = self.functions.get_function(FunctionName=function, **({"Qualifier": version} if version else {}))
        place = f"/functions/{function}" + (f"/versions/{version}" if version else "")
        configuration = function_configuration(found["Configuration"], place=place)
        body = _downloaded(found["Code"]["Location"], function)
        described, actual = found["Configuration"]["CodeSha256"], code_sha256(body)
        if actual != described:
            message = f"the package of {function} has CodeSha256 {actual}, not {described}"
            raise AwsError("lambda", "GetFunction", "CodeSha256Mismatch", message, retryable=True)
        return configuration, body, found

    def _listed(self, operation: str, function: str, member: str) -> list[Mapping[str, Any]]:
        """Every entry of a paginated answer about one function."""
        name = "".join(map(str.capitalize, operation.split("_")))
        with aws_errors("lambda", name):
            pages = self.functions.get_paginator(operation).paginate(FunctionName=function)
            return [entry for page in pages for entry in page.get(member, ())]

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        """Invoke synchronously. A failure of the function is an answer; a failure to invoke it is an AwsError."""
        with aws_errors("lambda", "Invoke"):
            answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
            document = json.loads(answer["Payload"].read() or b"null")
        if kind := answer.get("FunctionError"):
            told = document if isinstance(document, dict) else {}
            return Invocation(document, told.get("errorType", kind), told.get("errorMessage", ""))
        return Invocation(document)


def _downloaded(address: str, function: str) -> bytes:
    """A deployment package. No error tells the address: whoever has it may read the code for ten minutes."""
    try:
        with urllib.request.urlopen(address, timeout=DOWNLOAD_TIMEOUT_S) as answer:  # noqa: S310 the address comes from Lambda itself
            body: bytes = answer.read()
    except (OSError, HTTPException) as error:
        status = getattr(error, "code", None)
        kind = type(error).__name__ if status is None else f"HTTP {status}"
        message = f"the package of {function} could not be downloaded: {kind}"
        raise AwsError("lambda", "GetFunction", "PackageUnavailable", message, retryable=True) from None
    return body


def _version_order(version: str) -> int:
    """Numbers in their order; `$LATEST` before them."""
    return int(version) if version.isdigit() else 0
