"""The two accounts of the embedded AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Accounts:
    """Account ids, twelve digits each: the one that is captured and the one that the twin is deployed to."""

    production: str = "111111111111"
    twin: str = "222222222222"

    def __post_init__(self) -> None:
        for role, account in (("production", self.production), ("twin", self.twin)):
            if not re.fullmatch(r"\d{12}", account):
                raise TwinstageError("LOCAL_ACCOUNT", f"the {role} account {account!r} is not twelve digits")
        if self.production == self.twin:
            raise TwinstageError("LOCAL_ACCOUNT", f"production and twin are the same account, {self.twin}")

    def __iter__(self) -> Iterator[str]:
        return iter((self.production, self.twin))

    def __contains__(self, account: object) -> bool:
        return account in (self.production, self.twin)
