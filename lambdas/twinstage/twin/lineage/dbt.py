"""dbt's manifest: the models, seeds, snapshots and sources of a project, what tests and uses them, and what depends on what.

A manifest says the latter up to three times: each node's `depends_on`, `parent_map` and `child_map`. Where it has a child map, that is dbt's own word on what
follows what; a dependence that only the other two know of is *disputed* there (manifests that were cut, or merged by hand, have such).
Source: https://docs.getdbt.com/reference/artifacts/manifest-json
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import MALFORMED, not_json, state
from twinstage.model.reading.json_places import with_lines
from twinstage.model.validation import pointer, schema_violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Document = Mapping[str, Any]

LARGEST_BYTES: Final = 512 << 20
SECTIONS: Final = (
    "nodes",
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "unit_tests",
    "functions",
)
"""The sections of a manifest whose entries depend on each other."""
_LOOKS: Final = (b"dbt_schema_version", b'"nodes"')
_QUOTES: Final = re.compile(r"[\"`\[\]]")
_HINT: Final = "`twinstage schema dbt_manifest` prints what is read of a manifest"


@dataclass(frozen=True)
class DbtNode:
    """One node. `relation` is what it is called in its database (`database.schema.table`), empty where it is no relation."""

    id: str
    pointer: str
    name: str
    resource_type: str
    relation: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    """Name and type of each column that is documented; the type is empty where nobody told."""
    of_column: tuple[str, str] | None = None
    """Of a test: the node and the column that it tests."""
    owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dependence:
    """`child` depends on `parent`; `pointer` says where that stands."""

    parent: str
    child: str
    pointer: str
    disputed: bool = False


@dataclass(frozen=True)
class DbtProject:
    """A manifest. Dependences may lead to nodes that are not among `nodes`: the manifest was cut, or they are disabled."""

    file: str
    name: str
    version: int | None
    """None where the manifest does not say: those that tools write or cut often leave it out."""
    nodes: tuple[DbtNode, ...]
    dependences: tuple[Dependence, ...]


def read_dbt(path: Path) -> DbtProject:
    """The project of a manifest. Raises InputError with everything that is wrong, each with line and JSON pointer."""
    file = str(path)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError([InputProblem(file, 0, "", f"at most {LARGEST_BYTES} bytes are read")])
        data = path.read_bytes()
    except OSError as error:
        problem = InputProblem(file, 0, "", f"cannot be read: {error.strerror}", "give a file that can be read")
        raise InputError([problem]) from error
    return dbt_of(data, file)


def dbt_of(data: bytes, file: str) -> DbtProject:
    """The same of a manifest's content."""
    text = data.decode("utf-8-sig", errors="replace")
    try:
        document = state(data)
    except MALFORMED as error:
        raise InputError([not_json(file, error, text=text)]) from error
    problems = [
        InputProblem(file, 0, place, message, _hint(document))
        for place, message in schema_violations("dbt_manifest", document)
    ]
    if problems:
        raise InputError(with_lines(problems, text))
    metadata = document.get("metadata") or {}
    schema = metadata.get("dbt_schema_version")
    version = int(re.findall(r"v([0-9]+)\.json$", schema)[0]) if schema else None
    nodes = tuple(_nodes(document))
    return DbtProject(file, metadata.get("project_name") or "", version, nodes, tuple(_dependences(document)))


def is_manifest(data: bytes) -> bool:
    """Whether a file's content is, by its looks, one of dbt's artifacts and no events: one object whose `metadata` names a schema of dbt, or a manifest without it."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or not any(word in data for word in _LOOKS):
        return False
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and (_names_its_schema(document) or looks_like_manifest(document))


def looks_like_manifest(document: Document) -> bool:
    """Whether an object that names no schema is a manifest all the same: it has nodes, which say what dbt resources they are."""
    nodes = document.get("nodes")
    each = nodes.values() if isinstance(nodes, dict) else ()
    return any(isinstance(node, dict) and "resource_type" in node for node in each)


def _names_its_schema(document: Document) -> bool:
    metadata = document.get("metadata")
    return isinstance(metadata, dict) and "dbt_schema_version" in metadata


def _hint(document: Any) -> str:
    metadata = document.get("metadata") if isinstance(document, dict) else None
    version = str(metadata.get("dbt_schema_version")) if isinstance(metadata, dict) else ""
    other = re.findall(r"/([a-z-]+)/v[0-9]+\.json$", version)
    return f"this is dbt's {other[0]}: give its manifest.json" if other and other[0] != "manifest" else _HINT


def _nodes(document: Document) -> Iterator[DbtNode]:
    groups = {
        group["name"]: group for group in (document.get("groups") or {}).values() if isinstance(group.get("name"), str)
    }
    for section in SECTIONS:
        for id_, node in (document.get(section) or {}).items():
            yield DbtNode(
                id_,
                pointer((section, id_)),
                node.get("name") or id_,
                node.get("resource_type") or id_.partition(".")[0],
                _relation(node),
                tuple(
                    sorted((name, told.get("data_type") or "") for name, told in (node.get("columns") or {}).items())
                ),
                _tested_column(node),
                tuple(sorted({*_owners(node), *_owners(groups.get(node.get("group") or "", {}))})),
            )


def _relation(node: Document) -> str:
    """The relation's name without quotes. Before v4 a manifest has its parts alone, and sources call the last of them `identifier`."""
    if node.get("relation_name"):
        return _QUOTES.sub("", node["relation_name"])
    if node.get("resource_type") not in ("model", "seed", "snapshot", "source"):
        return ""
    last = node.get("identifier") or node.get("alias") or node.get("name")
    several = [part for part in (node.get("database"), node.get("schema"), last) if part]
    return ".".join(several) if node.get("schema") else ""


def _tested_column(node: Document) -> tuple[str, str] | None:
    """A generic test says which column it is of; of which node, since v9 as `attached_node`, before that by depending on that one alone."""
    column = node.get("column_name")
    if not column:
        return None
    parents = _parents(node)
    attached = node.get("attached_node") or (parents[0] if len(parents) == 1 else "")
    return (attached, column) if attached else None


def _owners(node: Document) -> Iterator[str]:
    owner = node.get("owner") or {}
    email = owner.get("email")
    name = owner.get("name") or (email[0] if isinstance(email, list) and email else email)
    if isinstance(name, str) and name:
        yield name


def _parents(node: Document) -> list[str]:
    depends = node.get("depends_on") or {}
    return list(depends if isinstance(depends, list) else depends.get("nodes") or [])


def _dependences(document: Document) -> Iterator[Dependence]:
    children = document.get("child_map") or {}
    told = set()
    for parent, several in children.items():
        for child in several or ():
            told.add((parent, child))
            yield Dependence(parent, child, pointer(("child_map", parent)))
    for parent, child, place in (*_of_parent_map(document), *_of_nodes(document)):
        if (parent, child) not in told:
            yield Dependence(parent, child, place, disputed=bool(children))


def _of_parent_map(document: Document) -> Iterator[tuple[str, str, str]]:
    for child, several in (document.get("parent_map") or {}).items():
        for parent in several or ():
            yield parent, child, pointer(("parent_map", child))


def _of_nodes(document: Document) -> Iterator[tuple[str, str, str]]:
    for section in SECTIONS:
        for child, node in (document.get(section) or {}).items():
            for parent in _parents(node):
                if not parent.startswith("macro."):
                    yield parent, child, pointer((section, child, "depends_on"))
