"""The load that `twinstage stress` is given by options: which of them make which profile, and everything that is wrong with them at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from twinstage.model.errors import InputProblem
from twinstage.model.load_profile import CLOSED, EVEN, POISSON, load_contradictions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RECORDED: Final = "recorded"
PROFILES: Final[Mapping[str, Mapping[str, str]]] = {
    "constant": {"--rate": "rate_per_s", "--for": "for_s"},
    "soak": {"--rate": "rate_per_s", "--for": "for_s"},
    "ramp": {"--from": "from_per_s", "--to": "to_per_s", "--for": "for_s"},
    "step": {"--from": "from_per_s", "--to": "to_per_s", "--by": "by_per_s", "--level": "level_s"},
    "breakpoint": {"--from": "from_per_s", "--to": "to_per_s", "--factor": "factor", "--level": "level_s"},
    "spike": {"--rate": "rate_per_s", "--peak": "peak_per_s", "--for": "before_s", "--peak-for": "peak_s"},
    RECORDED: {"--scale": "scale"},
    CLOSED: {"--users": "users", "--think": "think_s", "--for": "for_s"},
}
"""The options that a profile is made of, each with the member of the load's document that it is."""
_DEFAULTS: Final[Mapping[str, float]] = {"--for": 60.0, "--level": 30.0, "--peak-for": 10.0}
_OPTIONAL: Final = ("--factor", "--think", "--scale")
_MAY_BE_NONE: Final = ("--think", "--from")
_MOST: Final[Mapping[str, float]] = {
    "--for": 86_400.0,
    "--level": 86_400.0,
    "--peak-for": 86_400.0,
    "--think": 86_400.0,
    "--users": 10_000,
}
_MOST_PER_S: Final = 1e6
_UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class LoadOptions:
    """What was given: the profile's name, the arrivals, the seed, and the figures by their options."""

    profile: str | None
    arrivals: str | None
    seed: int | None
    figures: Mapping[str, float]

    @property
    def given(self) -> bool:
        """Whether any of them was: else the load is the scenario's own."""
        return self.profile is not None or bool(self.figures)

    def document(self) -> tuple[dict[str, Any], list[InputProblem]]:
        """The load's document, and what is wrong with it. The profile follows from the figures where it was not named."""
        name = self._name()
        members, problems = PROFILES[name], _out_of_range(self.figures)
        strange = sorted(option for option in self.figures if option not in members)
        problems += [
            _problem(option, f"means nothing for a {name} load", f"a {name} load takes {', '.join(members)}")
            for option in strange
        ]
        if name in (CLOSED, RECORDED) and self.arrivals is not None:
            problems.append(_problem("--arrivals", f"a {name} load has none of its own", "leave it out"))
        figures = {**{each: _DEFAULTS[each] for each in members if each in _DEFAULTS}, **self.figures}
        missing = [option for option in members if option not in figures and option not in _OPTIONAL]
        problems += [_problem(option, f"a {name} load needs it", f"give {option}") for option in missing]
        document: dict[str, Any] = {member: figures[each] for each, member in members.items() if each in figures}
        if problems:
            return document, problems
        if name == CLOSED:
            return {"model": CLOSED, **document, "users": int(document["users"])}, []
        if name == "spike":
            document["after_s"] = document["before_s"]
        document = {"profile": name, **document}
        if name != RECORDED:
            document |= {"arrivals": self.arrivals or EVEN, "seed": self.seed or 0}
        options = {member: option for option, member in members.items()}
        found = load_contradictions(document)
        return document, [
            _problem(options.get(pointer.removeprefix("/"), "--profile"), message, "give other figures")
            for pointer, message in found
        ]

    def words(self) -> list[str]:
        """The options again, as a command has them."""
        named = ["--profile", self.profile] if self.profile else []
        figures = [word for option, value in self.figures.items() for word in (option, f"{value:.12g}")]
        arrivals = ["--arrivals", self.arrivals] if self.arrivals else []
        return [*named, *figures, *arrivals, *(["--seed", str(self.seed)] if self.seed is not None else [])]

    def _name(self) -> str:
        if self.profile is not None:
            return self.profile
        if "--users" in self.figures:
            return CLOSED
        if "--peak" in self.figures:
            return "spike"
        if "--by" in self.figures:
            return "step"
        if "--scale" in self.figures:
            return RECORDED
        return "constant" if "--rate" in self.figures else "breakpoint"


class _Seconds(click.ParamType[float]):
    """Seconds, or a number with a unit: 30, 30s, 500ms, 5m, 2h."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        unit = next((unit for unit in _UNITS if text.endswith(unit)), "")
        try:
            return float(text.removesuffix(unit)) * _UNITS.get(unit, 1.0)
        except ValueError:
            self.fail(f"{value!r} is no time: give seconds, or a number with ms, s, m or h", param, ctx)


def load_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make a load."""
    per_s: dict[str, Any] = {"type": float, "metavar": "PER_S"}
    several: Sequence[Callable[..., Any]] = [
        click.option(
            "--profile",
            type=click.Choice([name for name in PROFILES if name != CLOSED]),
            help="How the arrival rate goes.  [default: what the figures say, such as breakpoint for --from and --to]",
        ),
        click.option("--rate", **per_s, help="constant, soak, spike: requests a second."),
        click.option("--from", "from_", **per_s, help="ramp, step, breakpoint: the first rate."),
        click.option("--to", **per_s, help="ramp, step, breakpoint: the last rate."),
        click.option("--by", **per_s, help="step: from level to level."),
        click.option("--factor", type=float, help="breakpoint: from level to level.  [default: 1.3]"),
        click.option("--level", type=_Seconds(), help="step, breakpoint: how long a level lasts.  [default: 30s]"),
        click.option(
            "--for", "for_", type=_Seconds(), help="The others: how long; spike: before and after.  [default: 60s]"
        ),
        click.option("--peak", **per_s, help="spike: the rate of the peak."),
        click.option("--peak-for", type=_Seconds(), help="spike: how long the peak lasts.  [default: 10s]"),
        click.option("--scale", type=float, help="recorded: so many times as fast.  [default: 1]"),
        click.option("--users", type=int, help="A closed load: so many, each asking again after its answer."),
        click.option(
            "--think", type=_Seconds(), help="A closed load: from an answer to the next question.  [default: 0s]"
        ),
        click.option("--arrivals", type=click.Choice([EVEN, POISSON]), help="How open loads arrive.  [default: even]"),
        click.option("--seed", type=int, help="Of all that is drawn: the same seed, the same load.  [default: 0]"),
    ]
    for option in reversed(several):
        command = option(command)
    return command


def options_of(given: dict[str, Any]) -> LoadOptions:
    """The load's options out of all of a command's parameters; they are taken from `given`."""
    names = ("rate", "from_", "to", "by", "factor", "level", "for_", "peak", "peak_for", "scale", "users", "think")
    named = {name: given.pop(name) for name in names}
    figures = {
        f"--{name.strip('_').replace('_', '-')}": float(value) for name, value in named.items() if value is not None
    }
    return LoadOptions(given.pop("profile"), given.pop("arrivals"), given.pop("seed"), figures)


def _out_of_range(figures: Mapping[str, float]) -> list[InputProblem]:
    found = []
    for option, value in figures.items():
        most = _MOST.get(option, _MOST_PER_S)
        low = value < 0 if option in _MAY_BE_NONE else value <= 0
        if low or not math.isfinite(value) or value > most:
            least = "0 or more" if option in _MAY_BE_NONE else "above 0"
            found.append(_problem(option, f"{value:g} is out of range", f"{least}, and at most {most:,.0f}"))
        elif option == "--factor" and value <= 1:
            found.append(_problem(option, f"{value:g} is out of range", "above 1"))
    return found


def _problem(option: str, message: str, hint: str) -> InputProblem:
    return InputProblem(option, 0, "", message, hint)
