"""What every kind of invariant can be asked. A rule remembers nothing: what it must know of the past is handed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinstage.validate.moment import Moment


class Rule:
    """One invariant; each kind answers what it has something to say to. The same answers judge a replay and an exploration."""

    def wrong(self, name: str, now: Moment) -> str | None:
        """What is wrong with a name at any moment; it stays so until it is mended."""
        return None

    def remember(self, name: str, now: Moment, earlier: Any = None) -> Any:
        """What is to be known of this moment, and of those before it (`earlier`), when the next call is judged."""
        return None

    def moved(self, name: str, earlier: Any, now: Moment) -> str | None:
        """What a call did wrong to a name, by what was remembered before it; each call is judged by itself."""
        return None

    def unmet(self, name: str, now: Moment) -> str | None:
        """What is wrong with a name when it is over."""
        return None

    def applies(self, name: str, now: Moment) -> bool:
        """Whether there is anything at a name that the invariant speaks of."""
        return True
