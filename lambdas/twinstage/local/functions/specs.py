"""From moto's function objects to what the pool runs, and what moto drops or no worker could honour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.functions.invocation import FunctionSpec, Package
from twinstage.local.functions.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"


def spec_of(function: Any) -> FunctionSpec:
    """A moto function as the pool runs it. Raises InvalidRuntimeException for what is not a Python zip."""
    if function.package_type != "Zip" or not str(function.run_time or "").startswith("python"):
        what = function.run_time or function.package_type
        raise refusal("InvalidRuntimeException", f"the embedded AWS runs Python functions from a zip, not {what}", 502)
    logging = function.logging_config
    return FunctionSpec(
        arn=function.function_arn,
        name=function.function_name,
        version=str(function.version),
        region=function.region,
        role=function.role,
        handler=function.handler,
        runtime=function.run_time,
        memory_mb=int(function.memory_size),
        timeout_s=float(function.timeout),
        environment=tuple(sorted((name, str(value)) for name, value in (function.environment_vars or {}).items())),
        code=Package(function.code_digest, function.code_bytes),
        layers=tuple(_layers(function)),
        log_group=logging["LogGroup"],
        storage_mb=int(function.ephemeral_storage),
        log_format=logging["LogFormat"],
        log_level=logging.get("ApplicationLogLevel", ""),
    )


def reserved_concurrency(function: Any) -> int | None:
    """A function's reservation, which is the same for every version of it; None without one, or when the function is gone."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends

    try:
        latest = lambda_backends[function.account_id][function.region].get_function(function.function_name)
    except UnknownFunctionException:
        return None
    return None if latest.reserved_concurrency is None else int(latest.reserved_concurrency)


def set_logging(function: Any, config: dict[str, Any] | None) -> None:
    """Give a moto function its LoggingConfig, with AWS's defaults."""
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    function.logging_config = {**defaults, **(config or {})}
    function.logs_group_name = function.logging_config["LogGroup"]


def refuse_wrapper(environment: dict[str, Any] | None) -> None:
    """Raise InvalidParameterValueException for a function that wants a wrapper script around its runtime."""
    if _WRAPPER in ((environment or {}).get("Variables") or {}):
        raise refusal("InvalidParameterValueException", f"the embedded AWS does not run functions with {_WRAPPER}", 400)


def _layers(function: Any) -> Iterator[Package]:
    from moto.awslambda.models import lambda_backends

    for layer in function.layers:
        version = lambda_backends[function.account_id][function.region].layers_versions_by_arn(layer["Arn"])
        if version is None:
            raise refusal("ResourceNotFoundException", f"the layer version {layer['Arn']} does not exist any more", 404)
        yield Package(version.code_digest, version.code_bytes)
