"""An HTTP request as its service's protocol reads it.

Strict where moto is lenient: whatever moto would take an action from (another header, a query string, a parameter given twice) must
not be there, or the action that is decided on would not be the one that is carried out.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from twinstage.local.gate.call import Asked, UnmappedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.gate.signed import Signed

# What signs a URL, by the version of the signature: all else in a query asks for something.
_SIGNING_V2 = frozenset({"AWSAccessKeyId", "Expires", "Signature", "x-amz-security-token"})
# X-Amz-Target's prefixes, by the name a request is signed for. Source: `targetPrefix` in botocore's service models.
TARGETS: dict[str, tuple[str, ...]] = {
    "dynamodb": ("DynamoDB_20120810", "DynamoDBStreams_20120810"),
    "ecr": ("AmazonEC2ContainerRegistry_V20150921",),
    "events": ("AWSEvents",),
    "kms": ("TrentService",),
    "logs": ("Logs_20140328",),
    "monitoring": ("GraniteServiceVersion20100801",),
    "secretsmanager": ("secretsmanager",),
    "sqs": ("AmazonSQS",),
    "ssm": ("AmazonSSM",),
    "states": ("AWSStepFunctions",),
    "tagging": ("ResourceGroupsTaggingAPI_20170126",),
}
QUERY = frozenset({"cloudformation", "ec2", "iam", "sns", "sts"})
REST = frozenset({"lambda", "route53"})
# What is answered by moto, and has no forms; DynamoDB and Route 53 are answered without it.
_NO_FORMS = (frozenset(TARGETS) | REST) - {"dynamodb", "route53"}
_MEMBER = re.compile(r"\{(\w+)\+?\}")
_FORM = "application/x-www-form-urlencoded"
_PATH_HOSTS = ("localhost", "127.0.0.1")
_VIRTUAL_HOST = re.compile(r"([a-z0-9][a-z0-9-]+)(?:\.s3)?\.localhost")


def read_request(environ: Mapping[str, Any], body: bytes, signed: Signed, account: str) -> Asked:
    """A request of a caller of `account`. Raises UnmappedError for what no protocol of ours reads in one way only."""
    service, target = signed.service, environ.get("HTTP_X_AMZ_TARGET", "")
    # An object is stored as it comes; a body that is read here, moto would read unpacked.
    read = service != "s3" or "delete" in environ.get("QUERY_STRING", "")
    if read and environ.get("HTTP_CONTENT_ENCODING"):
        raise UnmappedError(f"a body that is encoded, signed for {service}")
    if service in _NO_FORMS and _holds_an_action(environ, body):
        raise UnmappedError(f"{service} with an Action in its body")
    if target and service not in TARGETS:
        raise UnmappedError(f"a request signed for {service} with a target, {target}")
    if service in TARGETS:
        return _json(environ, body, signed, account, target)
    if service in QUERY:
        return _form(environ, body, signed, account)
    query = _once(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if "Action" in query:
        raise UnmappedError(f"{service} with an Action in its query")
    if service == "s3":
        return _s3(environ, body, signed, account, query)
    if service in REST:
        return _rest(environ, body, signed, account, query)
    raise UnmappedError(f"the service {service}")


def _media_type(environ: Mapping[str, Any]) -> str:
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def _holds_an_action(environ: Mapping[str, Any], body: bytes) -> bool:
    """Whether moto would find an action in a body that is none of a form: it reads any body as one, and goes by that before the target or the path."""
    kind = _media_type(environ)
    if kind == _FORM or kind.startswith("multipart/"):
        return True
    return any(name == "Action" for name, _ in parse_qsl(body.decode("utf-8", "replace")))


def _json(environ: Mapping[str, Any], body: bytes, signed: Signed, account: str, target: str) -> Asked:
    prefix, _, operation = target.partition(".")
    if prefix not in TARGETS[signed.service] or not operation.isalnum() or environ.get("QUERY_STRING"):
        raise UnmappedError(f"a request signed for {signed.service} with the target {target!r}")
    try:
        parameters = json.loads(body or b"{}", object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise UnmappedError(f"{signed.service}:{operation} with a body that is not JSON") from error
    if not isinstance(parameters, dict):
        raise UnmappedError(f"{signed.service}:{operation} with a body that is no object")
    operation = f"Streams.{operation}" if prefix.startswith("DynamoDBStreams") else operation
    return Asked(signed.service, signed.region, account, operation, parameters, body=body)


def _form(environ: Mapping[str, Any], body: bytes, signed: Signed, account: str) -> Asked:
    text, query = body.decode("utf-8", "replace"), environ.get("QUERY_STRING", "")
    if text and _media_type(environ) != _FORM:
        raise UnmappedError(f"{signed.service} with a body that is no form")
    if query and text:
        raise UnmappedError(f"{signed.service} with parameters in both its query and its body")
    form = _once(parse_qsl(query or text, keep_blank_values=True))
    operation = form.get("Action", "")
    if not operation.isalnum():
        raise UnmappedError(f"{signed.service} without an action")
    return Asked(signed.service, signed.region, account, operation, form, body=body)


def _signs(name: str, signed: Signed) -> bool:
    return name.startswith("X-Amz-") or (signed.scheme == "V2" and name in _SIGNING_V2)


def _s3(environ: Mapping[str, Any], body: bytes, signed: Signed, account: str, query: dict[str, str]) -> Asked:
    host, path = environ.get("HTTP_HOST", "").partition(":")[0], environ.get("PATH_INFO", "")
    if (match := _VIRTUAL_HOST.fullmatch(host)) is not None:
        bucket, key = match[1], path.removeprefix("/")
    elif host in _PATH_HOSTS and not path.startswith("//"):
        bucket, _, key = path.removeprefix("/").partition("/")
    else:
        raise UnmappedError(f"s3 {environ['REQUEST_METHOD']} {host}{path}")
    return Asked(
        "s3",
        signed.region,
        account,
        environ["REQUEST_METHOD"],
        {"Bucket": bucket, "Key": key},
        method=environ["REQUEST_METHOD"],
        path=path,
        host=host,
        query={name: value for name, value in query.items() if not _signs(name, signed)},
        body=body,
        copy_source=environ.get("HTTP_X_AMZ_COPY_SOURCE", ""),
    )


def _rest(environ: Mapping[str, Any], body: bytes, signed: Signed, account: str, query: dict[str, str]) -> Asked:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    for operation, pattern, wanted in _routes(signed.service, method):
        if wanted <= set(query) and (match := pattern.fullmatch(path)) is not None:
            parameters = match.groupdict()
            return Asked(
                signed.service, signed.region, account, operation, parameters, method, path, query=query, body=body
            )
    raise UnmappedError(f"{signed.service} {method} {path}")


@cache
def _routes(service: str, method: str) -> tuple[tuple[str, re.Pattern[str], frozenset[str]], ...]:
    """Operation, path and required query of each operation of a method, those with the most words of their own first."""
    from moto.core.utils import get_service_model

    model = get_service_model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        if http["method"] == method:
            uri, _, query = http["requestUri"].partition("?")
            wanted = frozenset(part.partition("=")[0] for part in query.split("&") if part)
            pattern = re.compile(_MEMBER.sub(_group, uri.rstrip("/")) + "/?")
            routes.append((-len(wanted), -len(_MEMBER.sub("", uri)), (name, pattern, wanted)))
    return tuple(route for *_, route in sorted(routes, key=lambda entry: entry[:2]))


def _group(member: re.Match[str]) -> str:
    return f"(?P<{member[1]}>{'.+' if member[0].endswith('+}') else '[^/]+'})"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnmappedError("a parameter that is given twice")
    return found
