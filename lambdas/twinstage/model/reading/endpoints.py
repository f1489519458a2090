"""Where local mode may talk to: this machine, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_VARIABLE: Final = "AWS_ENDPOINT_URL"


def is_loopback(url: str) -> bool:
    """Whether a URL is one of HTTP(S) on this machine. What cannot be read as a URL is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK


def refuse_endpoints(environment: Mapping[str, str]) -> None:
    """Raises InputError with every endpoint variable (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`) that leads off this machine.

    Nothing of ours reads them in local mode, but what a rehearsal starts might.
    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    problems = [
        InputProblem(name, 0, "", f"{value!r} is not on this machine", f"unset {name}, or give http://localhost:PORT")
        for name, value in sorted(environment.items())
        if name.startswith(_VARIABLE) and value and not is_loopback(value)
    ]
    if problems:
        raise InputError(problems)
