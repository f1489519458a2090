"""DSSE envelopes: a payload, its type, and signatures of both.

https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def pre_authentication_encoding(kind: str, payload: bytes) -> bytes:
    """What is signed of a payload: `DSSEv1 <length of the type> <type> <length of the payload> <payload>`.

    https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    """
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(payload), payload)


def envelope(kind: str, payload: bytes, made: Mapping[str, bytes]) -> dict[str, Any]:
    """The envelope of a payload. `made`: key id -> signature of `pre_authentication_encoding`."""
    signatures = [{"keyid": name, "sig": base64.b64encode(made[name]).decode()} for name in sorted(made)]
    return {"payloadType": kind, "payload": base64.b64encode(payload).decode(), "signatures": signatures}
