"""What another invocation may be luckier with: the machine tries again by the name of the error."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from twinstage.model.errors import AwsError, TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator


class TryAgain(TwinstageError):
    """AWS would not, now; another invocation may be luckier. The machine retries this one."""


@contextmanager
def tried_again() -> Iterator[None]:
    """Raise TryAgain for what AWS would not do now, for a stage that may be begun again anywhere; every other failure as it is."""
    try:
        yield
    except AwsError as error:
        if not error.retryable:
            raise
        raise TryAgain(error.code, error.message, details=error.details) from error
