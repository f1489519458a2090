"""Tables of items of every kind, small, and the snapshot of one: cut into as many parts as a test asks for."""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING, Any
from zlib import crc32

from twinstage.model.item import item_key
from twinstage.model.item_lines import canonical_line
from twinstage.model.manifest import TableManifest
from twinstage.state.snapshot import put_lines

if TYPE_CHECKING:
    from twinstage.model.item import Item
    from twinstage.world.store import Store

SCHEMA: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def some_items(count: int, seed: int = 0) -> list[Item]:
    """Items with values of every type, all different."""
    draw = random.Random(seed)  # noqa: S311 items that a seed repeats
    return [
        {
            "pk": {"S": f"plan#{number % 7}"},
            "sk": {"N": str(number)},
            "ratio": {"N": str(draw.randint(1, 10**9) / 1000)},
            "blob": {"B": base64.b64encode(draw.randbytes(draw.randint(0, 9))).decode()},
            "blobs": {"BS": sorted({base64.b64encode(draw.randbytes(3)).decode() for _ in range(2)})},
            "tags": {"SS": sorted({f"tag-{draw.randint(0, 9)}" for _ in range(3)})},
            "numbers": {"NS": [str(n) for n in sorted({draw.randint(-50, 50) for _ in range(3)})]},
            "deep": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": draw.random() < 0.5}, {"S": "Zürich"}]}}},
        }
        for number in range(count)
    ]


def captured(store: Store, items: list[Item], *, bits: int = 2, name: str = "plans") -> TableManifest:
    """The snapshot of a table, in up to 2^bits parts however few its items are: a part is a part at any size."""
    keys = SCHEMA["KeySchema"]
    placed = sorted((crc32(item_key(item, keys)), item_key(item, keys), canonical_line(item)) for item in items)
    buckets: dict[int, list[bytes]] = {}
    for crc, _, line in placed:
        buckets.setdefault(crc >> 32 - bits, []).append(line)
    parts = tuple(
        put_lines(store, b"".join(line + b"\n" for line in lines), items=len(lines), bucket=bucket)
        for bucket, lines in sorted(buckets.items())
    )
    return TableManifest(name, SCHEMA, len(items), parts, bits)
