"""The options of `twinstage stress`, read: what does not go together is told at once, and the command that does it again is put together from them."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from click.core import ParameterSource

from twinstage.cli.commands.rehearse import writable
from twinstage.cli.stress_load import options_of
from twinstage.cli.stress_section import StressOptions
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.stress_config import MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import click

_NOT_AGAIN: Final = ("out", "as_json")
_NEVER_OUTSIDE: Final = ("--snapshot", "--world", "--arm", "--function", "--table", "--zone", "--unsigned")
_MOST_GENERATORS: Final = 64
_WAYS: Final = "a SCENARIO, a --snapshot with a --function, --table or --zone, a --machine, or a --url"


@dataclass(frozen=True)
class Asked:
    """What was asked: exactly one of a scenario, a snapshot's target (`reference`), a data product's machine and an address. `command` does it again."""

    scenario: str | None
    machine: Path | None
    url: str | None
    reference: str | None
    arm: str | None
    options: StressOptions
    store: Path
    out: Path | None
    unsigned: bool
    as_json: bool
    command: str

    @property
    def seeded(self) -> dict[str, int]:
        """The seed over the scenario's own, where one was given."""
        return {} if self.options.load.seed is None else {"seed": self.options.load.seed}

    @property
    def bare_section(self) -> dict[str, Any]:
        """What is asked of a function of which nothing was recorded: an empty event."""
        return {"requests": [{}]} if "function" in self.options.target and self.options.requests is None else {}

    def place(self, name: str) -> Path:
        """The folder for the results, which can be written to. Raises InputError where it cannot."""
        found = self.out or self.store / "stress" / "".join(c if c.isalnum() or c in "-._" else "-" for c in name)
        writable(found)
        return found

    def check_arms(self, arms: Sequence[str]) -> None:
        """Raises InputError where the scenario lacks the arm that was asked for."""
        if self.arm not in (None, "both", *arms):
            raise InputError([InputProblem("--arm", 0, "", f"there is no {self.arm}", f"there is {', '.join(arms)}")])


def asked_of(given: dict[str, Any], context: click.Context) -> Asked:
    """What the parameters say. Raises InputError with everything that does not go together."""
    recorded = given["scale"] is not None or given["profile"] == "recorded"
    load = options_of(given)
    named = {name: given[name] for name in ("function", "table", "zone") if given[name] is not None}
    target = {**named, **({"operation": given["operation"]} if given["operation"] is not None else {})}
    options = StressOptions(
        load=load,
        target=target if named else {},
        world=given["world"],
        requests=given["requests"],
        generators=given["generators"],
        p99_ms=given["p99_ms"],
        failed=given["failed"],
        target_per_s=given["target_rate"],
        settings=given["settings"],
    )
    if problems := _problems(given, named, context, recorded=recorded):
        raise InputError(problems)
    return Asked(
        scenario=given["scenario"],
        machine=given["machine"],
        url=given["url"],
        reference=given["reference"],
        arm=given["arm"],
        options=options,
        store=given["store"],
        out=given["out"],
        unsigned=given["unsigned"],
        as_json=given["as_json"],
        command=command(context),
    )


def command(context: click.Context) -> str:
    """What was called, with every option that was given but those that say where results go."""
    words = ["twinstage", "stress"]
    for parameter in context.command.params:
        name = str(parameter.name)
        value = context.params.get(name)
        if name in _NOT_AGAIN or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if parameter.param_type_name == "argument":
            words.append(str(value))
        else:
            flag = getattr(parameter, "is_flag", False)
            words += [parameter.opts[0]] if flag else [parameter.opts[0], _text(value)]
    return " ".join(map(shlex.quote, words))


def _text(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _problems(
    given: dict[str, Any], named: dict[str, str], context: click.Context, *, recorded: bool
) -> list[InputProblem]:
    return [
        InputProblem(option, 0, "", message, hint)
        for found in (_what(given, named), _of_an_address(given, context, recorded=recorded), _of_others(given))
        for option, message, hint in found
    ]


def _what(given: dict[str, Any], named: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Exactly one thing is stressed."""
    snapshot, others = given["reference"], [given[name] for name in ("scenario", "machine", "url")]
    several = sum(each is not None for each in others)
    if not several and snapshot is None:
        yield "stress", "nothing to stress is given", _WAYS
    if several > 1:
        yield "stress", "one thing at a time", _WAYS
    if len(named) > 1:
        yield "--" + " --".join(named), "one target at a time", "give one of them"
    if snapshot is not None and not several and not named:
        yield "--snapshot", "which of its functions, tables or zones?", "give --function, --table or --zone"
    if (given["operation"] is not None) != (given["table"] is not None):
        both = "give both, such as --table plans --operation PutItem"
        yield "--operation", "--table and --operation go together", both


def _of_an_address(given: dict[str, Any], context: click.Context, *, recorded: bool) -> Iterator[tuple[str, str, str]]:
    """What means nothing for an address or a data product's machine."""
    option = "--url" if given["url"] is not None else "--machine"
    if given["url"] is None and given["machine"] is None:
        return
    for parameter in context.command.params:
        called = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
        if called and parameter.opts[0] in _NEVER_OUTSIDE:
            yield parameter.opts[0], f"means nothing with {option}", "leave it out"
    if recorded:
        yield "--profile", "nothing was recorded of it", "take another profile"


def _of_others(given: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if given["arm"] is not None and all(given[name] is None for name in ("scenario", "machine", "url")):
        yield "--arm", "only a SCENARIO has arms", "leave it out"
    for option, name in (("--p99-ms", "p99_ms"), ("--failed", "failed"), ("--target-rate", "target_rate")):
        # The schema tells of every other figure that is none; of these it would take infinity.
        if given[name] is not None and not math.isfinite(given[name]):
            yield option, f"{given[name]} is no finite figure", "give a number"
    generators = given["generators"]
    if generators is not None and not 1 <= generators <= _MOST_GENERATORS:
        yield "--generators", f"{generators} is out of range", f"1 to {_MOST_GENERATORS}"
    elif generators is not None and generators > 1 and given["world"] == MEMORY:
        yield "--generators", "in memory one generator drives everything", "leave it out, or give --world twin"
