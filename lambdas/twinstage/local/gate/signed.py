"""What a request says of its signature, and what can be wrong with that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Fault = Literal["incomplete", "mismatch", "skew", "expired-url", "token", "payload", "unsigned", "unsupported"]

_AMZ = "HTTP_X_AMZ_"


def amz_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """The `x-amz-` headers of a request, by their names in lower case. A trace's `x-amzn-` is none."""
    return {
        f"x-amz-{name.removeprefix(_AMZ).lower().replace('_', '-')}": str(value)
        for name, value in environ.items()
        if name.startswith(_AMZ)
    }


@dataclass(frozen=True)
class Signed:
    """What a request says of its signature. `time` is as written (`20260101T000000Z`); `expires_s` only of a presigned URL.

    `scheme` V2 is S3's older presigned URL: `time` is then when it ends, in seconds since 1970.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str
    time: str
    token: str = ""
    expires_s: int | None = None
    scheme: Literal["V4", "V2"] = "V4"
