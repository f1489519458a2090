"""The environment of a cloned function: rewritten to the twin, kept because the scenario says so, or withheld.

Reading a function's configuration leaks whatever its environment holds, so cloning fails closed: a value that names
nothing of the twin is replaced by a placeholder, and each such substitution is listed with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.tokens import names_in, replace_tokens
from twinstage.model.twin import twin_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from twinstage.model.manifest import FunctionManifest, Manifest

WITHHELD = "withheld-by-twinstage"
RESERVED_PREFIXES = ("AWS_", "TWINSTAGE_")
_REWRITTEN = "production's names rewritten to the twin's: {}"
_UNKNOWN = "names nothing of the twin, and the scenario does not keep it"
_PROCESSOR = "{} in production: the embedded AWS runs functions on this machine's processor, {}"
_LEFT_OUT = {
    "VpcConfig": "left out: a clone stands in no VPC, since production's subnets and groups are not in the twin",
    "Description": "a clone's description tells whose twin it is",
    "KMSKeyArn": "left out: production's key is not the twin's to use, and the environment holds no secret",
    "TracingConfig": "left out: the recorder tells every call, and a trace would leave the twin",
    "DeadLetterConfig": "left out: nothing of a twin goes to a queue or topic of production",
    "SnapStart": "left out: a clone runs the code as it is published last, which has no snapshot",
    "LoggingConfig": "a clone logs as plain text into the group of its own name, which goes with the twin",
    "ReservedConcurrentExecutions": "left out unless the settings reserve some: the twin's account has a pool of its own",
    "ProvisionedConcurrency": "left out: a rehearsal measures code, not what is kept warm",
    "EventInvokeConfigs": "left out: events are invoked one by one and waited for, and nothing goes to a destination of production",
    "Tags": "a clone carries the tags of its run, by which it is found again",
}
_VERSIONS = (
    "left out: a clone is its function as it was published last; who calls a version or an alias of it is refused"
)
_WITHHELD = "its value never entered the snapshot"


@dataclass(frozen=True)
class Substitution:
    """One thing of a clone that differs from production's, and why: an environment variable, or a part of the configuration."""

    name: str
    reason: str


@dataclass(frozen=True)
class Rewritten:
    """The twin's environment, and what in it is not production's, in the order of the names."""

    values: dict[str, str]
    substitutions: tuple[Substitution, ...]


def clone_names(manifest: Manifest, *, run: str, arm: str, ids: Mapping[str, str], account: str) -> dict[str, str]:
    """What production's names become in the environment of one arm's clones.

    Tables and functions become this arm's, the ids of zones and health checks those of `ids` (production's -> the twin's,
    perhaps CDK tokens), production's account the twin's `account`. Zone names stay: the twin has them too.
    """
    zone_names = [name for zone in manifest.zones for name in (zone.name, zone.name.rstrip("."))]
    renamed = [table.name for table in manifest.tables] + [function.name for function in manifest.functions]
    return {
        **{name: name for name in zone_names},
        manifest.captured["account"]: account,
        **{name: twin_name(run, arm, name) for name in renamed},
        **ids,
    }


def rewrite_environment(
    environment: Mapping[str, str], names: Mapping[str, str], keep: Collection[str] = ()
) -> Rewritten:
    """The environment a clone gets.

    `names` maps production's names and ids to the twin's; the twin's may be CDK tokens: they are inserted, never read.
    A name that is the same in the twin maps to itself. A variable in `keep` passes unchanged, even where its value names
    a thing of production. A variable that passes unchanged is no substitution. Raises InputError, with every offender,
    for names that belong to Lambda or to Twinstage.
    """
    problems = [
        InputProblem("environment", 0, f"/{name}", f"{name} is a reserved name", "rename the variable")
        for name in environment
        if name.startswith(RESERVED_PREFIXES)
    ]
    if problems:
        raise InputError(problems)
    values: dict[str, str] = {}
    substitutions: list[Substitution] = []
    for name, value in sorted(environment.items()):
        known = sorted(names_in(value, names))
        if name in keep:
            values[name] = value
        elif known:
            values[name] = replace_tokens(value, names)
        else:
            values[name] = WITHHELD
        if values[name] != value:
            substitutions.append(Substitution(name, _REWRITTEN.format(", ".join(known)) if known else _UNKNOWN))
    return Rewritten(values, tuple(substitutions))


def clone_substitutions(
    function: FunctionManifest, names: Mapping[str, str], keep: Collection[str] = (), architecture: str | None = None
) -> tuple[Substitution, ...]:
    """All that a clone of `function` has otherwise than production: `Environment.<variable>`, members of its configuration, `Versions`, `Aliases`.

    `architecture` is what the clones run on where that is not each function's own.
    """
    environment = rewrite_environment(function.environment, names, keep).substitutions
    reasons = {variable.name: variable.reason for variable in environment} | dict.fromkeys(function.withheld, _WITHHELD)
    found = [Substitution(f"Environment.{name}", reason) for name, reason in sorted(reasons.items())]
    if architecture not in (None, function.architecture):
        found.append(Substitution("Architectures", _PROCESSOR.format(function.architecture, architecture)))
    found += [Substitution(field, reason) for field, reason in _LEFT_OUT.items() if field in function.configuration]
    found += [
        Substitution(field, _VERSIONS)
        for field, held in (("Versions", function.versions), ("Aliases", function.aliases))
        if held
    ]
    return tuple(found)
