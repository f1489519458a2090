"""Functions out of a folder of API answers and code.

`<function>.json` is GetFunctionConfiguration's or GetFunction's answer; its code stands beside it as `<function>.zip` or as a folder. ListAliases,
ListVersionsByFunction, GetFunctionConcurrency, ListProvisionedConcurrencyConfigs and ListFunctionEventInvokeConfigs may stand in files named after the
function (`enactor.aliases.json`); the code of version 3 is `<function>.3.zip` or a folder of that name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.zip_archive import zip_faults
from twinstage.world.dumps.files import Answer, read_answers, require, without_nulls
from twinstage.world.function_form import code_sha256, function_alias, function_configuration, function_settings
from twinstage.world.interface import Definition, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LATEST = "$LATEST"
_MEMBERS = ("Runtime", "Handler", "MemorySize", "Timeout")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LISTS = ("Aliases", "Versions", "ProvisionedConcurrencyConfigs", "FunctionEventInvokeConfigs")


@dataclass
class _Described:
    """One function's configuration, at `place` of `answer`, and what other answers say about it."""

    answer: Answer
    place: str
    configuration: dict[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    reserved: int | None = None
    lists: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def tell(self, document: Mapping[str, Any]) -> None:
        """What an answer says about the function beside its configuration."""
        self.tags = document.get("Tags") or self.tags
        concurrency = document.get("Concurrency") or document
        self.reserved = concurrency.get("ReservedConcurrentExecutions", self.reserved)
        for name in _LISTS:
            self.lists[name] = [*self.lists.get(name, ()), *without_nulls(document.get(name) or [])]


class FunctionDumps:
    """Functions out of a folder, or none without one. `zip_folder` makes a deployment package of a folder.

    `files` are the functions' names, in order, with the file that describes each; `ignored` files that describe none.
    """

    def __init__(self, folder: Path | None, zip_folder: Callable[[Path], bytes]) -> None:
        self.zip_folder, self._folder = zip_folder, folder
        self._found: dict[str, _Described] = {}
        self._beside: list[Answer] = []
        self.ignored: tuple[Path, ...] = ()
        problems: list[InputProblem] = []
        for path in sorted(folder.glob("*.json")) if folder else ():
            if path.name.startswith(("_", ".")):
                continue
            try:
                for answer in read_answers(path):
                    problems += self._take(answer)
            except InputError as error:
                problems += error.problems
        self._join()
        if problems:
            raise InputError(problems)
        self.files: dict[str, Path] = {name: self._found[name].answer.file for name in sorted(self._found)}

    def definition(self, function: str) -> Definition:
        """What the answers say, and the zip beside them or the folder as one.

        Raises InputError where a zip is not the package that the configuration's `CodeSha256` describes.
        """
        found = self._found[function]
        configuration, package = self._checked(found, found.place, found.configuration, function)
        versions: list[Version] = []
        problems: list[InputProblem] = []
        for told in sorted(found.lists.get("Versions", ()), key=lambda v: _number(str(v.get("Version", "")))):
            if str(told.get("Version")) == LATEST:
                continue
            number = str(told["Version"])
            try:
                versions.append(Version(number, *self._checked(found, "", dict(told), f"{function}.{number}")))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        settings = function_settings(
            reserved=found.reserved,
            provisioned=found.lists.get("ProvisionedConcurrencyConfigs", ()),
            event_invoke=found.lists.get("FunctionEventInvokeConfigs", ()),
            tags=found.tags,
        )
        aliases = sorted(map(function_alias, found.lists.get("Aliases", ())), key=lambda alias: str(alias["Name"]))
        return Definition(configuration | settings, package, tuple(versions), tuple(aliases))

    def _take(self, answer: Answer) -> list[InputProblem]:
        document = answer.document
        place = "/Configuration" if "Configuration" in document else ""
        configuration = document.get("Configuration", document)
        if not isinstance(configuration, dict) or "FunctionName" not in configuration:
            self._beside.append(answer)
            return []
        members = ("MemorySize", "Timeout") if configuration.get("PackageType") == "Image" else _MEMBERS
        if problems := require(answer, configuration, place, members):
            return problems
        found = _Described(answer, place, without_nulls(configuration))
        name = str(configuration["FunctionName"]).rpartition(":")[2]
        if not _NAME.fullmatch(name):
            message = f"{name!r} is no name of a function"
            return [answer.problem(f"{place}/FunctionName", message, "1 to 64 letters, digits, - and _")]
        if name in self._found:
            message = f"{name} is described in {self._found[name].answer.file.name} too"
            return [answer.problem(place, message, "leave one of the two out")]
        found.tell(document)
        self._found[name] = found
        return []

    def _join(self) -> None:
        """Give each function what is named after it."""
        ignored = []
        for answer in self._beside:
            stem = answer.file.name.removesuffix(".json")
            fitting = [name for name in self._found if stem == name or stem.startswith((f"{name}.", f"{name}-"))]
            if fitting and any(name in answer.document for name in (*_LISTS, "ReservedConcurrentExecutions", "Tags")):
                self._found[max(fitting, key=len)].tell(answer.document)
            else:
                ignored.append(answer.file)
        self.ignored = tuple(ignored)

    def _checked(
        self, found: _Described, place: str, configuration: dict[str, Any], code: str
    ) -> tuple[dict[str, Any], bytes]:
        """A configuration in the manifest's form, and the package called `code`."""
        kept = function_configuration(configuration, str(found.answer.file), found.answer.pointer + place)
        folder = found.answer.file.parent
        package, described = self._package(found.answer, folder / f"{code}.zip"), configuration.get("CodeSha256")
        if described and (folder / f"{code}.zip").is_file() and code_sha256(package) != described:
            message = f"{code}.zip has CodeSha256 {code_sha256(package)}, not {described}"
            raise InputError([found.answer.problem(f"{place}/CodeSha256", message, "dump both again")])
        return kept, package

    def _package(self, answer: Answer, archive: Path) -> bytes:
        if archive.is_file():
            content = archive.read_bytes()
            if faults := zip_faults(content):
                hint = "build the package again"
                raise InputError([InputProblem(str(archive), 0, "", fault, hint) for fault in faults])
            return content
        beside = archive.with_name(archive.name.removesuffix(".zip"))
        if beside.is_dir():
            return self.zip_folder(beside)
        hint = f"put {archive.name} or the folder {beside.name}/ there"
        raise InputError([answer.problem("", "no code beside it", hint)])


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0
