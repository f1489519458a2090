"""The one byte form of a JSON document, and its digest.

Equal documents give equal bytes on any machine: keys sorted, no white space, UTF-8, numbers as Python's `json` writes them.
Numbers of a DynamoDB item never pass through here as floats: they are strings in DynamoDB's own JSON.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

# A lone surrogate is legal in JSON text and may stand in any message a handler writes: it goes through as it came, as `json.loads` reads it.
UTF_8 = ("utf-8", "surrogatepass")


def canonical_json(document: Any) -> bytes:
    """The canonical bytes of a JSON document. Raises ValueError for NaN and infinities."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(
        *UTF_8
    )


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data`, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(document: Any) -> str:
    """`sha256:<hex>` of a document's canonical bytes."""
    return f"sha256:{sha256_hex(canonical_json(document))}"


def pretty_json(document: Any) -> bytes:
    """A document as files carry it: keys sorted, two spaces, a final newline. As deterministic as the canonical form."""
    return (json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(*UTF_8)
