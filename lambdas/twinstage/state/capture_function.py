"""Functions of production, checked for secrets and stored: configuration, code, versions and aliases."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.manifest import FunctionManifest, FunctionVersion
from twinstage.state.secrets import secret_problems, withheld
from twinstage.state.snapshot import put_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.state.masking import Masking
    from twinstage.state.sources import Sources
    from twinstage.world.interface import Definition, Functions
    from twinstage.world.store import Store


@dataclass(frozen=True)
class Environments:
    """What becomes of environment values. `withhold` names variables by function."""

    withhold: Mapping[str, frozenset[str]] = field(default_factory=dict)
    masking: Masking | None = None

    def of(self, function: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration as it enters the snapshot."""
        environment = configuration["Environment"]
        if self.masking is not None:
            environment = self.masking.environment(function, environment)
        return {**configuration, "Environment": withheld(environment, self.withhold.get(function, frozenset()))}

    def problems(self, function: str, place: str, configuration: Mapping[str, Any]) -> Iterator[InputProblem]:
        """The values that look like secrets and would enter the snapshot."""
        environment = configuration["Environment"]
        if self.masking is not None:
            environment = self.masking.left_open(function, environment)
        safe = self.withhold.get(function, frozenset())
        open_ = {name: value for name, value in environment.items() if name not in safe}
        return secret_problems(function, open_, f"{place}/Environment")


def capture_functions(
    functions: Functions, names: Iterable[str], store: Store, environments: Environments, sources: Sources, *, by: str
) -> list[FunctionManifest]:
    """Functions with what belongs to them, in the order of `names`. Nothing is stored where one of them has a problem.

    Raises InputError with every value that looks like a secret, of every function and version; with every variable to be
    withheld that is not there; and with every function that a snapshot cannot hold.
    """
    found: dict[str, Definition] = {}
    problems: list[InputProblem] = []
    for name in names:
        try:
            with sources.reading("functions", name, by):
                found[name] = functions.definition(name)
        except InputError as error:
            problems += error.problems
    problems += _unknown(environments.withhold, found)
    for name, definition in found.items():
        for place, configuration in _configurations(name, definition):
            problems += environments.problems(name, place, configuration)
    if problems:
        raise InputError(problems)
    return [_stored(name, definition, store, environments) for name, definition in found.items()]


def _stored(name: str, definition: Definition, store: Store, environments: Environments) -> FunctionManifest:
    held = {variable for _, c in _configurations(name, definition) for variable in c["Environment"]}
    manifest = FunctionManifest(
        name,
        environments.of(name, definition.configuration),
        put_bytes(store, definition.code),
        aliases=tuple(definition.aliases),
        withheld=tuple(sorted(environments.withhold.get(name, frozenset()) & held)),
    )
    versions = (
        FunctionVersion(version.version, environments.of(name, version.configuration), put_bytes(store, version.code))
        for version in definition.versions
    )
    return replace(manifest, versions=tuple(versions))


def _configurations(name: str, definition: Definition) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The configuration of the function and of each version, with its place."""
    yield f"/functions/{name}", definition.configuration
    for version in definition.versions:
        yield f"/functions/{name}/versions/{version.version}", version.configuration


def _unknown(withhold: Mapping[str, frozenset[str]], found: Mapping[str, Definition]) -> Iterator[InputProblem]:
    """What is to be withheld and is not there: a misspelt name must not let a value through."""
    for function in sorted(withhold):
        if function not in found:
            message = f"{function} is not captured: nothing of it can be withheld"
            yield InputProblem("capture", 0, "/withhold", message, "mend the name, or leave it out")
            continue
        held = {variable for _, c in _configurations(function, found[function]) for variable in c["Environment"]}
        for name in sorted(withhold[function] - held):
            message = f"{function} has no environment variable {name}"
            yield InputProblem("capture", 0, "/withhold", message, "mend the name, or leave it out")
