"""A scenario's `change.template`: read, lowered to functions, tables and records, and written into the compiled scenario with what of it is not rehearsed."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.reading import read_templates
from twinstage.model.archive import zip_files
from twinstage.model.canonical import sha256_hex
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError
from twinstage.model.reading.zip_archive import unpack, zip_faults
from twinstage.rehearse.change.lowering.lowered import Lowered, lower
from twinstage.rehearse.change.lowering.values import Bindings
from twinstage.rehearse.change.stacks import StackChange
from twinstage.world.dumps import ZoneDumps
from twinstage.world.signers import home_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.cli.scenario_checks import ScenarioChecker
    from twinstage.model.change_step import RecordsStep, TableStep
    from twinstage.rehearse.change.lowering.functions import CodeReference

PLACE: Final = ("change", "template")
# The one file of a function whose code stands in its template:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
INLINE: Final = "index.py"
_CODE_HINT: Final = "give the folder of its code in change.functions"


@dataclass(frozen=True)
class TemplateChange:
    """What a template's change comes to. `functions` are entries of `change.functions` by production's names, each with the folder of its code where that is another one."""

    stacks: StackChange
    functions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: tuple[TableStep | RecordsStep, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)

    def with_functions(
        self, given: Mapping[str, Mapping[str, Any]], checker: ScenarioChecker
    ) -> dict[str, dict[str, Any]]:
        """The functions that change, whatever a scenario gives of them by hand over what its template says. Code that neither gives is production's."""
        merged: dict[str, dict[str, Any]] = {name: dict(spec) for name, spec in self.functions.items()}
        for name, spec in given.items():
            held = merged.get(name, {})
            environment = {**held.get("environment", {}), **spec.get("environment", {})}
            merged[name] = {**held, **spec, **({"environment": environment} if environment else {})}
            if "code" not in merged[name]:
                merged[name]["code"] = checker.code("change", name)
        return merged


def check_template(checker: ScenarioChecker, zones: Path | None) -> TemplateChange | None:
    """What the section's template comes to, None where there is none; every problem of it is noted. `zones` is the folder of production's zones, where it is described."""
    said = checker.at(*PLACE)
    if not isinstance(said, dict):
        return None
    paths = [_path(checker, said, member) for member in ("against", "file")]
    if None in paths:
        return None
    try:
        stacks = read_stacks(*[path for path in paths if path])
        bindings = _bindings(checker, said, zones)
        lowered = lower(stacks.pairs, bindings)
    except InputError as error:
        checker.problems += error.problems
        return None
    functions = {name: _entry(checker, name, lowered) for name in sorted(lowered.functions)}
    return TemplateChange(stacks, functions, lowered.steps, _document(said, lowered))


def read_stacks(old: Path, new: Path) -> StackChange:
    """The templates at two paths, files or folders that `cdk synth` wrote; of two files whatever they are called. Raises InputError with the problems of both."""
    before, after = ({Path(each.file).name: each for each in read_templates(path)} for path in (old, new))
    if not old.is_dir() and not new.is_dir():
        [[_, one]], [[name, other]] = before.items(), after.items()
        before, after = {name: one}, {name: other}
    digests = [
        {name: f"sha256:{sha256_hex(Path(each.file).read_bytes())}" for name, each in held.items()}
        for held in (before, after)
    ]
    return StackChange(before, after, (digests[0], digests[1]))


def _path(checker: ScenarioChecker, said: Mapping[str, Any], member: str) -> Path | None:
    name = said.get(member)
    if not isinstance(name, str):
        return None
    path = checker.text.beside((*PLACE, member), name)
    if path.exists():
        return path
    checker.problem((*PLACE, member), f"{name} does not exist", f"looked for {path}")
    return None


def _bindings(checker: ScenarioChecker, said: Mapping[str, Any], zones: Path | None) -> Bindings:
    """What production calls things: as the section says, and by the ids of the zones that are described. Raises InputError for dumps that cannot be read."""
    listed = {zone.id: zone.name for zone in ZoneDumps(zones).zones()} if zones else {}
    given = {id_: canonical_name(name) for id_, name in _texts(said, "zones").items()}
    captured = {kind: frozenset(checker.captured(kind)) for kind in ("tables", "functions")}
    return Bindings(
        functions=_texts(said, "functions"),
        tables=_texts(said, "tables"),
        zones={**listed, **given},
        parameters=_texts(said, "parameters"),
        zone_ids={**{name: id_ for id_, name in given.items()}, **{name: id_ for id_, name in listed.items()}},
        captured={**captured, "zones": frozenset(map(canonical_name, checker.captured("zones")))},
    )


def _texts(said: Mapping[str, Any], member: str) -> dict[str, str]:
    held = said.get(member)
    return {name: str(value) for name, value in held.items()} if isinstance(held, dict) else {}


def _entry(checker: ScenarioChecker, name: str, lowered: Lowered) -> dict[str, Any]:
    """A function's entry of `change.functions`; what is missing in it is noted, unless the section gives it by hand."""
    file, found = lowered.functions[name]
    own = checker.at("change", "functions", name)
    given = own if isinstance(own, dict) else {}
    by_hand = {*given, *(["environment"] if "unset" in given else []), *(given.get("environment") or {})}
    for each in (*found.unresolved, *found.untold):
        if each not in by_hand:
            message = f"{Path(file).name}: nothing tells what {each} of {name} comes to"
            hint = "give it in change.functions, or a parameter in change.template.parameters"
            checker.problem(PLACE, message, hint)
    entry = dict(found.settings)
    if found.code is not None and "code" not in given:
        entry["code"] = _code(checker, name, found.code, Path(file).parent)
    elif "code" not in given:
        entry["code"] = checker.code("change", name)
    return entry


def _code(checker: ScenarioChecker, name: str, code: CodeReference, beside: Path) -> Path | None:
    """The folder of a function's new code: an asset as it stands, everything else laid out."""
    if code.inline is not None:
        return _laid_out(zip_files({INLINE: code.inline.encode()}))
    told = code.path or _assets(beside).get(code.key or "")
    path = beside / told if told else None
    if path is not None and path.is_dir():
        return path
    if path is None or not path.is_file():
        checker.problem(PLACE, f"nothing tells where the new code of {name} is", _CODE_HINT)
        return None
    content = path.read_bytes()
    if faults := zip_faults(content):
        checker.problem(PLACE, f"the new code of {name}, {path.name}: {'; '.join(faults)}", _CODE_HINT)
        return None
    return _laid_out(content)


def _assets(assembly: Path) -> dict[str, str]:
    """Object key -> path of every file that an assembly's manifests of assets upload."""
    found = {}
    for file in sorted(assembly.glob("*.assets.json")):
        held = json.loads(file.read_bytes()).get("files", {})
        for asset in held.values():
            for place in asset.get("destinations", {}).values():
                found[str(place.get("objectKey"))] = str(asset.get("source", {}).get("path"))
    return found


def _laid_out(package: bytes) -> Path:
    """A package's files in a folder of this user's that is named after its content, and stays: what is deployed is packed from folders."""
    folder = home_directory(os.environ) / "code" / sha256_hex(package)
    unpack(package, folder)
    return folder


def _document(said: Mapping[str, Any], lowered: Lowered) -> dict[str, Any]:
    """The section as a compiled scenario carries it."""
    return {
        **said,
        "not_rehearsed": [each.document() for each in lowered.not_lowered],
        "roles": [each.document() for each in lowered.roles],
    }


def with_template(
    document: Mapping[str, Any], template: TemplateChange | None, candidate: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """A scenario's document with the functions that its template changes, and what is to be told of it."""
    if template is None:
        return document
    functions = {name: dict(_told(spec)) for name, spec in candidate.items()}
    changed = {**({"functions": functions} if functions else {}), "template": template.document}
    return {**document, "change": {**document["change"], **changed}}


def _told(spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """An entry as a document has it: code by the name of its folder."""
    for member, value in spec.items():
        yield member, value.name if isinstance(value, Path) else value
