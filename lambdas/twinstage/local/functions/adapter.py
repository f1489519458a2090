"""The pool in the place of moto's Docker runner, and moto's Lambda API put right around it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from twinstage.local.functions import revisions
from twinstage.local.functions.refusals import refusal
from twinstage.local.functions.routing import direct, routed
from twinstage.local.functions.runner import FunctionRunner
from twinstage.local.functions.specs import refuse_wrapper, set_logging
from twinstage.local.moto_contract import extends, replaces

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from twinstage.local.cloudwatch.metrics import Metrics
    from twinstage.local.functions.downloads import Downloads
    from twinstage.local.functions.pool import Pool
    from twinstage.local.quotas import QuotasInForce

_FUNCTION = "moto.awslambda.models:LambdaFunction"
_BACKEND = "moto.awslambda.models:LambdaBackend"
_REQUEST_ID = "x-amzn-requestid"


def install(pool: Pool, downloads: Downloads, endpoint: str, quotas: QuotasInForce, metrics: Metrics) -> FunctionRunner:
    """Replace what moto does when a function is invoked, configured, deleted and asked for; return what runs the functions."""
    runner = FunctionRunner(pool, quotas, metrics)
    _install_invocations(runner)
    _install_configuration()
    revisions.install()
    _install_life(runner, pool)
    _install_locations(downloads, endpoint)
    return runner


def _install_invocations(runner: FunctionRunner) -> None:
    # Which version of an alias an invocation comes to is chance, as on AWS.
    chance = random.Random()  # noqa: S311  traffic, and no secret

    @replaces("moto.awslambda.responses:LambdaResponse.invoke")
    def answer_invoke(response: Any) -> tuple[int, dict[str, str], bytes]:
        """The Invoke API, with the qualifier that moto overlooks, and the weights of an alias."""
        name = unquote(response.path.rsplit("/", 2)[-2])
        asked = routed(response.backend, name, response._get_param("Qualifier"), chance.random())  # noqa: SLF001
        answer = runner.invoke(asked, response.body, response.headers)
        headers = {**answer.headers, "status": str(answer.status), "content-type": "application/json"}
        return answer.status, headers, answer.payload

    @replaces(f"{_FUNCTION}.invoke")
    def invoke(
        function: Any, body: str | bytes, request_headers: Any, response_headers: MutableMapping[str, str]
    ) -> bytes:
        """What moto's own services call: a topic, a queue, a stream."""
        answer = runner.invoke(direct(function), body, request_headers)
        response_headers.update(answer.headers)
        return answer.payload

    @extends("moto.core.responses:BaseResponse._enrich_response")
    def enrich_response(original: Any, headers: dict[str, str], body: Any) -> Any:
        """The request id of an invocation is the one in its log."""
        own = headers.get(_REQUEST_ID)
        headers, body = original(headers, body)
        return ({**headers, _REQUEST_ID: own} if own else headers), body


def _install_configuration() -> None:
    @extends(f"{_FUNCTION}.__init__")
    def initialise(
        original: Any, function: Any, account_id: str, spec: dict[str, Any], *arguments: Any, **named: Any
    ) -> None:
        refuse_wrapper(spec.get("Environment"))
        original(function, account_id, spec, *arguments, **named)
        set_logging(function, spec.get("LoggingConfig"))
        revisions.new_revision(function)

    @extends(f"{_FUNCTION}.update_configuration")
    def update_configuration(original: Any, function: Any, config_updates: dict[str, Any]) -> Any:
        refuse_wrapper(config_updates.get("Environment"))
        original(function, config_updates)
        if "LoggingConfig" in config_updates:
            set_logging(function, config_updates["LoggingConfig"])
        return function.get_configuration()

    @extends(f"{_FUNCTION}.get_configuration")
    def get_configuration(original: Any, function: Any, **on_create: bool) -> Any:
        told = {"LoggingConfig": function.logging_config, "RevisionId": function.revision_id}
        return {**original(function, **on_create), **told}


def _install_life(runner: FunctionRunner, pool: Pool) -> None:
    @extends(f"{_BACKEND}.delete_function")
    def delete_function(original: Any, backend: Any, function_name: str, qualifier: str | None = None) -> None:
        arn = backend.get_function(function_name).function_arn
        original(backend, function_name, qualifier)
        pool.forget(arn)

    @extends("moto.awslambda.responses:LambdaResponse.put_function_event_invoke_config")
    def put_event_invoke_config(original: Any, response: Any) -> Any:
        """moto would give a version's or an alias' settings to the function itself, and keep the first of two."""
        qualifier = response._get_param("Qualifier")  # noqa: SLF001
        if qualifier not in (None, "$LATEST"):
            message = f"the embedded AWS has asynchronous settings of the function as a whole only, not of {qualifier}"
            raise refusal("InvalidParameterValueException", message, 400)
        name = unquote(response.path.rsplit("/", 2)[1])
        response.backend.get_function(name).event_invoke_config.clear()
        return original(response)

    @extends(f"{_BACKEND}.put_function_concurrency")
    def put_function_concurrency(original: Any, backend: Any, *arguments: Any) -> Any:
        reserved = original(backend, *arguments)
        runner.reservation_changed()
        return reserved

    @extends(f"{_BACKEND}.delete_function_concurrency")
    def delete_function_concurrency(original: Any, backend: Any, *arguments: Any) -> Any:
        reserved = original(backend, *arguments)
        runner.reservation_changed()
        return reserved


def _install_locations(downloads: Downloads, endpoint: str) -> None:
    """Answer with URLs at which the code really is."""

    @extends(f"{_FUNCTION}.get_code")
    def get_code(original: Any, function: Any) -> Any:
        answer = original(function)
        if function.package_type == "Zip" and getattr(function, "code_digest", ""):
            answer["Code"] = {"RepositoryType": "S3", "Location": downloads.url(endpoint, function.code_digest)}
        if function.reserved_concurrency is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": int(function.reserved_concurrency)}
        return answer

    @extends("moto.awslambda.models:LayerVersion.get_layer_version")
    def get_layer_version(original: Any, layer: Any) -> Any:
        answer = original(layer)
        answer["Content"]["Location"] = downloads.url(endpoint, layer.code_digest)
        return answer
