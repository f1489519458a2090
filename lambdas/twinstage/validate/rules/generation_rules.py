"""Kinds that follow the generation a name serves: `never_decreases`, `reaches`, `recovers`, `remembers`, `agrees`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from twinstage.model.invariant import Highest
from twinstage.validate.generations import PLACE, number_in, served, serving
from twinstage.validate.rules.resolving import unanswered
from twinstage.validate.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.record_set import RecordKey
    from twinstage.validate.moment import Moment


class _Generational(Rule):
    """A rule about the generation that a name serves; `form` is the text around it."""

    def __init__(self, form: str) -> None:
        self._form = form

    def applies(self, name: str, now: Moment) -> bool:
        """Where the name serves a generation."""
        return bool(serving(now.zones, name, self._form))


class Served(NamedTuple):
    """What `never_decreases` remembers: the generation of each answering record set, and the highest there ever was."""

    by_key: Mapping[RecordKey, int]
    highest: int


class NeverDecreases(_Generational):
    """No record set of a name goes to an older generation, and none begins to answer with an older one than the name ever had.

    It remembers across absences, as far back as it is told of: a name deleted and made again with an older generation has gone back. Two
    generations may answer side by side, as in a gradual change-over, but the newer one may not be taken away while the older goes on.
    """

    def remember(self, name: str, now: Moment, earlier: Served | None = None) -> Served:
        """What is served, and the highest generation so far."""
        by_key = serving(now.zones, name, self._form)
        return Served(by_key, max(earlier.highest if earlier else 0, *by_key.values(), 0))

    def moved(self, name: str, earlier: Served, now: Moment) -> str | None:
        """From which generation to which the name went back."""
        present, before, highest = serving(now.zones, name, self._form), earlier.by_key, earlier.highest
        back = [
            (number, before.get(key, highest)) for key, number in present.items() if number < before.get(key, highest)
        ]
        if not back and present and before and max(present.values()) < max(before.values()):
            back = [(max(present.values()), max(before.values()))]
        if not back:
            return None
        to, since = min(back)
        return f"{name} went from generation {since} back to {to}"


class TxtNeverDecreases(Rule):
    """The number in the TXT beside a name is never lower than it ever was: not where it is changed, nor where it is taken away and made again."""

    def __init__(self, labels: str) -> None:
        self._labels = labels

    def remember(self, name: str, now: Moment, earlier: int | None = None) -> int | None:
        """The highest number so far."""
        present = self._number(name, now)[1]
        return earlier if present is None else max(present, earlier or 0)

    def moved(self, name: str, earlier: int | None, now: Moment) -> str | None:
        """From which number to which it went back."""
        beside, number = self._number(name, now)
        if earlier is None or number is None or number >= earlier:
            return None
        return f"{beside} went from {earlier} back to {number}"

    def applies(self, name: str, now: Moment) -> bool:
        """Where the TXT is there."""
        return self._number(name, now)[1] is not None

    def _number(self, name: str, now: Moment) -> tuple[str, int | None]:
        beside, text = text_beside(self._labels, name, now)
        return beside, None if text is None else number_in(text, PLACE)


class Reaches(_Generational):
    """When it is over, the lowest generation that a name serves is at least so high. On the way there nothing is asked."""

    def __init__(self, form: str, at_least: int | Highest) -> None:
        super().__init__(form)
        self._at_least = at_least

    def unmet(self, name: str, now: Moment) -> str | None:
        """Where the name ended instead."""
        wanted = highest_of(self._at_least, now) if isinstance(self._at_least, Highest) else self._at_least
        lowest = served(now.zones, name, self._form)
        if lowest is None:
            return f"{name} ends without a generation, not at {wanted} or above"
        return None if lowest >= wanted else f"{name} ends at generation {lowest}, below {wanted}"


class Recovers(Reaches):
    """After a recovery a name serves a generation that is high enough, and resolves."""

    def unmet(self, name: str, now: Moment) -> str | None:
        """Where the name ended instead, or why it has no address."""
        return super().unmet(name, now) or unanswered(name, "A", now.zones)


def highest_of(highest: Highest, now: Moment) -> int:
    """The highest whole number that the items of a table have in an attribute; 0 where there is none."""
    table = now.tables.get(highest.table)
    items = table.items.values() if table is not None else ()
    found = (stored.item.get(highest.attribute, {}).get("N") for stored in items)
    return max((int(float(number)) for number in found if number is not None), default=0)


class Remembers(_Generational):
    """Whenever a name moves from a generation to another, the name beside it leads to the one it came from."""

    def __init__(self, form: str, pairs: Mapping[str, str]) -> None:
        super().__init__(form)
        self._of = pairs

    def remember(self, name: str, now: Moment, earlier: int | None = None) -> int | None:
        """The generation that is moved away from, if a call does so; where nothing is served, the last that was."""
        present = served(now.zones, self._of[name], self._form)
        return earlier if present is None else present

    def moved(self, name: str, earlier: int | None, now: Moment) -> str | None:
        """Where the name leads instead."""
        leader, leads = served(now.zones, self._of[name], self._form), served(now.zones, name, self._form)
        if earlier is None or leader is None or earlier in (leader, leads):
            return None
        where = "nowhere" if leads is None else f"to {leads}"
        return f"{self._of[name]} moved from generation {earlier} to {leader}, and {name} leads {where}"

    def applies(self, name: str, now: Moment) -> bool:
        """Where both names serve a generation."""
        return super().applies(name, now) and super().applies(self._of[name], now)


class Agrees(_Generational):
    """The number in the TXT record beside a name is the generation that the name serves. Without the TXT there is nothing to compare."""

    def __init__(self, form: str, labels: str) -> None:
        super().__init__(form)
        self._labels = labels

    def wrong(self, name: str, now: Moment) -> str | None:
        """The two that are not the same."""
        beside, text = text_beside(self._labels, name, now)
        generation = served(now.zones, name, self._form)
        if text is None or generation is None or number_in(text, PLACE) == generation:
            return None
        return f"{beside} says {text}, {name} serves generation {generation}"

    def remember(self, name: str, now: Moment, earlier: bool | None = None) -> bool:
        """Whether the TXT is there."""
        return text_beside(self._labels, name, now)[1] is not None

    def moved(self, name: str, earlier: bool, now: Moment) -> str | None:
        """That the TXT was taken away."""
        beside, text = text_beside(self._labels, name, now)
        return f"{beside} was taken away" if earlier and text is None else None

    def applies(self, name: str, now: Moment) -> bool:
        """Where the TXT is there."""
        return text_beside(self._labels, name, now)[1] is not None


def text_beside(labels: str, name: str, now: Moment) -> tuple[str, str | None]:
    """The name of the TXT `<labels>.<zone>` beside a name, and its text as it is written; None where there is none."""
    zone = now.zone_of(name)
    beside = f"{labels}.{zone.name if zone else name}".lower()
    record = zone.records.get((beside, "TXT", None)) if zone else None
    return beside, record["ResourceRecords"][0]["Value"] if record and "ResourceRecords" in record else None
