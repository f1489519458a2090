"""What a request asks a stack to become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from twinstage.local.cloudformation import parameters, plan
from twinstage.local.cloudformation.deploy import Target
from twinstage.local.cloudformation.errors import Refused
from twinstage.local.cloudformation.resource import CallFailed, Clients, Order, ResourceType
from twinstage.local.cloudformation.template import Template, parse

if TYPE_CHECKING:
    from twinstage.local.cloudformation.region import Region
    from twinstage.local.cloudformation.stack import Stack

Request = Mapping[str, Any]


def caller(region: Region, clients: Clients) -> Order:
    """CloudFormation's own calls to other services, outside any resource."""
    return Order(region.account, region.name, "", "", "", {}, {}, clients)


def template_of(region: Region, clients: Clients, request: Request, current: Stack | None) -> Template:
    """The template that a request carries, points at in S3, or takes from the stack as it is."""
    if request.get("UsePreviousTemplate") and current is not None and current.template is not None:
        return current.template
    if request.get("TemplateBody"):
        return parse(request["TemplateBody"])
    if not request.get("TemplateURL"):
        raise Refused("Either Template URL or Template Body must be specified.")
    bucket, key = place(request["TemplateURL"])
    try:
        answer = caller(region, clients).call("s3", "GetObject", Bucket=bucket, Key=key)
    except CallFailed as error:
        raise Refused(f"S3 error: {error.reason}") from error
    return parse(answer["Body"].read().decode())


def place(url: str) -> tuple[str, str]:
    """Bucket and key of an S3 URL: `https://bucket.s3.region.amazonaws.com/key`, or path style with any other host."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
    bucket, separator, _ = host.partition(".s3")
    if separator and host.endswith(".amazonaws.com"):
        return bucket, path
    bucket, _, key = path.partition("/")
    return bucket, key


def target(
    region: Region, clients: Clients, template: Template, texts: Mapping[str, str], tags: Mapping[str, str]
) -> Target:
    """A template with its parameters read; SSM parameters are read now, from the stack's own account."""

    def stored(name: str) -> str:
        try:
            value: str = caller(region, clients).call("ssm", "GetParameter", Name=name)["Parameter"]["Value"]
        except CallFailed as error:
            message = f"Unable to fetch parameters [{name}] from parameter store for this account."
            raise Refused(message) from error
        return value

    return Target(template, texts, parameters.values(template, texts, stored), tags, region.export)


def requested(region: Region, clients: Clients, request: Request, current: Stack | None) -> Target:
    """The target of a request, with previous parameters and tags where it asks to keep them."""
    template = template_of(region, clients, request, current)
    texts = parameters.given(request.get("Parameters") or [], current.texts if current else {}, template)
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    if current is not None and "Tags" not in request:
        tags = dict(current.tags)
    return target(region, clients, template, texts, tags)


def validate(wanted: Target, types: Mapping[str, ResourceType], stack: Stack) -> None:
    """Refuse a target that the engine cannot deploy, before anything is made."""
    plan.check(wanted.template, types)
    scope = wanted.scope(stack)
    plan.check_references(wanted.template, types, scope.values)
    plan.check_rules(wanted.template, scope)
    plan.order(plan.enabled(wanted.template, scope))


def unchanged(stack: Stack, wanted: Target) -> bool:
    """Whether the target is what the stack is already."""
    same = stack.template is not None and _meaning(stack.template) == _meaning(wanted.template)
    return same and stack.values == dict(wanted.values) and stack.tags == dict(wanted.tags)


def _meaning(template: Template) -> dict[str, Any]:
    return {key: value for key, value in vars(template).items() if key != "body"}


def changes(stack: Stack, wanted: Target) -> tuple[tuple[str, str, str], ...]:
    """What a change set shows, as (action, logical id, type): by the templates, before anything is resolved."""
    before = stack.template.resources if stack.template else {}
    after = wanted.template.resources
    shown = [("Add", name, declared.type) for name, declared in after.items() if name not in before]
    shown += [("Modify", name, after[name].type) for name in after if name in before and before[name] != after[name]]
    shown += [("Remove", name, declared.type) for name, declared in before.items() if name not in after]
    return tuple(shown)
