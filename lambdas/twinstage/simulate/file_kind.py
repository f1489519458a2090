"""Which kind of file one is meant to be, by the members that only its kind has: a wrong file is then refused as what it was to be."""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["state machine", "data flow", "queue or stream"]

# A member's name where a member may stand. Few blanks only: a file of nothing but blanks is looked through in no time.
_MEMBER: Final = r"""(?:^|[{,])[ \t\r\n]{0,99}["']?(?:%s)["']?[ \t]{0,9}:"""
_MEMBERS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("state machine", re.compile(_MEMBER % "StartAt|States", re.MULTILINE)),
    ("queue or stream", re.compile(_MEMBER % "messages|consumer", re.MULTILINE)),
    ("data flow", re.compile(_MEMBER % "sources|stages|products", re.MULTILINE)),
)


def kind_of(data: bytes) -> Kind:
    """The kind; a state machine where nothing tells."""
    text = data.decode(errors="replace")
    return next((kind for kind, members in _MEMBERS if members.search(text)), "state machine")
