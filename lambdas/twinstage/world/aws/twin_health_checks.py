"""The health checks of one run's twin, found by their tags."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from twinstage.model.twin import PRODUCTION_HEALTH_CHECK_TAG, RUN_TAG
from twinstage.world.aws.clients import aws_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTagsForResources.html
RESOURCES_A_REQUEST = 10


def twin_health_checks(route53: Any, run: str) -> dict[str, str]:
    """Production's ids of health checks to those of the twin of `run`, among all of the account."""
    found = {}
    for id_, tags in _tagged(route53):
        if tags.get(RUN_TAG) == run and PRODUCTION_HEALTH_CHECK_TAG in tags:
            found[tags[PRODUCTION_HEALTH_CHECK_TAG]] = id_
    return found


def _tagged(route53: Any) -> Iterator[tuple[str, dict[str, str]]]:
    with aws_errors("route53", "ListHealthChecks"):
        pages = route53.get_paginator("list_health_checks").paginate()
        ids = iter([check["Id"] for page in pages for check in page["HealthChecks"]])
    while some := list(itertools.islice(ids, RESOURCES_A_REQUEST)):
        with aws_errors("route53", "ListTagsForResources"):
            answer = route53.list_tags_for_resources(ResourceType="healthcheck", ResourceIds=some)
        for tagged in answer["ResourceTagSets"]:
            yield tagged["ResourceId"], {tag["Key"]: tag.get("Value", "") for tag in tagged.get("Tags", ())}
