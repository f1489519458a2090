"""The registry of twins: every change is a new version, written only behind the version that whoever changes it has seen.

The versions are in a `Versions`; what they have digests of (the product, the pipeline, the graph, …) lies in a store under these digests. Clock and tokens are given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import sha256_hex
from twinstage.model.data_twin import TwinContent, TwinVersion, twin_version_of
from twinstage.model.errors import InputError, InputProblem, SafetyError, TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.model.data_twin import TwinStatus
    from twinstage.world.store import Store
    from twinstage.world.versions import Versions

OBJECTS: Final = "twin-objects/"
_LIST_HINT: Final = "`twinstage twin list` shows what there is"


@dataclass(frozen=True)
class Moment:
    """When something is asked for (RFC 3339, UTC), and the token that is this request's own."""

    at: str
    token: str


class TwinRegistry:
    """Twins by id. A change names the version that it was made from: where another was written meanwhile, it is refused, and nothing is written."""

    def __init__(self, versions: Versions, objects: Store) -> None:
        self.versions, self.objects = versions, objects

    def require_free(self, id_: str) -> None:
        """Raises InputError, as `create` does, where the id is taken."""
        held = self.find(id_)
        if held is not None and held.status != "deleted":
            raise _taken(held)

    def create(self, id_: str, content: TwinContent, moment: Moment) -> TwinVersion:
        """The first version; of an id whose twin was deleted, the one behind its last. Raises InputError where the id is taken."""
        held = self.find(id_)
        if held is not None and held.status != "deleted":
            if _repeated(held, "create", moment):
                return held
            raise _taken(held)
        return self._write(
            _first(id_, content, moment) if held is None else _next(held, "create", "draft", moment, content)
        )

    def update(self, id_: str, expected: int, content: TwinContent, moment: Moment) -> TwinVersion:
        """A version with other content. What stands of the twin still stands, and is another version from now on."""
        return self._change(id_, expected, moment, lambda held: _next(held, "update", "draft", moment, content))

    def deployed(
        self, id_: str, expected: int, moment: Moment, *, infrastructure: str = "", snapshot: str = ""
    ) -> TwinVersion:
        """The version that says that this content stands, with the digests of what was deployed, where these are told."""

        def made(held: TwinVersion) -> TwinVersion:
            content = replace(
                held.content,
                infrastructure=infrastructure or held.content.infrastructure,
                snapshot=snapshot or held.content.snapshot,
            )
            return replace(_next(held, "deployed", "deployed", moment, content), stands=held.version + 1)

        return self._change(id_, expected, moment, made)

    def destroyed(self, id_: str, expected: int, moment: Moment) -> TwinVersion:
        """The version that says that nothing stands any more."""
        return self._change(
            id_, expected, moment, lambda held: replace(_next(held, "destroyed", "destroyed", moment), stands=None)
        )

    def restore(self, id_: str, number: int, moment: Moment, *, expected: int | None = None) -> TwinVersion:
        """A new version with the content of an old one, of a deleted twin too. Raises InputError where there is no such version."""
        before = self.find(id_)
        if before is not None and before.restored == number and _repeated(before, "restore", moment):
            return before
        held = self._held(id_, expected)
        old = self.version(id_, number)
        return self._write(replace(_next(held, "restore", "draft", moment, old.content), restored=number))

    def delete(self, id_: str, moment: Moment, *, expected: int | None = None) -> TwinVersion:
        """A last version that says so; every version before stays. Raises SafetyError while something of it stands."""
        before = self.find(id_)
        if before is not None and _repeated(before, "delete", moment):
            return before
        held = self._held(id_, expected)
        if held.status == "deleted":
            return held
        if held.stands is not None:
            raise SafetyError(
                "TWIN_STANDS",
                f"version {held.stands} of the twin {id_} is deployed",
                hint=f"`twinstage destroy --run {id_}` first",
                details={"observed": held.stands, "limit": None},
            )
        return self._write(_next(held, "delete", "deleted", moment))

    def find(self, id_: str) -> TwinVersion | None:
        """The newest version, also of a deleted twin; None where there never was one."""
        document = self.versions.newest(id_)
        return None if document is None else _of(id_, document, id_)

    def current(self, id_: str) -> TwinVersion:
        """The newest version. Raises InputError where there is none, or the twin was deleted."""
        found = self.find(id_)
        if found is None or found.status == "deleted":
            said = "there is no" if found is None else "deleted is the"
            raise InputError([InputProblem(id_, 0, "", f"{said} twin {id_}", _LIST_HINT)])
        return found

    def version(self, id_: str, number: int) -> TwinVersion:
        """One version. Raises InputError where there is none."""
        document = self.versions.read(id_, number)
        if document is None:
            newest = self.find(id_)
            hint = f"versions 1 to {newest.version}" if newest else _LIST_HINT
            raise InputError([InputProblem(id_, 0, "", f"there is no version {number} of a twin {id_}", hint)])
        return _of(id_, document, f"{id_} version {number}", number)

    def history(self, id_: str) -> Iterator[TwinVersion]:
        """Every version, the first one first; none where there never was one."""
        return (_of(id_, document, id_) for document in self.versions.all(id_))

    def twins(self) -> Iterator[TwinVersion]:
        """The newest version of every twin, deleted ones too, by id."""
        return (found for id_ in list(self.versions.ids()) if (found := self.find(id_)) is not None)

    def keep(self, content: bytes) -> str:
        """Keep something under its digest, which is returned. Keeping it again changes nothing."""
        digest = sha256_hex(content)
        self.objects.put_new(f"{OBJECTS}{digest}", content)
        return f"sha256:{digest}"

    def kept(self, digest: str) -> bytes:
        """What was kept under a digest. Raises InputError where it is not what its digest says; the store's own error where it is gone."""
        name = digest.removeprefix("sha256:")
        content = self.objects.get(f"{OBJECTS}{name}")
        if sha256_hex(content) != name:
            message = "not what its digest says"
            raise InputError([InputProblem(f"{OBJECTS}{name}", 0, "", message, "restore it from where it was kept")])
        return content

    def _change(
        self, id_: str, expected: int, moment: Moment, made: Callable[[TwinVersion], TwinVersion]
    ) -> TwinVersion:
        """What is made of the version that was expected to be the newest; of a request that is repeated, what it came to."""
        held = self.current(id_)
        if held.version == expected + 1 and held.token == moment.token:
            return held
        return self._write(made(self._held(id_, expected)))

    def _held(self, id_: str, expected: int | None) -> TwinVersion:
        """The newest version, of a deleted twin too; where one is expected, it is the one that whoever changes it has seen."""
        found = self.find(id_)
        if found is None:
            raise InputError([InputProblem(id_, 0, "", f"there is no twin {id_}", _LIST_HINT)])
        if expected is not None and found.version != expected:
            raise changed_meanwhile(id_, expected, found.version)
        return found

    def _write(self, made: TwinVersion) -> TwinVersion:
        if self.versions.write(made.id, made.version, made.document()):
            return made
        held = self.find(made.id)
        raise changed_meanwhile(made.id, made.version - 1, held.version if held else 0)


def changed_meanwhile(id_: str, expected: int, found: int) -> TwinstageError:
    """The error of a change that somebody else's came before."""
    return TwinstageError(
        "TWIN_CHANGED",
        f"the twin {id_} is at version {found}, and this change was made from version {expected}: nothing was written",
        hint="look at what changed (`twinstage twin diff`), and try again",
        details={"id": id_, "expected": expected, "found": found},
    )


def _of(id_: str, document: Mapping[str, Any], place: str, number: int | None = None) -> TwinVersion:
    """A version that lies where it belongs. Raises InputError of one that is another twin's, or another version."""
    found = twin_version_of(document, place)
    if found.id != id_ or number not in (None, found.version):
        message = f"it says that it is version {found.version} of the twin {found.id}"
        raise InputError([InputProblem(place, 0, "", message, "restore the registry's copy of it")])
    return found


def _repeated(held: TwinVersion, change: str, moment: Moment) -> bool:
    """Whether what is asked for is what the newest version came of."""
    return (held.change, held.token) == (change, moment.token)


def _first(id_: str, content: TwinContent, moment: Moment) -> TwinVersion:
    return TwinVersion(id_, 1, "draft", "create", moment.at, _expiry(moment, content), moment.token, content)


def _next(
    held: TwinVersion, change: str, status: TwinStatus, moment: Moment, content: TwinContent | None = None
) -> TwinVersion:
    """The version behind another."""
    content = content or held.content
    return replace(
        held,
        version=held.version + 1,
        status=status,
        change=change,
        at=moment.at,
        expires_at=_expiry(moment, content),
        token=moment.token,
        content=content,
        restored=None,
    )


def _expiry(moment: Moment, content: TwinContent) -> str:
    ends = datetime.fromisoformat(moment.at) + timedelta(hours=content.ttl_hours)
    return ends.isoformat(timespec="milliseconds" if ends.microsecond else "seconds").replace("+00:00", "Z")


def _taken(held: TwinVersion) -> InputError:
    message = f"there is a twin {held.id} already, at version {held.version}"
    hint = f"`twinstage twin create --id {held.id} --update` makes version {held.version + 1} of it, or give another id"
    return InputError([InputProblem("--id", 0, "", message, hint)])
