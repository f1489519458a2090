"""What Lambda holds a change of a function or an alias to, and moto does not: the revision that the caller saw, the code that they mean, the rules of weights.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html, API_UpdateFunctionCode.html, API_PublishVersion.html beside it, and
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html for the rules of weights
"""

from __future__ import annotations

import json
import threading
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from twinstage.local.functions.refusals import refusal
from twinstage.local.moto_contract import extends

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESPONSE = "moto.awslambda.responses:LambdaResponse"
_BACKEND = "moto.awslambda.models:LambdaBackend"
_LATEST = "$LATEST"


def install() -> None:
    """Hold functions and aliases to their revisions. Of two who change one at the same time, both seeing the same revision, one is refused."""
    changing = threading.Lock()
    _install_aliases(changing)
    _install_functions(changing)


def new_revision(thing: Any) -> None:
    """A function or an alias is another one from now on."""
    thing.revision_id = str(uuid.uuid4())


def _install_aliases(changing: threading.Lock) -> None:
    @extends(f"{_RESPONSE}.create_alias")
    def create_alias(original: Any, response: Any) -> Any:
        given = _body(response)
        with changing:
            _check_weights(
                response.backend, unquote(response.path.rsplit("/", 2)[-2]), given.get("FunctionVersion"), given
            )
            return original(response)

    @extends(f"{_RESPONSE}.update_alias")
    def update_alias(original: Any, response: Any) -> Any:
        given = _body(response)
        name, function = unquote(response.path.rsplit("/", 1)[-1]), unquote(response.path.rsplit("/")[-3])
        with changing:
            alias = response.backend.get_alias(name, function)
            _require_revision(alias, given)
            _check_weights(response.backend, function, given.get("FunctionVersion", alias.function_version), given)
            new_revision(alias)
            return original(response)


def _install_functions(changing: threading.Lock) -> None:
    @extends(f"{_RESPONSE}.update_function_code")
    def update_function_code(original: Any, response: Any) -> Any:
        return _changed(original, response, changing)

    @extends(f"{_RESPONSE}.update_function_configuration")
    def update_function_configuration(original: Any, response: Any) -> Any:
        return _changed(original, response, changing)

    @extends(f"{_RESPONSE}.publish_version")
    def publish_version(original: Any, response: Any) -> Any:
        given = _body(response)
        with changing:
            latest = response.backend.get_function(unquote(response.path.split("/")[-2]))
            _require_revision(latest, given)
            wanted, found = given.get("CodeSha256"), latest.code_sha_256
            if wanted and wanted != found:
                message = f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({found}). Please try again with the CodeSHA256 in $LATEST."
                raise refusal("InvalidParameterValueException", message, 400)
            return original(response)

    @extends(f"{_BACKEND}.publish_version")
    def publish(original: Any, backend: Any, *arguments: Any, **named: Any) -> Any:
        published = original(backend, *arguments, **named)
        if published.revision_id == backend.get_function(published.function_name).revision_id:
            new_revision(published)
        return published


def _changed(original: Any, response: Any, changing: threading.Lock) -> Any:
    with changing:
        function = response.backend.get_function(unquote(response.path.rsplit("/", 2)[-2]))
        _require_revision(function, _body(response))
        new_revision(function)
        return original(response)


def _body(response: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(response.body or b"{}")
    return found


def _require_revision(thing: Any, given: Mapping[str, Any]) -> None:
    if given.get("RevisionId") not in (None, thing.revision_id):
        message = "The RevisionId provided does not match the latest RevisionId. Call the GetFunction or the GetAlias API operation to retrieve the latest RevisionId for your resource."
        raise refusal("PreconditionFailedException", message, 412)


def _check_weights(backend: Any, function: str, version: str | None, given: Mapping[str, Any]) -> None:
    """Refuse weights that Lambda would not take. An alias without any may point at whatever there is."""
    weights: Mapping[str, float] = (given.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if not weights:
        return
    [other, *more] = weights
    fault = ""
    if more:
        fault = "an alias routes to one additional version at most"
    elif not 0.0 <= weights[other] <= 1.0:
        fault = f"the weight {weights[other]} is not between 0.0 and 1.0"
    elif _LATEST in (other, version):
        fault = "$LATEST is not supported for an alias that points to more than one version"
    elif other == version:
        fault = f"the version {other} cannot be the alias' own and its additional one"
    elif backend.get_function(function, other).role != backend.get_function(function, version).role:
        fault = "the two versions have different execution roles"
    if fault:
        raise refusal("InvalidParameterValueException", f"Invalid RoutingConfig: {fault}", 400)
