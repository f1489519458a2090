"""What is run and what comes of it: a function's configuration, one invocation, its result."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Package:
    """The zip of a function or of a layer, with its SHA-256 (hex)."""

    digest: str
    content: bytes = field(repr=False, compare=False)


@dataclass(frozen=True)
class FunctionSpec:
    """A function as it is configured when it is invoked. Two specs that differ never share a worker."""

    arn: str
    name: str
    version: str
    region: str
    role: str
    handler: str
    runtime: str
    memory_mb: int
    timeout_s: float
    environment: tuple[tuple[str, str], ...]
    code: Package
    layers: tuple[Package, ...]
    log_group: str
    storage_mb: int = 512
    log_format: str = "Text"
    log_level: str = ""


@dataclass(frozen=True)
class Invocation:
    """One request to run a function. `client_context` is the base64 header as it came, or empty."""

    request_id: str
    payload: bytes
    client_context: str = ""


@dataclass(frozen=True)
class Result:
    """What came of an invocation. `error`: the payload is an error object (`errorType`, `errorMessage`).

    `lines`: what the handler printed, then what Lambda itself says of a time-out or an exit. `init_ms` only for a worker's first
    invocation; `memory_mb` where the system tells.
    """

    payload: bytes
    error: bool
    lines: tuple[str, ...] = ()
    duration_ms: float = 0.0
    init_ms: float | None = None
    memory_mb: int | None = None


def failure(request_id: str, kind: str, message: str) -> bytes:
    """The error object that Lambda itself makes, as `{"errorType": "Sandbox.Timedout", "errorMessage": ...}`."""
    return json.dumps({"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}).encode()
