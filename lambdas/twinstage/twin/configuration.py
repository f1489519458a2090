"""Layered configuration: every setting has a value, and the layer that gave it.

From the weakest to the strongest: defaults, scenario (the `configuration` section of a file), environment (`TWINSTAGE_<SETTING>`), flags. What is unknown or no value of its setting
is one error with all of them, each with where it stands and the names that are nearest.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LayerName = Literal["default", "scenario", "environment", "flag"]
PREFIX: Final = "TWINSTAGE_"
FOREIGN: Final = frozenset({"TWINSTAGE_HOME", "TWINSTAGE_HANDLER", "TWINSTAGE_MASK_KEY"})
"""Variables of that prefix that are no settings: where keys lie, what the recorder runs, what tokens are made with."""
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_NEAREST: Final = 3


@dataclass(frozen=True)
class Setting:
    """One setting: its name, its default, what it is for, and how a value is read; `read` gives None for what is none. `of_twin`: it makes another twin of the same contract."""

    name: str
    default: Any
    description: str
    expected: str
    read: Callable[[Any], Any]
    of_twin: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{PREFIX}{self.name.upper()}"


@dataclass(frozen=True)
class Layer:
    """Values that one place gives, by the names that it calls them. `file` and `lines` say where each stands."""

    name: LayerName
    values: Mapping[str, Any]
    file: str
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SettingValue:
    """A setting's value, the layer that gave it, and where in it; `hidden` are the weaker layers that gave another, the strongest first."""

    setting: Setting
    value: Any
    layer: LayerName
    origin: str
    hidden: tuple[tuple[LayerName, Any], ...] = ()


@dataclass(frozen=True)
class Configuration:
    """Every setting, in the order of SETTINGS."""

    settings: tuple[SettingValue, ...]

    def __getitem__(self, name: str) -> Any:
        """The value of a setting. Raises KeyError where there is none of that name."""
        return self._by_name[name].value

    @property
    def _by_name(self) -> dict[str, SettingValue]:
        return {one.setting.name: one for one in self.settings}

    def of_twin(self) -> dict[str, Any]:
        """The settings that have a bearing on what a twin is."""
        return {one.setting.name: one.value for one in self.settings if one.setting.of_twin}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _place(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _whole(least: int) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        number = _number(value)
        return int(number) if number is not None and number == int(number) and number >= least else None

    return read


def _hours(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 < number <= _LONGEST_HOURS else None


def _number(value: Any) -> float | None:
    """A number, or the text of one, as environment and flags have them."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1 << 53 and math.isfinite(value) else None


_LONGEST_HOURS: Final = 24 * 366
SETTINGS: Final = (
    Setting("store", ".twinstage", "folder that holds twins, snapshots and runs", "a path", _place),
    Setting("registry", "", "DynamoDB table of the registry; empty: in the store", "a table's name", _text),
    Setting("owner", "", "who owns a twin; empty: as its contract says", "a text", _text),
    Setting("ttl_hours", 24.0, "how long a twin may stand", "hours above 0, at most 8784", _hours),
    Setting("sample_rows", 20, "rows of sample data in each table", "a whole number from 0", _whole(0), of_twin=True),
    Setting(
        "seed", 0, "what sample data and simulations are drawn from", "a whole number from 0", _whole(0), of_twin=True
    ),
)


def configuration(layers: Sequence[Layer], settings: Sequence[Setting] = SETTINGS) -> Configuration:
    """Every setting with the value of the strongest layer that has it; `layers` from the weakest on, without the defaults. Raises InputError with every problem of every layer."""
    problems = [problem for layer in layers for problem in _problems(layer, settings)]
    if problems:
        raise InputError(problems)
    return Configuration(tuple(_value_of(setting, layers) for setting in settings))


def of_environment(environment: Mapping[str, str]) -> Layer:
    """The layer of the environment: every variable of our prefix that is a setting's, or ought to be."""
    values = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in FOREIGN and value
    }
    return Layer("environment", values, "environment")


def of_scenario(document: Any, file: str, lines: Mapping[str, int]) -> Layer:
    """The layer of a file's `configuration`; without values where it has none. Raises InputError where that is no object."""
    found = document.get("configuration") if isinstance(document, Mapping) else None
    if found is not None and not isinstance(found, Mapping):
        line = lines.get("/configuration", 0)
        raise InputError([InputProblem(file, line, "/configuration", "must be an object", "give settings by name")])
    return Layer("scenario", found or {}, file, lines)


def _value_of(setting: Setting, layers: Sequence[Layer]) -> SettingValue:
    given: list[tuple[LayerName, Any, str]] = [("default", setting.default, "")]
    given += [
        (layer.name, setting.read(layer.values[setting.name]), _origin(layer, setting))
        for layer in layers
        if layer.values.get(setting.name) is not None
    ]
    name, value, origin = given[-1]
    return SettingValue(setting, value, name, origin, tuple((layer, old) for layer, old, _ in reversed(given[:-1])))


def _origin(layer: Layer, setting: Setting) -> str:
    match layer.name:
        case "environment":
            return setting.variable
        case "scenario":
            return f"{layer.file}:{layer.lines.get(f'/configuration/{setting.name}', 0)}"
        case _:
            return f"--set {setting.name}" if layer.name == "flag" else ""


def _problems(layer: Layer, settings: Sequence[Setting]) -> Iterator[InputProblem]:
    known = {setting.name: setting for setting in settings}
    for name, value in layer.values.items():
        place = f"/configuration/{name}" if layer.name == "scenario" else ""
        file = {"environment": f"{PREFIX}{name.upper()}", "flag": "--set"}.get(layer.name, layer.file)
        line = layer.lines.get(place, 0)
        if name not in known:
            near = difflib.get_close_matches(name, known, n=_NEAREST, cutoff=0.5)
            hint = f"nearest: {', '.join(near)}" if near else f"settings: {', '.join(known)}"
            yield InputProblem(file, line, place, f"there is no setting {name!r}", hint)
        elif value is not None and known[name].read(value) is None:
            message = f"{name} cannot be {value!r}"
            yield InputProblem(file, line, place, message, f"give {known[name].expected}")
