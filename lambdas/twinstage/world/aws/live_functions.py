"""Production's functions over Lambda's API, for a promotion: each change names the revision that was seen."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from twinstage.world.aws.clients import aws_errors
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.function_form import function_configuration
from twinstage.world.production import LATEST, ChangedMeanwhile, LiveAlias, LiveVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

# Lambda is at another update of it: the same is asked again, and still refused where that one was somebody else's, by its revision.
# https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html#API_UpdateFunctionCode_Errors
_BUSY = "ResourceConflictException"
_MOVED = ("PreconditionFailedException", _BUSY)
# PublishVersion says so of code that is not what the caller means.
# https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
_OTHER_CODE = (*_MOVED, "InvalidParameterValueException")
_CHECK_S = 1.0
# An update of a function takes seconds, one of its network configuration up to minutes.
_MOST_CHECKS = 300


class LambdaLiveFunctions:
    """The functions of the caller's account. `pause` waits that many seconds, while Lambda is at an update."""

    def __init__(self, functions: Any, pause: Callable[[float], None]) -> None:
        self._functions, self._pause = functions, pause

    def version(self, function: str, version: str = LATEST) -> LiveVersion | None:
        """GetFunctionConfiguration, until LastUpdateStatus says that no update is under way."""
        for _ in range(_MOST_CHECKS):
            found = self._configuration(function, version)
            if found is None or found.get("LastUpdateStatus", "Successful") != "InProgress":
                break
            self._pause(_CHECK_S)
        if found is None:
            return None
        code = f"sha256:{base64.b64decode(found['CodeSha256']).hex()}"
        configuration = function_configuration(found, place=f"/functions/{function}")
        return LiveVersion(str(found["Version"]), code, configuration, str(found.get("RevisionId", "")))

    def package(self, function: str, version: str) -> bytes:
        """GetFunction, and the package behind its address."""
        return LambdaFunctions(self._functions).package(function, version)

    def alias(self, function: str, name: str) -> LiveAlias | None:
        """GetAlias."""
        found = self._found("GetAlias", lambda: self._functions.get_alias(FunctionName=function, Name=name))
        if found is None:
            return None
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return LiveAlias(str(found["FunctionVersion"]), dict(weights), str(found["RevisionId"]))

    def configure(self, function: str, configuration: Mapping[str, Any], revision: str) -> None:
        """UpdateFunctionConfiguration."""
        asked = {"FunctionName": function, "RevisionId": revision, **configuration}
        self._change("UpdateFunctionConfiguration", function, asked, self._functions.update_function_configuration)

    def replace_code(self, function: str, package: bytes, revision: str) -> None:
        """UpdateFunctionCode."""
        asked = {"FunctionName": function, "ZipFile": package, "RevisionId": revision}
        self._change("UpdateFunctionCode", function, asked, self._functions.update_function_code)

    def publish(self, function: str, code: str, description: str) -> str:
        """PublishVersion, with the code that it is to have: Lambda refuses where `$LATEST` has another."""
        sha256 = base64.b64encode(bytes.fromhex(code.removeprefix("sha256:"))).decode()
        asked = {"FunctionName": function, "CodeSha256": sha256, "Description": description}
        made = self._change("PublishVersion", function, asked, self._functions.publish_version, _OTHER_CODE)
        return str(made["Version"])

    def route(self, function: str, alias: str, version: str, weights: Mapping[str, float], revision: str) -> None:
        """UpdateAlias."""
        routing = {"AdditionalVersionWeights": dict(weights)}
        asked = {"FunctionName": function, "Name": alias, "FunctionVersion": version, "RoutingConfig": routing}
        asked["RevisionId"] = revision
        self._change("UpdateAlias", f"{function}:{alias}", asked, self._functions.update_alias)

    def _change(
        self, operation: str, what: str, asked: Mapping[str, Any], ask: Callable[..., Any],
        moved: Collection[str] = _MOVED,
    ) -> Any:  # fmt: skip
        """What Lambda answers, once it is at nothing else. Raises ChangedMeanwhile where it refuses with one of the errors `moved`."""
        checks = 0
        while True:
            with aws_errors("lambda", operation):
                try:
                    return ask(**asked)
                except ClientError as error:
                    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
                    if code not in moved:
                        raise
                    if code != _BUSY or checks >= _MOST_CHECKS:
                        raise ChangedMeanwhile(f"{what}: {message}") from error
            checks += 1
            self._pause(_CHECK_S)

    def _configuration(self, function: str, version: str) -> Mapping[str, Any] | None:
        named = {} if version == LATEST else {"Qualifier": version}
        found: Mapping[str, Any] | None = self._found(
            "GetFunctionConfiguration",
            lambda: self._functions.get_function_configuration(FunctionName=function, **named),
        )
        return found

    def _found(self, operation: str, ask: Callable[[], Any]) -> Any:
        with aws_errors("lambda", operation):
            try:
                return ask()
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                return None
