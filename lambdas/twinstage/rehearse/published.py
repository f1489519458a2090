"""Scenarios that are published in an evidence store, for a twin's machine to rehearse: what a run is given, without the run.

`objects/<sha256>` holds the content of each file, and the document that names them all; `scenarios/<name>.json` is the document that was published last. What is named
is written before what names it, so that nobody finds half of a publication, and what lies under a digest is never another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import UTF_8, canonical_json, digest, pretty_json, sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import record
from twinstage.model.validation import schema_problems
from twinstage.state.snapshot import OBJECTS
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.store import Store

SCENARIOS: Final = "scenarios/"
RUN: Final = "input/run.json"
INPUT: Final = "input/"
_SCHEMA: Final = "twinstage:published-scenario:1"
_SHA256: Final = "sha256:"
_HINT: Final = "`twinstage scenario publish` it again"


@dataclass(frozen=True)
class Published:
    """One publication. `snapshot` is the digest of the state that it is rehearsed on, `snapshot_id` the snapshot that has it; `clones` (`clones_digest`) is what a twin must be made of for it.

    `context` is the CDK context of such a twin, but for paths and the run; `files` maps keys below `runs/<run>/` to the SHA-256 (hex) of their content.
    """

    scenario: str
    snapshot: str
    snapshot_id: str
    clones: str
    context: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def digest(self) -> str:
        """What it is known by, `sha256:<hex>`."""
        return digest(self.document())

    @property
    def reference(self) -> str:
        """`name@sha256:<hex>`: this publication, whatever is published under the name later."""
        return f"{self.scenario}@{self.digest}"

    def document(self) -> dict[str, Any]:
        """As the store has it, of schema `published-scenario`."""
        return {
            "schema": _SCHEMA,
            "scenario": self.scenario,
            "snapshot": self.snapshot,
            "snapshot_id": self.snapshot_id,
            "clones": self.clones,
            "context": dict(self.context),
            "files": dict(self.files),
        }


def publish(store: Store, published: Published, files: Iterable[bytes]) -> None:
    """Write what a publication names, then its document, then that it is the latest. The snapshot must be there already. Idempotent."""
    for content in files:
        store.put(OBJECTS + sha256_hex(content), content)
    written = canonical_json(published.document())
    store.put(_key(published.digest), written)
    store.put(_latest(published.scenario), written)


def find_published(store: Store, reference: str) -> Published:
    """The publication that a name means (the latest), a digest, or `name@digest`. An empty reference means the one scenario that is published.

    Raises InputError where there is none, where the empty one could mean several, and for a document that is not what its name says.
    """
    name, _, wanted = ("", "", reference) if reference.startswith(_SHA256) else reference.partition("@")
    name = name or ("" if wanted else _only(store))
    key = _key(wanted) if wanted else _latest(name)
    if not store.exists(key):
        known = _names(store)
        told = f"published are: {', '.join(known)}" if known else "nothing is published: `twinstage scenario publish`"
        raise InputError([InputProblem(key, 0, "", f"no scenario {reference or name} is published", told)])
    document = get_json(store, key)
    if problems := schema_problems("published-scenario", document, key):
        raise InputError(problems)
    found = published_of(document)
    if (name and found.scenario != name) or (wanted and found.digest != wanted):
        raise InputError([InputProblem(key, 0, "", f"it is {found.reference}, and not what its name says", _HINT)])
    return found


def published_of(document: Mapping[str, Any]) -> Published:
    """The inverse of `Published.document`."""
    return Published(**{name: value for name, value in document.items() if name != "schema"})


def published_files(store: Store, published: Published) -> dict[str, bytes]:
    """What a run is given, by its key. Raises InputError with every file that is missing or not the one that was published."""
    found, problems = dict[str, bytes](), list[InputProblem]()
    for key, sha256 in sorted(published.files.items()):
        place = OBJECTS + sha256
        held = store.get(place) if store.exists(place) else None
        if held is None or sha256_hex(held) != sha256:
            why = "is missing" if held is None else "was changed since"
            problems.append(InputProblem(place, 0, "", f"{key} of {published.reference} {why}", _HINT))
        else:
            found[key] = held
    if problems:
        raise InputError(problems)
    return found


def lay_out(results: Store, files: Mapping[str, bytes], run: Mapping[str, Any]) -> None:
    """Make them the input of the run whose prefix `results` is rooted at; nothing of an earlier input stays. `run` is what is said of this run alone."""
    for key in [key for key in results.list(INPUT) if key not in files]:
        results.delete(key)
    for key, content in files.items():
        results.put(key, pretty_json({**record(content.decode(*UTF_8)), **run}) if key == RUN else content)


def _only(store: Store) -> str:
    names = _names(store)
    if len(names) == 1:
        return names[0]
    message = "nothing says which scenario is to be rehearsed" if names else "no scenario is published"
    hint = 'give {"scenario": NAME}, of ' + ", ".join(names) if names else "`twinstage scenario publish`"
    raise InputError([InputProblem("input", 0, "/scenario", message, hint)])


def _names(store: Store) -> list[str]:
    return [key.removeprefix(SCENARIOS).removesuffix(".json") for key in store.list(SCENARIOS)]


def _latest(name: str) -> str:
    return f"{SCENARIOS}{name}.json"


def _key(of: str) -> str:
    return OBJECTS + of.removeprefix(_SHA256)
