"""The door: a file of any of the standards becomes a data product, or is refused with everything that is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import digest
from twinstage.model.data_product_form import product_document
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import MALFORMED, not_json, state
from twinstage.model.reading.json_places import places
from twinstage.model.reading.yaml_document import located_yaml
from twinstage.model.validation import line_of
from twinstage.twin.contracts.dbt import dbt_product
from twinstage.twin.contracts.dcs import dcs_product
from twinstage.twin.contracts.odcs import odcs_product
from twinstage.twin.contracts.odcs_v2 import odcs_v2_product
from twinstage.twin.contracts.section import Section, Told
from twinstage.twin.lineage.dbt import looks_like_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twinstage.model.data_product import DataProduct

LARGEST_BYTES: Final = 256 << 20
"""Manifests of large dbt projects have tens of megabytes. YAML is read up to a megabyte."""
_LARGEST_YAML: Final = 1 << 20
_VERSION: Final = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?(?:[-+.].{0,40})?")
_DBT: Final = re.compile(r"https?://schemas\.getdbt\.com/dbt/manifest/v(\d{1,4})\.json")
_OLDEST: Final = {"odcs": (2, 0), "dcs": (0, 9)}
_NEWEST: Final = {"odcs": (3, 1), "dcs": (1, 2), "dbt": (12, 0)}
_HINT: Final = (
    "give a file of the Open Data Contract Standard (`apiVersion: v3.1.0`, `kind: DataContract`), of the Data Contract"
    " Specification (`dataContractSpecification: 1.2.0`) or a dbt manifest.json"
)


@dataclass(frozen=True)
class ReadContract:
    """A contract that was read. `digest` is that of the product: what is equal but for layout, comments or order of members has one digest."""

    product: DataProduct
    digest: str
    warnings: tuple[InputProblem, ...]


def read_contract(path: Path) -> ReadContract:
    """The contract in a file. Raises InputError with every problem."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            message = f"{size} bytes, at most {LARGEST_BYTES} are read"
            raise InputError([InputProblem(str(path), 0, "", message, "give a part of it")])
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        hint = "give a file that can be read"
        raise InputError([InputProblem(str(path), 0, "", f"cannot be read: {said}", hint)]) from error
    return contract_of(data, str(path))


def contract_of(data: bytes, file: str) -> ReadContract:
    """The contract in the bytes of a file; `file` is what its problems are told of. Raises InputError with every problem."""
    document, line = _document(data, file)
    told = Told(file, line)
    if not isinstance(document, dict):
        raise InputError([InputProblem(file, 1, "", "not a data contract: no object", _HINT)])
    product = _product(Section(told, document))
    if told.problems or product is None:
        raise InputError(told.problems)
    return ReadContract(product, digest(product_document(product)), tuple(sorted(told.warnings)))


def _document(data: bytes, file: str) -> tuple[Any, Callable[[str], int]]:
    """The document, and how to find the line of a pointer in it."""
    text = _decoded(data, file)
    if not text.lstrip().startswith(("{", "[")):
        if len(data) > _LARGEST_YAML:
            raise InputError(
                [InputProblem(file, 0, "", f"{len(data)} bytes of YAML, at most {_LARGEST_YAML} are read", _HINT)]
            )
        located = located_yaml(text, file)
        return located.document, partial(line_of, located.lines)
    try:
        document = state(text)
    except MALFORMED as error:
        raise InputError([not_json(file, error, text=text)]) from error
    # dbt writes a manifest in one line, and a long one has a million places.
    before = text[: len(text) - len(text.lstrip())]
    lines = {} if "\n" in text.strip() else {"": 1 + before.count("\n")}

    def line(place: str) -> int:
        if not lines:
            lines.update(places(text))
        return line_of(lines, place)

    return document, line


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([InputProblem(file, line, "", f"not UTF-8: {error}", "save it as UTF-8")]) from error


def _product(section: Section) -> DataProduct | None:
    """The product, by the standard that the document says it follows; None where that is told as a problem."""
    members = section.members
    if "dataContractSpecification" in members:
        version = _known(section, "dataContractSpecification", "dcs")
        return None if version is None else dcs_product(section, version)
    schema = metadata.get("dbt_schema_version") if isinstance(metadata := members.get("metadata"), dict) else None
    if schema is not None:
        found = _DBT.fullmatch(str(schema))
        if found is None:
            place = "/metadata/dbt_schema_version"
            section.told.problem(place, f"{schema!r} is no schema of a dbt manifest", "give dbt's manifest.json")
            return None
        if int(found[1]) > _NEWEST["dbt"][0]:
            section.told.warning("/metadata/dbt_schema_version", f"v{found[1]} is newer than v12, and read as v12")
        return dbt_product(section, f"v{found[1]}")
    if looks_like_manifest(members):
        section.told.warning("/metadata", f"dbt_schema_version is missing: read as v{_NEWEST['dbt'][0]}")
        return dbt_product(section, f"v{_NEWEST['dbt'][0]}")
    if "apiVersion" in members or members.get("kind") == "DataContract" or "quantumName" in members:
        return _odcs(section)
    section.told.problem("", "not a data contract of a standard that is known", _HINT)
    return None


def _odcs(section: Section) -> DataProduct | None:
    former = not {"quantumName", "dataset", "uuid"}.isdisjoint(section.members)
    version = "2.2.2" if former else "3.1.0"
    if "apiVersion" in section.members:
        found = _known(section, "apiVersion", "odcs")
        if found is None:
            return None
        version, former = found, found.startswith("2.")
    elif former and "templateVersion" in section.members:
        version = section.text("templateVersion")
    else:
        section.told.warning("", f"apiVersion is missing: read as {version}")
    kind = section.members.get("kind")
    if kind is None:
        section.told.warning("", "kind is missing, which the standard requires", "kind: DataContract")
    elif kind != "DataContract" and former and "apiVersion" not in section.members:
        # Before 2.2 it said what kind of data set the contract is of.
        section.told.warning("/kind", f"kind {kind!r} is that of an older template", "kind: DataContract")
    elif kind != "DataContract":
        section.told.problem("/kind", f"kind {kind!r} is no data contract", "kind: DataContract")
        return None
    return odcs_v2_product(section, version) if former else odcs_product(section, version)


def _known(section: Section, member: str, kind: str) -> str | None:
    """The version of the standard, without its v; None, with a problem, where it is none that can be read."""
    said = str(section.members[member])
    newest, found = _NEWEST[kind], _VERSION.fullmatch(said)
    if found is None or not _OLDEST[kind] <= (int(found[1]), int(found[2])) < (newest[0] + 1, 0):
        hint = "versions 0.9 to 1.2 are read" if kind == "dcs" else "versions 2.2 to 3.1 are read"
        section.told.problem(section.at(member), f"{said[:80]!r} is no version that can be read", hint)
        return None
    if (int(found[1]), int(found[2])) > newest:
        known = ".".join(map(str, newest))
        section.told.warning(section.at(member), f"{said} is newer than {known}, and read as that")
    return said.removeprefix("v")
