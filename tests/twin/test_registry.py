"""The registry of twins, against a dictionary: every change a new version, no change lost, nothing written by whoever came too late."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from twinstage.model.data_twin import TwinContent, TwinVersion, twin_version_of
from twinstage.model.errors import InputError, SafetyError, TwinstageError
from twinstage.twin.registry import Moment, TwinRegistry
from twinstage.world.store import DirectoryStore
from twinstage.world.versions import StoredVersions

SOME = "sha256:" + "5" * 64
CONTENT = TwinContent(owner="checkout", contract="sha256:" + "1" * 64, configuration={"seed": 1})
IDS = ("orders", "stock")


def at(minute: int) -> Moment:
    return Moment(f"2026-01-01T00:{minute % 60:02d}:00Z", f"token-{minute}")


@pytest.fixture
def registry(tmp_path: Path) -> TwinRegistry:
    store = DirectoryStore(tmp_path / "store")
    return TwinRegistry(StoredVersions(store), store)


def test_a_twin_begins_as_a_draft_and_expires_when_its_time_to_live_is_over(registry: TwinRegistry) -> None:
    made = registry.create("orders", replace(CONTENT, ttl_hours=1.5), at(0))
    assert (made.version, made.status, made.change, made.stands) == (1, "draft", "create", None)
    assert made.expires_at == "2026-01-01T01:30:00Z"
    assert registry.current("orders") == made


def test_an_id_that_is_taken_is_refused_with_the_way_out(registry: TwinRegistry) -> None:
    registry.create("orders", CONTENT, at(0))
    with pytest.raises(InputError, match=r"at version 1 .*--update"):
        registry.create("orders", CONTENT, at(1))


def test_a_request_that_is_repeated_is_one(registry: TwinRegistry) -> None:
    made = registry.create("orders", CONTENT, at(0))
    assert registry.create("orders", CONTENT, at(0)) == made
    changed = registry.update("orders", 1, replace(CONTENT, owner="other"), at(1))
    assert registry.update("orders", 1, replace(CONTENT, owner="other"), at(1)) == changed
    assert [version.version for version in registry.history("orders")] == [1, 2]


def test_who_comes_too_late_writes_nothing_and_is_told_what_is_there(registry: TwinRegistry) -> None:
    registry.create("orders", CONTENT, at(0))
    registry.update("orders", 1, replace(CONTENT, owner="first"), at(1))
    with pytest.raises(TwinstageError, match="is at version 2, and this change was made from version 1") as caught:
        registry.update("orders", 1, replace(CONTENT, owner="second"), at(2))
    assert caught.value.details == {"id": "orders", "expected": 1, "found": 2}
    assert registry.current("orders").content.owner == "first"


def test_between_two_who_have_both_seen_the_newest_the_store_decides(tmp_path: Path) -> None:
    class Late(StoredVersions):
        """Another writer is always a moment faster."""

        def write(self, id_: str, version: int, document: Any) -> bool:
            super().write(id_, version, document | {"token": "somebody else's"})
            return super().write(id_, version, document)

    store = DirectoryStore(tmp_path / "store")
    with pytest.raises(TwinstageError, match="made from version 0") as caught:
        TwinRegistry(Late(store), store).create("orders", CONTENT, at(0))
    assert caught.value.code == "TWIN_CHANGED"


def test_what_was_deployed_is_known_until_it_is_destroyed(registry: TwinRegistry) -> None:
    registry.create("orders", CONTENT, at(0))
    stands = registry.deployed("orders", 1, at(1), infrastructure=SOME, snapshot=SOME)
    assert (stands.status, stands.stands, stands.content.snapshot) == ("deployed", 2, SOME)
    ahead = registry.update("orders", 2, CONTENT, at(2))
    assert (ahead.status, ahead.stands) == ("draft", 2)
    with pytest.raises(SafetyError, match="version 2 of the twin orders is deployed"):
        registry.delete("orders", at(3))
    gone = registry.destroyed("orders", 3, at(4))
    assert (gone.status, gone.stands) == ("destroyed", None)
    assert registry.delete("orders", at(5)).status == "deleted"


def test_a_restore_is_a_new_version_with_old_content(registry: TwinRegistry) -> None:
    registry.create("orders", CONTENT, at(0))
    registry.update("orders", 1, replace(CONTENT, contract="sha256:" + "2" * 64), at(1))
    back = registry.restore("orders", 1, at(2))
    assert (back.version, back.restored, back.content) == (3, 1, CONTENT)
    assert back.content.digest == registry.version("orders", 1).content.digest


def test_a_deleted_twin_is_gone_but_for_its_history(registry: TwinRegistry) -> None:
    registry.create("orders", CONTENT, at(0))
    registry.delete("orders", at(1))
    assert registry.delete("orders", at(2)).version == 2
    with pytest.raises(InputError, match="deleted is the twin orders"):
        registry.current("orders")
    assert [version.change for version in registry.history("orders")] == ["create", "delete"]
    assert registry.restore("orders", 1, at(3)).status == "draft"
    registry.delete("orders", at(4))
    assert registry.create("orders", CONTENT, at(5)).version == 5


def test_a_restore_and_a_second_beginning_that_are_repeated_are_one(registry: TwinRegistry) -> None:
    registry.create("orders", CONTENT, at(0))
    registry.delete("orders", at(1))
    back = registry.restore("orders", 1, at(2), expected=2)
    assert registry.restore("orders", 1, at(2), expected=2) == back
    registry.delete("orders", at(3))
    again = registry.create("orders", CONTENT, at(4))
    assert registry.create("orders", CONTENT, at(4)) == again
    assert [version.version for version in registry.history("orders")] == [1, 2, 3, 4, 5]


def test_a_version_that_lies_where_another_belongs_is_refused(registry: TwinRegistry) -> None:
    made = registry.create("orders", CONTENT, at(0)).document()
    assert registry.versions.write("stock", 1, made)
    assert registry.versions.write("orders", 2, made)
    with pytest.raises(InputError, match="says that it is version 1 of the twin orders"):
        registry.current("stock")
    with pytest.raises(InputError, match="says that it is version 1 of the twin orders"):
        registry.version("orders", 2)


@pytest.mark.parametrize("number", [0, 2, 999_999_999])
def test_a_version_that_is_not_there_is_refused_with_those_that_are(registry: TwinRegistry, number: int) -> None:
    registry.create("orders", CONTENT, at(0))
    with pytest.raises(InputError, match="versions 1 to 1"):
        registry.version("orders", number)
    with pytest.raises(InputError, match="there is no twin stock"):
        registry.restore("stock", number, at(1))


def test_what_is_kept_comes_back_by_its_digest_or_is_refused(registry: TwinRegistry) -> None:
    digest = registry.keep(b"a contract")
    assert registry.keep(b"a contract") == digest
    assert registry.kept(digest) == b"a contract"
    registry.objects.put(f"twin-objects/{digest.removeprefix('sha256:')}", b"a contracT")
    with pytest.raises(InputError, match="not what its digest says"):
        registry.kept(digest)


@pytest.mark.parametrize("harm", [{"digest": "sha256:0"}, {"schema": "other"}, {"content": {}}, {"version": None}])
def test_a_version_that_was_edited_is_refused(registry: TwinRegistry, harm: dict[str, Any]) -> None:
    document = registry.create("orders", CONTENT, at(0)).document() | harm
    if harm == {"version": None}:
        del document["version"]
    with pytest.raises(InputError, match="orders version 1"):
        twin_version_of(document, "orders version 1")


def test_owner_and_time_to_live_make_no_other_twin() -> None:
    assert replace(CONTENT, owner="other", ttl_hours=1, files={"contract": "x"}).digest == CONTENT.digest
    assert replace(CONTENT, configuration={"seed": 2}).digest != CONTENT.digest


class RegistryAgainstADictionary(RuleBasedStateMachine):
    """Two people change twins, each from what they saw last; the model is a dictionary of lists."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        store = DirectoryStore(Path(self.folder.name))
        self.registry = TwinRegistry(StoredVersions(store), store)
        self.model: dict[str, list[TwinVersion]] = {}
        self.seen: dict[tuple[str, str], int] = {}
        self.minute = 0

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize()
    def begins_empty(self) -> None:
        assert list(self.registry.twins()) == []

    def moment(self) -> Moment:
        self.minute += 1
        return at(self.minute)

    def lives(self, id_: str) -> bool:
        return id_ in self.model and self.model[id_][-1].status != "deleted"

    def changes(self, id_: str, expected: int, change: Any) -> None:
        """The change is taken exactly where it was made from the newest version."""
        if self.lives(id_) and expected == self.model[id_][-1].version:
            self.model[id_].append(change())
        else:
            with pytest.raises(TwinstageError):
                change()

    @rule(id_=st.sampled_from(IDS), owner=st.sampled_from("ab"))
    def create(self, id_: str, owner: str) -> None:
        moment = self.moment()
        if self.lives(id_):
            with pytest.raises(InputError):
                self.registry.create(id_, replace(CONTENT, owner=owner), moment)
        else:
            self.model.setdefault(id_, []).append(self.registry.create(id_, replace(CONTENT, owner=owner), moment))

    @rule(id_=st.sampled_from(IDS), who=st.sampled_from("xy"))
    def look(self, id_: str, who: str) -> None:
        found = self.registry.find(id_)
        assert (found.version if found else 0) == len(self.model.get(id_, ()))
        self.seen[who, id_] = found.version if found else 0

    @rule(id_=st.sampled_from(IDS), who=st.sampled_from("xy"), seed=st.integers(0, 3))
    def update(self, id_: str, who: str, seed: int) -> None:
        expected, moment = self.seen.get((who, id_), 0), self.moment()
        content = replace(CONTENT, configuration={"seed": seed})
        self.changes(id_, expected, lambda: self.registry.update(id_, expected, content, moment))

    @rule(id_=st.sampled_from(IDS), who=st.sampled_from("xy"))
    def deploy(self, id_: str, who: str) -> None:
        expected, moment = self.seen.get((who, id_), 0), self.moment()
        self.changes(id_, expected, lambda: self.registry.deployed(id_, expected, moment))

    @rule(id_=st.sampled_from(IDS), who=st.sampled_from("xy"))
    def destroy(self, id_: str, who: str) -> None:
        expected, moment = self.seen.get((who, id_), 0), self.moment()
        self.changes(id_, expected, lambda: self.registry.destroyed(id_, expected, moment))

    @rule(id_=st.sampled_from(IDS), number=st.integers(1, 4))
    def restore(self, id_: str, number: int) -> None:
        moment, history = self.moment(), self.model.get(id_, [])
        if number > len(history):
            with pytest.raises(InputError):
                self.registry.restore(id_, number, moment)
            return
        made = self.registry.restore(id_, number, moment)
        assert made.content == history[number - 1].content
        history.append(made)

    @rule(id_=st.sampled_from(IDS))
    def delete(self, id_: str) -> None:
        moment = self.moment()
        if not self.lives(id_):
            return
        if self.model[id_][-1].stands is not None:
            with pytest.raises(SafetyError):
                self.registry.delete(id_, moment)
        else:
            self.model[id_].append(self.registry.delete(id_, moment))

    @invariant()
    def every_version_is_as_it_was_written(self) -> None:
        for id_, history in self.model.items():
            assert list(self.registry.history(id_)) == history
            assert [version.version for version in history] == list(range(1, len(history) + 1))
        assert [twin.id for twin in self.registry.twins()] == sorted(self.model)


RegistryAgainstADictionary.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestAgainstADictionary = RegistryAgainstADictionary.TestCase
