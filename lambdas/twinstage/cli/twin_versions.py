"""What commands need to know of a twin's versions: its id, the snapshot of its data, and what lies between two of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from twinstage.cli.snapshots import found
from twinstage.cli.stores import StoreType
from twinstage.cli.twin_inputs import Part, read_part
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.model.reading.names import run_id
from twinstage.twin.graph.build import joined
from twinstage.twin.graph.reading import graph_of
from twinstage.twin.versions.differences import twin_differences
from twinstage.twin.versions.reach import GraphReach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from twinstage.model.data_twin import TwinContent, TwinVersion
    from twinstage.twin.configuration import Configuration
    from twinstage.twin.registry import TwinRegistry
    from twinstage.twin.versions.change import Difference

_LONGEST_ID: Final = 20
_NO_ID: Final = re.compile(r"[^a-z0-9]+")


def identity_of(given: str | None, name: str) -> str:
    """The id that was given, else one from the product's name. Raises InputError where it is none: it names everything that is deployed of the twin."""
    if given is not None:
        return run_id(given, "--id")
    made = _NO_ID.sub("-", name.lower()).strip("-")[:_LONGEST_ID].strip("-")
    if not made:
        message = f"no id can be made from the name {name[:80]!r}"
        raise InputError([InputProblem("--id", 0, "", message, "give --id")])
    return made


def snapshot_digest(settings: Configuration, reference: str | None) -> str:
    """The digest of the snapshot in the store that a reference means; empty where none is given."""
    if reference is None:
        return ""
    return found(StoreType().convert(settings["store"], None, None), reference).digest


def parts_of(held: TwinVersion | None, registry: TwinRegistry, files: Mapping[str, Path | None]) -> dict[str, Part]:
    """The parts of a version: from the files that are given, else as the version before has them."""
    found = {}
    for name, path in files.items():
        digest = getattr(held.content, name) if held else ""
        if path is not None:
            found[name] = read_part(path)
        elif held and digest:
            found[name] = Part(held.content.files.get(name, name), registry.kept(digest))
    return found


def differences_between(
    registry: TwinRegistry, before: TwinContent, after: TwinContent, parts: Mapping[str, bytes] | None = None
) -> tuple[Difference, ...]:
    """Every difference, with what is downstream of it in either graph. `parts` are contents that are not kept yet."""
    fresh = {f"sha256:{sha256_hex(content)}": content for content in (parts or {}).values()}

    def kept(digest: str) -> bytes | None:
        try:
            return fresh[digest] if digest in fresh else registry.kept(digest)
        except TwinstageError as error:
            if error.code != "NO_SUCH_KEY":
                raise
            return None

    return twin_differences(before, after, kept, _reach(before, after, kept))


def _reach(before: TwinContent, after: TwinContent, kept: Callable[[str], bytes | None]) -> GraphReach | None:
    """What was removed is in the old graph only, what was added in the new one: a change reaches what either shows."""
    digests = sorted({content.graph for content in (before, after) if content.graph})
    graphs = [graph_of(json.loads(content)) for digest in digests if (content := kept(digest)) is not None]
    return GraphReach(joined(graphs)) if graphs else None
