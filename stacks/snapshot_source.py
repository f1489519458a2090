"""What the twin stack is made from:

the snapshot's manifest and objects, checked against the settings before anything is synthesized.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.manifest import read_manifest
from twinstage_constructs.names import LONGEST_NAME, RunNames
from twinstage_constructs.recorder_layer import shadowing_modules
from twinstage_constructs.run_boundary import MOST_ZONES, ZONES_A_NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from stacks.settings import Settings
    from twinstage.model.manifest import Manifest


def read_snapshot(settings: Settings) -> Manifest:
    """The manifest that `settings.snapshot` names.

    Raises InputError with every problem: a manifest that is none, a function's code that is not among the objects, a
    candidate for a function that production does not have, code that would run unrecorded, names that become too long, zones that one VPC cannot hold
    side by side.
    """
    snapshot, objects = settings.path("snapshot"), settings.path("objects")
    file = str(snapshot)
    try:
        document = json.loads(snapshot.read_bytes())
    except ValueError as error:
        raise InputError([InputProblem(file, 0, "", f"not JSON: {error}", "give a snapshot's manifest")]) from error
    manifest = read_manifest(document, file)
    problems = [
        *_code_problems(file, manifest, objects),
        *_candidate_problems(manifest, settings),
        *_recorder_problems(file, manifest, settings),
        *_name_problems(file, manifest, settings),
        *_zone_problems(file, manifest, settings),
    ]
    if problems:
        raise InputError(problems)
    return manifest


def _code_problems(file: str, manifest: Manifest, objects: Path) -> Iterator[InputProblem]:
    for index, function in enumerate(manifest.functions):
        package, message = objects / function.code.sha256, ""
        if not package.is_file():
            message = f"the code of {function.name} is not in {objects}"
        elif sha256_hex(package.read_bytes()) != function.code.sha256:
            message = f"{package} was changed after it was captured"
        if message:
            place = f"/content/functions/{index}/code/sha256"
            yield InputProblem(file, 0, place, message, "give the snapshot's own objects")


def _candidate_problems(manifest: Manifest, settings: Settings) -> Iterator[InputProblem]:
    known = sorted(function.name for function in manifest.functions)
    for name in settings.candidate:
        if name not in known:
            yield InputProblem(
                "context",
                0,
                f"/twinstage:candidate/{name}",
                f"production has no function {name}",
                f"its functions are {', '.join(known)}",
            )


def _recorder_problems(file: str, manifest: Manifest, settings: Settings) -> Iterator[InputProblem]:
    """Packages in which a clone would find another recorder, or another AWS SDK, than the one that is recorded."""
    for index, function in enumerate(manifest.functions):
        package = settings.path("objects") / function.code.sha256
        if not package.is_file():
            continue
        place = f"/content/functions/{index}/code"
        try:
            with zipfile.ZipFile(package) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile as error:
            yield InputProblem(file, 0, place, f"the code of {function.name} is no zip: {error}", "capture it again")
            continue
        yield from _shadowing(file, place, function.name, names)
    for name, change in settings.candidate.items():
        names = [path.relative_to(change.code).as_posix() for path in change.code.rglob("*")]
        yield from _shadowing("context", f"/twinstage:candidate/{name}/code", name, names)


def _shadowing(file: str, place: str, function: str, names: Iterable[str]) -> Iterator[InputProblem]:
    for module in shadowing_modules(names):
        message = f"the code of {function} brings its own {module}: its calls would not be recorded"
        yield InputProblem(file, 0, place, message, f"leave {module} out: the runtime has it, or the recorder's layer")


def _name_problems(file: str, manifest: Manifest, settings: Settings) -> Iterator[InputProblem]:
    names, arm = RunNames(settings.run), max(settings.arms, key=len)
    for index, function in enumerate(manifest.functions):
        twin = names.of_arm(arm, function.name)
        if len(twin) > LONGEST_NAME:
            yield InputProblem(
                file,
                0,
                f"/content/functions/{index}/name",
                f"{twin} is longer than the {LONGEST_NAME} characters of a function's name",
                f"use a run id that is {len(twin) - LONGEST_NAME} shorter",
            )


def _zone_problems(file: str, manifest: Manifest, settings: Settings) -> Iterator[InputProblem]:
    names = Counter(zone.name for zone in manifest.zones)
    for index, zone in enumerate(manifest.zones):
        if names[zone.name] > 1:
            yield InputProblem(
                file,
                0,
                f"/content/zones/{index}/name",
                f"{zone.name} appears more than once, and one VPC holds one private zone of a name",
                "capture one of them",
            )
    most = MOST_ZONES - ZONES_A_NOTICE * len(settings.approval_notices)
    if len(manifest.zones) > most:
        yield InputProblem(
            file, 0, "/content/zones", f"{len(manifest.zones)} zones, at most {most}", "capture fewer zones"
        )
