"""What a twin is made from: a snapshot's manifest, the packages of its functions, and what the candidate changes; checked before anything is synthesized."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.manifest import read_manifest
from twinstage_constructs.names import LONGEST_NAME, RunNames
from twinstage_constructs.recorder_layer import shadowing_modules
from twinstage_constructs.run_boundary import most_zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.manifest import Manifest

_ID = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class CandidateFunction:
    """The candidate's version of one of production's functions.

    `environment` is the candidate's own, over production's without the variables of `unset`; timeout and memory None: production's.
    """

    code: Path
    handler: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    timeout_s: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True)
class TwinSnapshot:
    """A snapshot's manifest, read from `file`, and the directory that holds its functions' packages by SHA-256."""

    manifest: Manifest
    objects: Path
    file: str

    @classmethod
    def from_store(cls, snapshot: str, store: str | Path = ".twinstage") -> TwinSnapshot:
        """The snapshot of a store whose id begins so. Raises InputError where there is none, or more than one."""
        wanted, place = snapshot.removeprefix("sha256:"), Path(store)
        found = [path for path in sorted(place.glob("snapshots/*.json")) if path.stem.startswith(wanted)]
        manifests = [path for path in found if _ID.fullmatch(path.stem)]
        if len(manifests) != 1 or not wanted:
            message = f"{len(manifests)} snapshots begin with {snapshot!r}"
            mend = "give the beginning of an id: `twinstage snapshot list` shows them"
            raise InputError([InputProblem(str(place), 0, "", message, mend)])
        return cls.from_file(manifests[0], place / "objects")

    @classmethod
    def from_file(cls, manifest: str | Path, objects: str | Path) -> TwinSnapshot:
        """Read a manifest. `objects` is the directory of its parts, by SHA-256.

        Raises InputError where it is no manifest, and OSError where it cannot be read.
        """
        path = Path(manifest)
        file = str(path)
        try:
            document = json.loads(path.read_bytes())
        except ValueError as error:
            raise InputError([InputProblem(file, 0, "", f"not JSON: {error}", "give a snapshot's manifest")]) from error
        return cls(read_manifest(document, file), Path(objects), file)

    def package(self, sha256: str) -> bytes:
        """A function's zip, byte for byte."""
        return (self.objects / sha256).read_bytes()

    def check(
        self,
        *,
        run: str,
        arms: Sequence[str],
        candidate: Mapping[str, CandidateFunction],
        notices: int = 0,
        shapes: bool = False,
    ) -> None:
        """Raise InputError with everything that keeps a twin of run `run` from being made of this. `notices` is on how many topics and buses people are told; `shapes` whether the change gives tables another schema.

        A function's code that is not among the objects, a candidate for a function that production does not have, code that would run unrecorded, names that become too long, zones that
        one VPC cannot hold side by side.
        """
        problems = [
            *self._code_problems(),
            *self._candidate_problems(candidate),
            *self._recorder_problems(candidate),
            *self._name_problems(RunNames(run), max(arms, key=len)),
            *self._zone_problems(most_zones(len(arms), notices, shapes=shapes)),
        ]
        if problems:
            raise InputError(problems)

    def _code_problems(self) -> Iterator[InputProblem]:
        for index, function in enumerate(self.manifest.functions):
            package, message = self.objects / function.code.sha256, ""
            if not package.is_file():
                message = f"the code of {function.name} is not in {self.objects}"
            elif sha256_hex(package.read_bytes()) != function.code.sha256:
                message = f"{package} was changed after it was captured"
            if message:
                place = f"/content/functions/{index}/code/sha256"
                yield InputProblem(self.file, 0, place, message, "give the snapshot's own objects")

    def _candidate_problems(self, candidate: Iterable[str]) -> Iterator[InputProblem]:
        known = sorted(function.name for function in self.manifest.functions)
        for name in candidate:
            if name not in known:
                yield InputProblem(
                    "context",
                    0,
                    f"/twinstage:candidate/{name}",
                    f"production has no function {name}",
                    f"its functions are {', '.join(known)}",
                )

    def _recorder_problems(self, candidate: Mapping[str, CandidateFunction]) -> Iterator[InputProblem]:
        """Packages in which a clone would find another recorder, or another AWS SDK, than the one that is recorded."""
        for index, function in enumerate(self.manifest.functions):
            package = self.objects / function.code.sha256
            if not package.is_file():
                continue
            place = f"/content/functions/{index}/code"
            try:
                with zipfile.ZipFile(package) as archive:
                    names = archive.namelist()
            except zipfile.BadZipFile as error:
                message = f"the code of {function.name} is no zip: {error}"
                yield InputProblem(self.file, 0, place, message, "capture it again")
                continue
            yield from _shadowing(self.file, place, function.name, names)
        for name, change in candidate.items():
            names = [path.relative_to(change.code).as_posix() for path in change.code.rglob("*")]
            yield from _shadowing("context", f"/twinstage:candidate/{name}/code", name, names)

    def _name_problems(self, names: RunNames, arm: str) -> Iterator[InputProblem]:
        for index, function in enumerate(self.manifest.functions):
            twin = names.of_arm(arm, function.name)
            if len(twin) > LONGEST_NAME:
                yield InputProblem(
                    self.file,
                    0,
                    f"/content/functions/{index}/name",
                    f"{twin} is longer than the {LONGEST_NAME} characters of a function's name",
                    f"use a run id that is {len(twin) - LONGEST_NAME} shorter",
                )

    def _zone_problems(self, most: int) -> Iterator[InputProblem]:
        names = Counter(zone.name for zone in self.manifest.zones)
        for index, zone in enumerate(self.manifest.zones):
            if names[zone.name] > 1:
                yield InputProblem(
                    self.file,
                    0,
                    f"/content/zones/{index}/name",
                    f"{zone.name} appears more than once, and one VPC holds one private zone of a name",
                    "capture one of them",
                )
        if len(self.manifest.zones) > most:
            message = f"{len(self.manifest.zones)} zones, at most {most}"
            yield InputProblem(self.file, 0, "/content/zones", message, "capture fewer zones")


def _shadowing(file: str, place: str, function: str, names: Iterable[str]) -> Iterator[InputProblem]:
    for module in shadowing_modules(names):
        message = f"the code of {function} brings its own {module}: its calls would not be recorded"
        yield InputProblem(file, 0, place, message, f"leave {module} out: the runtime has it, or the recorder's layer")
