"""Location: takes a location out of service for maintenance, and back."""

from __future__ import annotations

import os
from typing import Any

import boto3
from announcing import announce

dynamodb = boto3.client("dynamodb")
TOPOLOGIES = os.environ["TOPOLOGIES_TABLE"]
LOCATIONS = os.environ["LOCATIONS_TABLE"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Note that a location is online or not, and announce anew the prefixes of every service that is in production there."""
    item = {"location": {"S": event["location"]}, "online": {"BOOL": event["online"]}}
    dynamodb.put_item(TableName=LOCATIONS, Item=item)
    prefixes = sorted(prefixes_at(event["location"]))
    for prefix in prefixes:
        announce(prefix)
    return {"announced": prefixes}


def prefixes_at(location: str) -> set[str]:
    """The prefixes of every service that is in production at a location."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=TOPOLOGIES, ConsistentRead=True)
    topologies = (item for page in pages for item in page["Items"])
    return {
        prefix["S"]
        for topology in topologies
        if topology["stage"]["S"] == "production" and {"S": location} in topology["locations"]["L"]
        for prefix in topology["prefixes"]["L"]
    }
