"""Tags that tell whose twin a resource is and how long it may live: what a sweeper goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from twinstage.model.leftovers import TTL_TAG
from twinstage.model.twin import RUN_TAG

if TYPE_CHECKING:
    from constructs import Construct


def tag_run(scope: Construct, run: str, ttl_hours: int) -> None:
    """Tag everything in `scope` that takes tags.

    The tag holds a duration, not an end: a wall time would make two syntheses of the same sources differ. The end is
    the resource's creation, which AWS records, plus the duration.
    """
    tags = cdk.Tags.of(scope)
    tags.add(RUN_TAG, run)
    tags.add(TTL_TAG, str(ttl_hours))
