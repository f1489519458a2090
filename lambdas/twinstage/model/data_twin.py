"""One version of a twin of a data product, as the registry keeps it: one number over data, infrastructure, configuration and graph together."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.canonical import digest
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = "twinstage:twin:1"
TwinStatus = Literal["draft", "deployed", "destroyed", "deleted"]
"""`draft`: registered, nothing of this version stands. `deployed`: it stands. `destroyed`: it stood. `deleted`: the last of its versions, until the id is used anew."""
PARTS: Final = ("contract", "pipeline", "lineage", "snapshot", "infrastructure", "graph")
"""What a version has a digest of, each kept under it: the product, the state machine, the lineage, the data's snapshot, the stack's template, the knowledge graph."""


@dataclass(frozen=True)
class TwinContent:
    """What a twin is made of. A part that it has not is an empty text; of the others, `sha256:<hex>`.

    `files` are the names of the files that the parts came from, by part, and tell a reader only. `configuration` holds every setting that has a bearing on the twin.
    """

    owner: str = ""
    ttl_hours: float = 24.0
    configuration: Mapping[str, Any] = field(default_factory=dict)
    contract: str = ""
    pipeline: str = ""
    lineage: str = ""
    snapshot: str = ""
    infrastructure: str = ""
    graph: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of everything that makes a twin another one: not of owner, time to live or names of files."""
        return digest({"configuration": dict(self.configuration)} | {part: getattr(self, part) for part in PARTS})


@dataclass(frozen=True)
class TwinVersion:
    """Version `version` of the twin `id`; the first is 1, and each follows the one before. Written once, never changed.

    `at` is when it was written, `expires_at` when what stands of it may be removed (RFC 3339, UTC). `change` says what was done: create, update, deployed, destroyed, restore, delete.
    `restored` is the version that a restore brought back. `stands` is the version that is deployed, which an update leaves behind; None where nothing stands. `token` names the
    request, so that a request that is repeated is one.
    """

    id: str
    version: int
    status: TwinStatus
    change: str
    at: str
    expires_at: str
    token: str
    content: TwinContent
    stands: int | None = None
    restored: int | None = None

    def document(self) -> dict[str, Any]:
        """As the registry keeps it."""
        return {"schema": SCHEMA, **asdict(self), "digest": self.content.digest}


def twin_version_of(document: Mapping[str, Any], place: str) -> TwinVersion:
    """The inverse of `TwinVersion.document`. Raises InputError, naming `place`, where it is none, or not what its digest says."""
    hint = "restore the registry's copy of it"
    problems = [InputProblem(place, 0, where, said, hint) for where, said in schema_violations("twin", document)]
    if problems:
        raise InputError(problems)
    named = {one.name: document[one.name] for one in fields(TwinVersion)}
    found = TwinVersion(**named | {"content": TwinContent(**document["content"])})
    if document["digest"] != found.content.digest:
        raise InputError([InputProblem(place, 0, "/digest", "not what was written: its digest is another", hint)])
    return found
