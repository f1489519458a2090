"""What differs between baseline and candidate beyond what differs between two runs of the baseline, a place at a time.

A place is noisy where the two runs of the baseline ever differ in it. In a place that is not, any difference of the candidate counts. In one that is, what counts is more of it than noise:

- a number: its distribution, against those of both runs of the baseline (`distributions`);
- anything, numbers too: how often it differs. Of the subjects in which only one of candidate and repeat differs from the baseline, the candidate's are half of them where it does the same: a sign test. It
  must be sure, and the candidate's share must lie more than RELATIVE above the noise, as Diffy has it (raw over noise, relative 20 %).

Everything together is wrong about noise with a probability of at most ALPHA: each noisy place gets its part of it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.pointers import all_at_pointer
from twinstage.rehearse.ab.differing import ABSENT, differences, is_below, type_of
from twinstage.rehearse.ab.distributions import Moved, moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.rehearse.ab.differing import Difference, What

ALPHA: Final = 0.05
RELATIVE: Final = 0.2
SHOWN: Final = 5
Verdict = Literal["differs", "undecided", "noise", "declared"]


@dataclass(frozen=True)
class Observation:
    """One subject, such as an event or an item, in three arms: a JSON document of each, ABSENT where there is none. `of`: what its places belong to, such as a function.

    `root` is what pointers into the document begin with: documents of one `of` and one root are taken to be alike. Whether there is one is a place of `of`, whatever the root.
    """

    of: str
    subject: str
    baseline: Any
    repeat: Any
    candidate: Any
    root: str = ""
    may_differ: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """What was found of one place. `raw` subjects differ between baseline and candidate, `noise` between baseline and repeat, `only_raw` and `only_noise` in one of both ways only."""

    of: str
    pointer: str
    what: What
    verdict: Verdict
    raw: int
    noise: int
    only_raw: int
    only_noise: int
    subjects: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    numbers: Moved | None = None

    @property
    def certain(self) -> bool:
        """Whether the same code always gives it: nothing of it is noise."""
        return self.noise == 0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "of": self.of,
            "pointer": self.pointer,
            "what": self.what,
            "verdict": self.verdict,
            "raw": self.raw,
            "noise": self.noise,
            "only_raw": self.only_raw,
            "only_noise": self.only_noise,
            "members": list(self.members),
            "subjects": list(self.subjects),
            "numbers": None if self.numbers is None else self.numbers.document(),
        }


@dataclass
class _Place:
    """What is counted of one place: the subjects that differ, each way."""

    of: str
    pointer: str
    what: What
    declared: bool
    raw: list[Observation] = field(default_factory=list)
    noise: list[Observation] = field(default_factory=list)
    members: Counter[str] = field(default_factory=Counter)


_Key = tuple[str, str, str, bool]


def rows_of(observations: Iterable[Observation], alpha: float = ALPHA) -> list[Row]:
    """Every place in which anything differs; those in which the candidate does first."""
    places: dict[_Key, _Place] = {}
    groups: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for each in observations:
        groups[each.of, each.root].append(each)
        _count(each, places)
    noisy = [place for place in places.values() if place.noise and not place.declared]
    # A number is asked both ways.
    share = alpha / max(1, 2 * len(noisy))
    found = [_row(place, groups, share) for place in places.values()]
    order = ("differs", "undecided", "declared", "noise")
    return sorted(found, key=lambda row: (order.index(row.verdict), row.of, row.pointer, row.what))


def _count(each: Observation, places: dict[_Key, _Place]) -> None:
    for other, side in ((each.candidate, "raw"), (each.repeat, "noise")):
        seen = set[_Key]()
        for found in differences(each.baseline, other, each.root):
            declared = is_below(found.full_pointer, each.may_differ)
            key = (each.of, found.pointer, found.what, declared)
            place = places.setdefault(key, _Place(each.of, found.pointer, found.what, declared))
            if side == "raw":
                place.members.update(_named(found, each))
            if key not in seen:
                seen.add(key)
                (place.raw if side == "raw" else place.noise).append(each)


def _named(found: Difference, each: Observation) -> list[str]:
    """What a place is made of that came or went: a member, or the subject itself."""
    if found.what == "presence":
        return [each.subject]
    return [found.member] if found.what == "members" else []


def _row(place: _Place, groups: Mapping[tuple[str, str], Sequence[Observation]], alpha: float) -> Row:
    raw, noise = ({each.subject for each in found} for found in (place.raw, place.noise))
    only_raw, only_noise = len(raw - noise), len(noise - raw)
    numbers = _numbers(place, groups, alpha) if place.noise and place.what == "value" and not place.declared else None
    return Row(
        place.of,
        place.pointer,
        place.what,
        _verdict(place, numbers, only_raw, only_noise, alpha),
        len(raw),
        len(noise),
        only_raw,
        only_noise,
        tuple(each.subject for each in place.raw[:SHOWN]),
        tuple(sorted(place.members)[:SHOWN]),
        numbers,
    )


def _verdict(place: _Place, numbers: Moved | None, only_raw: int, only_noise: int, alpha: float) -> Verdict:
    if place.declared:
        return "declared"
    if not place.noise:
        return "differs"
    if numbers is not None and numbers.moved:
        return "differs"
    if only_raw <= only_noise:
        return "undecided" if numbers is not None and not numbers.enough else "noise"
    raw, noise = len(place.raw), len(place.noise)
    sure = sign_test(only_raw, only_noise) <= alpha and (raw - noise) / (raw + noise) > RELATIVE
    return "differs" if sure else "undecided"


def sign_test(more: int, fewer: int) -> float:
    """The probability of so many or more of all tosses of a fair coin."""
    tosses = more + fewer
    whole = math.lgamma(tosses + 1) - tosses * math.log(2)
    ways = (math.lgamma(heads + 1) + math.lgamma(tosses - heads + 1) for heads in range(more, tosses + 1))
    return math.fsum(math.exp(whole - each) for each in ways)


def _numbers(place: _Place, groups: Mapping[tuple[str, str], Sequence[Observation]], alpha: float) -> Moved | None:
    """The place's numbers in all three arms, one of each subject; None where something that is no number stands there."""
    root = next(each.root for each in place.noise)
    pointer = place.pointer.removeprefix(root)
    arms: tuple[list[float], list[float], list[float]] = ([], [], [])
    for each in groups[place.of, root]:
        found = [_values(document, pointer) for document in (each.baseline, each.repeat, each.candidate)]
        if any(type_of(value) != "number" for values in found for value in values):
            return None
        if all(found):
            # Values of one subject depend on each other: it counts once.
            for arm, values in zip(arms, found, strict=True):
                arm.append(math.fsum(values) / len(values))
    return moved(*arms, alpha) if arms[0] else None


def _values(document: Any, pointer: str) -> list[Any]:
    return [] if document is ABSENT else all_at_pointer(document, pointer)
