"""A stress in words: rates, times, shares, and what each resource and quota is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.report.documents import text_of
from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.report.stress import StressArm
    from twinstage.stress.analysis.diagnosis import ChangePoint
    from twinstage.stress.analysis.estimate import Estimate

NONE = "—"
_UNITS = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
_MINUTES = 120.0
_ARRIVALS = {"even": "evenly spaced", "poisson": "as a Poisson process"}
_MEMBERS = {
    "users": "{} users",
    "think_s": "each thinking {}",
    "rate_per_s": "{} /s",
    "peak_per_s": "peak {} /s",
    "from_per_s": "from {} /s",
    "to_per_s": "to {} /s",
    "by_per_s": "by {} /s",
    "factor": "each {} times the one before",
    "level_s": "levels of {}",
    "before_s": "{} before",
    "peak_s": "{} at the peak",
    "after_s": "{} after",
    "scale": "{} times as fast",
    "for_s": "for {}",
}


def rate(per_s: float | None) -> str:
    """Requests a second, with three significant digits; a dash for none."""
    return NONE if per_s is None else f"{figure(per_s)} /s"


def figure(value: float | None) -> str:
    """A figure with three significant digits, thousands set apart; a dash for none."""
    if value is None:
        return NONE
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 three digits


def seconds(value: float | None) -> str:
    """A time in the unit that it reads best in: `850 µs`, `12.5 ms`, `3.2 s`, `4 min`; a dash for none."""
    if value is None:
        return NONE
    if value == 0:
        return "0 s"
    if value >= _MINUTES:
        return f"{figure(value / 60)} min"
    size, unit = next((each for each in reversed(_UNITS) if abs(value) >= each[0] * 0.9995), _UNITS[0])
    return f"{figure(value / size)} {unit}"


def interval(estimate: Estimate | None) -> str:
    """`40 /s (38 to 43)`; a dash for none."""
    if estimate is None:
        return NONE
    return f"{rate(estimate.value)} ({figure(estimate.low)} to {figure(estimate.high)})"


def bottleneck(arm: StressArm) -> str:
    """The resource that gave way first, by its name; where there is none in range, that."""
    found = arm.diagnosis.bottleneck
    return "none in range" if found is None else clip(found.resource, 200)


def change(point: ChangePoint) -> str:
    """From when on a series has another mean, and whether the load explains it."""
    why = (
        "which the load does not explain"
        if point.level_per_s is None
        else f"where the level of {rate(point.level_per_s)} begins"
    )
    told = f"{figure(point.before)} to {figure(point.after)}"
    return f"{clip(point.series, 100)}: from {told} at {seconds(point.at_s)}, {why}"


def load_words(profile: Mapping[str, Any]) -> str:
    """A load's document in a line: `breakpoint from 1 /s to 200 /s, each 1.3 times the one before, for 30 s each, evenly spaced`."""
    said = [words.format(_measured(member, profile[member])) for member, words in _MEMBERS.items() if member in profile]
    if arrivals := _ARRIVALS.get(text_of(profile.get("arrivals"))):
        said.append(arrivals)
    kind = "closed" if profile.get("model") == "closed" else clip(text_of(profile.get("profile")), 40)
    return f"{kind} {', '.join(said)}".replace(", to ", " to ", 1)


def _measured(member: str, value: Any) -> str:
    if not isinstance(value, int | float):
        return clip(text_of(value), 40)
    return seconds(value) if member.endswith("_s") and not member.endswith("per_s") else figure(value)
