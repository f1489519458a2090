"""Route 53's operations on the tags of hosted zones and health checks.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html and its siblings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.route53.account import Account, ResourceKey, bare
from twinstage.world.memory.route53.refused import Route53Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.route53.api_forms import Setting

Answer = tuple[Account, dict[str, Any]]
MOST_A_REQUEST = 10
MOST_A_RESOURCE = 50


def change(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """ChangeTagsForResource: tags are removed, then added; at least one of both must be given."""
    resource = _resource(account, request["ResourceType"], request["ResourceId"])
    added, removed = request.get("AddTags") or (), request.get("RemoveTagKeys") or ()
    if not added and not removed:
        raise Route53Refused("InvalidInput", "At least one of AddTags and RemoveTagKeys must be specified")
    if max(len(added), len(removed)) > MOST_A_REQUEST:
        raise Route53Refused("InvalidInput", f"A request adds and removes at most {MOST_A_REQUEST} tags each")
    tags = {key: value for key, value in account.tags.get(resource, {}).items() if key not in removed}
    tags |= {tag["Key"]: tag.get("Value") or "" for tag in added}
    if len(tags) > MOST_A_RESOURCE:
        raise Route53Refused("InvalidInput", f"A resource has at most {MOST_A_RESOURCE} tags")
    return account.with_tags(resource, tags), {}


def list_one(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """ListTagsForResource."""
    return account, {"ResourceTagSet": _tag_set(account, request["ResourceType"], request["ResourceId"])}


def list_many(account: Account, request: Mapping[str, Any], _: Setting) -> Answer:
    """ListTagsForResources: of at most ten resources of one type."""
    ids = request["ResourceIds"]
    if not 1 <= len(ids) <= MOST_A_REQUEST:
        raise Route53Refused("InvalidInput", f"A request names between 1 and {MOST_A_REQUEST} resources")
    return account, {"ResourceTagSets": [_tag_set(account, request["ResourceType"], one) for one in ids]}


def _resource(account: Account, kind: str, given: str) -> ResourceKey:
    """What a request names, if it is there. Raises Route53Refused."""
    if kind == "hostedzone":
        return kind, account.zone(bare(given)).zone.id
    if kind == "healthcheck":
        return kind, account.health_check(given).id
    raise Route53Refused("InvalidInput", f"{kind} is not a type of resource that has tags")


def _tag_set(account: Account, kind: str, given: str) -> dict[str, Any]:
    resource = _resource(account, kind, given)
    tags = [{"Key": key, "Value": value} for key, value in account.tags.get(resource, {}).items()]
    return {"ResourceType": kind, "ResourceId": resource[1], "Tags": tags}
