"""The policies that have a say in a request, as the engine's services hold them: the caller's, and the resource's own.

Documents are parsed once for each text. One that cannot be read is no policy at all: whoever it speaks of is refused.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twinstage.isolation.policy.document import Kind, Policy, parse_policy
from twinstage.local.credentials import find_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.local.credentials import Principal

_ARN_PARTS = 6


@lru_cache(maxsize=4096)
def parsed(text: str, name: str, kind: Kind = "identity") -> Policy:
    """A document's text as a policy. Raises InputError."""
    return parse_policy(text, name=name, kind=kind)


class Identity:
    """A caller's own policies, read when they are asked for: a role's change holds from the next request on."""

    def __init__(self, principal: Principal) -> None:
        """Raises LookupError when the caller's user or role is not there any more."""
        self._principal = principal
        holder = _holder(principal)
        if holder is None:
            raise LookupError(principal.owner_arn)
        self.policies = tuple(_own(holder, principal.account))
        boundary = getattr(holder, "permissions_boundary_arn", None)
        self.boundary = _managed(boundary, principal.account) if boundary else None
        self.session = tuple(_session(principal)) or None
        tags = {tag["Key"]: tag["Value"] for tag in getattr(holder, "tags", None) or () if isinstance(tag, dict)}
        self.tags: Mapping[str, str] = {**tags, **dict(principal.tags)}


def resource_policy(arn: str, owner: str, region: str) -> tuple[Policy | None, bool]:
    """The policy of a resource, and whether nothing is allowed on it without that policy (a role's trust, a key's)."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return None, False
    service, resource = parts[2], parts[5]
    found = _FINDERS.get(service)
    if found is None:
        return None, False
    required = service in ("iam", "kms")
    if required and service == "iam" and not resource.startswith("role/"):
        return None, False
    text = found(owner, parts[3] or region, arn, resource)
    if not text:
        return (Policy(()) if required else None), required
    kind: Kind = "trust" if service == "iam" else "resource"
    return parsed(_text(text), f"policy of {arn}", kind), required


def _holder(principal: Principal) -> Any | None:
    from moto.iam.models import iam_backends

    if principal.kind == "role":
        return find_role(principal.owner_arn)
    users = iam_backends[principal.account]["aws"].users.values()
    return next((user for user in users if user.arn == principal.owner_arn), None)


def _own(holder: Any, account: str) -> Iterator[Policy]:
    from moto.iam.models import iam_backends

    yield from _policies_of(holder)
    if not hasattr(holder, "assume_role_policy_document"):
        for group in iam_backends[account]["aws"].groups.values():
            if any(user is holder for user in group.users):
                yield from _policies_of(group)


def _policies_of(holder: Any) -> Iterator[Policy]:
    for name, text in holder.policies.items():
        yield parsed(_text(text), f"{holder.name}/{name}")
    for managed in holder.managed_policies.values():
        yield _default_version(managed)


def _managed(arn: str, account: str) -> Policy:
    """A managed policy of the account or of AWS's own. One that is not there allows nothing, as a boundary or as a session's."""
    from moto.iam.models import iam_backends

    found = iam_backends[account]["aws"].managed_policies.get(arn)
    return _default_version(found) if found is not None else Policy((), name=arn)


def _default_version(managed: Any) -> Policy:
    version = next(version for version in managed.versions if version.is_default)
    return parsed(_text(version.document), managed.name)


def _session(principal: Principal) -> Iterator[Policy]:
    if principal.session_policy:
        yield parsed(principal.session_policy, "session")
    for arn in principal.session_policy_arns:
        yield _managed(arn, principal.account)


def _text(document: Any) -> str:
    if isinstance(document, bytes):
        return document.decode()
    return document if isinstance(document, str) else json.dumps(document)


def _trust(_owner: str, _region: str, arn: str, _resource: str) -> Any:
    role = find_role(arn)
    return role.assume_role_policy_document if role is not None else None


def _bucket(owner: str, _region: str, _arn: str, resource: str) -> Any:
    from moto.s3.models import s3_backends

    bucket = s3_backends[owner]["aws"].buckets.get(resource.partition("/")[0]) if owner else None
    return bucket.policy if bucket is not None else None


def _key(owner: str, region: str, _arn: str, resource: str) -> Any:
    from moto.kms.models import kms_backends

    key = kms_backends[owner][region].keys.get(resource.removeprefix("key/"))
    return key.policy if key is not None else None


def _function(owner: str, region: str, _arn: str, resource: str) -> Any:
    from moto.awslambda.models import lambda_backends

    name = resource.split(":")[1] if resource.startswith("function:") else ""
    function = next(
        (each for each in lambda_backends[owner][region].list_functions() if each.function_name == name), None
    )
    statements = function.policy.statements if function is not None else []
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


def _queue(owner: str, region: str, _arn: str, resource: str) -> Any:
    from moto.sqs.models import sqs_backends

    queue = sqs_backends[owner][region].queues.get(resource)
    return getattr(queue, "policy", None)


def _topic(owner: str, region: str, arn: str, _resource: str) -> Any:
    from moto.sns.models import sns_backends

    topic = sns_backends[owner][region].topics.get(arn)
    return getattr(topic, "policy", None)


def _secret(owner: str, region: str, arn: str, _resource: str) -> Any:
    from moto.secretsmanager.models import secretsmanager_backends

    secrets = secretsmanager_backends[owner][region].secrets
    found = next((secret for secret in secrets.values() if secret.arn == arn), None)
    return getattr(found, "policy", None)


def _repository(owner: str, region: str, _arn: str, resource: str) -> Any:
    from moto.ecr.models import ecr_backends

    found = ecr_backends[owner][region].repositories.get(resource.removeprefix("repository/"))
    return getattr(found, "policy", None)


_FINDERS = {
    "ecr": _repository,
    "iam": _trust,
    "kms": _key,
    "lambda": _function,
    "s3": _bucket,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
}
