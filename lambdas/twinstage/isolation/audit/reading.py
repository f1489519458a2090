"""Templates from files: one template, as JSON or YAML with CloudFormation's short forms, or a whole cloud assembly (`cdk.out`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from twinstage.isolation.audit.template import Deployment, read_template
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.isolation.audit.template import Template

LARGEST_BYTES: Final = 4 << 20
DEEPEST: Final = 100
MANIFEST: Final = "manifest.json"
# libyaml where it is there, as in every wheel of PyYAML: the same events, many times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STACK, _NESTED, _ASSETS = "aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:asset-manifest"
# What whoever deploys acts as, reads from and writes to; everything else of an artifact describes it.
_USED: Final = frozenset(
    {"arn", "assumeRoleArn", "bucketName", "cloudFormationExecutionRoleArn", "notificationArns", "parameters", "region"}
    | {"repositoryName", "stackTemplateAssetObjectUrl"}
)
_ENVIRONMENT: Final = re.compile(r"aws://([^/]+)/(.+)")
_BARE: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d*)")
_HINT: Final = "give a synthesized template, or the folder that `cdk synth` writes"


def read_templates(path: Path) -> list[Template]:
    """Every template at a path: a file, or the folder of a cloud assembly with those nested in it, in the order of their names.

    Raises InputError with every problem of every file.
    """
    if not path.is_dir():
        return [_read(path, Deployment())]
    found: list[Template] = []
    problems: list[InputProblem] = []
    for file, deployment in _stacks(path):
        try:
            found.append(_read(file, deployment))
        except InputError as error:
            problems += error.problems
    if not found and not problems:
        problems.append(InputProblem(str(path), 0, "", "a cloud assembly without a stack", _HINT))
    if problems:
        raise InputError(problems)
    return found


def read_assembled(file: Path, account: str | None, region: str | None) -> Template:
    """One template of an assembly that is still being made. Raises InputError."""
    return _read(file, Deployment((account, region) if account and region else None))


def _stacks(assembly: Path) -> Iterator[tuple[Path, Deployment]]:
    """(template, how it is deployed) of each stack of an assembly."""
    file = assembly / MANIFEST
    document = _document(file)[0]
    artifacts = document.get("artifacts") if isinstance(document, dict) else None
    if not isinstance(artifacts, dict):
        raise InputError([InputProblem(str(file), 0, "/artifacts", "not the manifest of a cloud assembly", _HINT)])
    for name, artifact in sorted(artifacts.items()):
        held = artifact.get("properties") if isinstance(artifact, dict) else None
        kind = artifact.get("type") if isinstance(artifact, dict) else None
        if kind == _STACK and isinstance(held, dict):
            where = _ENVIRONMENT.fullmatch(str(artifact.get("environment")))
            place = str(held.get("templateFile") or f"{name}.template.json")
            assets = _assets(assembly, artifact.get("dependencies"), artifacts, file)
            used = (*_used(held, f"/artifacts/{name}/properties"), *_used(assets, f"/{name}.assets"))
            keys = {text for at, text in _leaves(assets, "") if at.endswith("/objectKey")}
            deployed = Deployment((where[1], where[2]) if where else None, used, frozenset(keys) if assets else None)
            yield _inside(assembly, place, file), deployed
        elif kind == _NESTED and isinstance(held, dict):
            yield from _stacks(_inside(assembly, str(held.get("directoryName")), file))


def _assets(assembly: Path, dependencies: Any, artifacts: dict[str, Any], manifest: Path) -> list[Any]:
    """What is uploaded before a stack is deployed: its manifests of assets, those that are there."""
    found = []
    for name in dependencies if isinstance(dependencies, list) else ():
        artifact = artifacts.get(name) if isinstance(name, str) else None
        held = artifact.get("properties") if isinstance(artifact, dict) else None
        if isinstance(held, dict) and artifact is not None and artifact.get("type") == _ASSETS and held.get("file"):
            found.append(_document(_inside(assembly, str(held["file"]), manifest))[0])
    return found


def _used(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """(place, text) of all that whoever deploys uses."""
    for at, text in _leaves(value, place):
        if _USED & set(at.removeprefix(place).split("/")):
            yield at, text


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """(place, text) of every text in a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in members:
        yield from _leaves(each, f"{place}/{key}")
    if isinstance(value, str):
        yield place, value


def _inside(assembly: Path, name: str, manifest: Path) -> Path:
    """A part of an assembly. Raises InputError where the manifest names what is not in its folder."""
    path = assembly / name
    if not path.resolve().is_relative_to(assembly.resolve()):
        raise InputError([InputProblem(str(manifest), 0, "/artifacts", f"{name} is not in this assembly", _HINT)])
    return path


def _read(file: Path, deployment: Deployment) -> Template:
    document, lines = _document(file)
    return read_template(str(file), document, lines, deployment)


def _document(file: Path) -> tuple[Any, dict[str, int]]:
    """A JSON or YAML document, and its lines where they are known. Raises InputError."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError([InputProblem(str(file), 0, "", f"cannot be read: {error.strerror}", _HINT)]) from error
    if len(data) > LARGEST_BYTES:
        raise InputError([InputProblem(str(file), 0, "", f"more than {LARGEST_BYTES} bytes", _HINT)])
    if file.suffix in (".yaml", ".yml"):
        return _yaml(str(file), data)
    try:
        return json_document.record(data), {}
    except json_document.MALFORMED as error:
        raise InputError([InputProblem(str(file), 0, "", f"not JSON: {json_document.why(error)}", _HINT)]) from error


def _yaml(file: str, data: bytes) -> tuple[Any, dict[str, int]]:
    try:
        text = data.decode()
        _refuse_bombs(file, text)
        node = yaml.compose(text, _LOADER)
        reader = _Yaml(file)
        document = reader.value(node, ()) if node is not None else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        told = getattr(error, "problem", None) or str(error)
        raise InputError([InputProblem(file, mark.line + 1 if mark else 0, "", f"not YAML: {told}", _HINT)]) from error
    if reader.problems:
        raise InputError(reader.problems)
    return document, reader.lines


def _refuse_bombs(file: str, text: str) -> None:
    """Before anything is made of a document: what would unfold, and what is deeper than any template. Raises InputError."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 0
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InputError([InputProblem(file, line, "", f"not YAML: nested deeper than {DEEPEST} levels", _HINT)])
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError([InputProblem(file, line, "", "anchors and aliases are refused", "write the value out")])


class _Yaml:
    """YAML's nodes as JSON, CloudFormation's short forms (`!Ref x`) as the objects they stand for."""

    def __init__(self, file: str) -> None:
        self._file, self.lines, self.problems = file, dict[str, int](), list[InputProblem]()

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        """What a node says."""
        self.lines[pointer(path)] = node.start_mark.line + 1
        if node.tag.startswith("!") and len(node.tag) > 1:
            name = node.tag[1:]
            given = self._plain(node, path)
            if name == "GetAtt" and isinstance(given, str):
                given = given.split(".", 1)
            return {name if name in ("Ref", "Condition") else f"Fn::{name}": given}
        return self._plain(node, path)

    def _plain(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*path, index)) for index, each in enumerate(node.value)]
        text = str(node.value)
        if getattr(node, "style", None) is not None or node.tag.startswith("!"):
            return text
        return int(text) if _INTEGER.fullmatch(text) else _BARE.get(text, text)

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, each in node.value:
            place = (*path, str(key.value))
            if not isinstance(key, yaml.ScalarNode) or str(key.value) in found:
                line = key.start_mark.line + 1
                message = "the key appears twice" if isinstance(key, yaml.ScalarNode) else "a key must be plain text"
                self.problems.append(InputProblem(self._file, line, pointer(place), message, "keep one plain key"))
                continue
            found[str(key.value)] = self.value(each, place)
        return found
