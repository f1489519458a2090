"""Fault 25: events of 255, 256 and 257 KiB, the size that Step Functions passes on. States are given the name of a shard: the events lie in its file, whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twinstage.model.event import Event, event_of
from twinstage.model.manifest import new_manifest
from twinstage.replay.shards import Shard, shard_events
from twinstage.world.jsons import get_lines, put_lines
from twinstage.world.store import DirectoryStore

KIB = 1024
SIZES = [kib * KIB + more for kib in (255, 256, 257) for more in (-1, 0, 1)]
# What a state may pass on: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MOST = 256 * KIB


def event_of_size(size: int) -> Event:
    """An event whose document takes exactly so many bytes."""
    document: dict[str, Any] = {
        "id": "e1",
        "timestamp": "2026-01-05T10:00:00Z",
        "type": "zone_create",
        "payload": {"zone_id": "ZNEW", "zone": "new.test.", "private": False, "padding": ""},
    }
    document["payload"]["padding"] = "x" * (size - len(json.dumps(document)))
    return event_of({**document, "seq": 0})


@pytest.mark.parametrize("size", SIZES)
def test_a_state_is_given_a_pointer_and_the_event_comes_back_whole(tmp_path: Any, size: int) -> None:
    event = event_of_size(size)
    captured = {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"}
    shards = shard_events([event], new_manifest(captured, "tests", [], [], []))
    store = DirectoryStore(tmp_path)
    for shard in shards:
        put_lines(store, f"prepare/shards/{shard.name}.jsonl", (each.document() for each in shard.events))

    pointers = [json.dumps(pointer(shard)) for shard in shards]

    assert max(map(len, pointers)) < MOST // 1000
    [line] = [line for shard in shards for line in get_lines(store, f"prepare/shards/{shard.name}.jsonl")]
    assert line == event.document()
    assert len(json.dumps(line)) >= size - KIB


def pointer(shard: Shard) -> dict[str, Any]:
    """The form in which the map hands a shard to a state; the machine's own is looked at in tests/rehearsal/test_large_events.py."""
    return {"run": "r" * 20, "arm": "candidate", "shard": {"name": shard.name, "events": len(shard.events)}}
