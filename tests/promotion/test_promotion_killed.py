"""A promotion that is killed at any of its steps goes on when it is called again, or goes back: production is promoted or what it was, and nothing in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.promotion.conftest import UNWATCHED
from twinstage.model.errors import SafetyError
from twinstage.world.function_form import code_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.promotion.conftest import Production
    from twinstage.world.store import Store

    Make = Callable[..., Production]

pytestmark = pytest.mark.engine
CHANGES = (
    "UpdateFunctionConfiguration",
    "UpdateFunctionCode",
    "PublishVersion",
    "UpdateAlias",
    "ChangeResourceRecordSets",
)
CALLS = 6
"""What a promotion in two shares, of code, environment and records, changes: the alias twice."""


MOMENTS = [
    # As if the call before it was answered and nothing came after that.
    pytest.param(False, id="before it is sent", marks=pytest.mark.long),
    pytest.param(True, id="before its answer"),
]


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Mortal:
    """Clients whose process is killed at the n-th call that changes something: before it is sent, or before its answer is read."""

    production: Production
    at: int
    answered: bool
    made: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        engine = self.production.engine
        session: Any = engine.session(engine.accounts.production)
        client = session.client(service)
        moment = "after-call" if self.answered else "before-call"
        name = client.meta.service_model.service_id.hyphenize()
        for operation in CHANGES:
            client.meta.events.register(f"{moment}.{name}.{operation}", self._count)
        return client

    def _count(self, **named: Any) -> None:
        self.made.append(named["model"].name)
        if len(self.made) == self.at:
            raise Killed


@dataclass
class MortalStore:
    """A store whose process is killed before its n-th line of the journal is written."""

    store: Store
    left: int

    def put_new(self, key: str, data: bytes) -> bool:
        if key.startswith("promotion/journal/"):
            self.left -= 1
            if self.left == 0:
                raise Killed
        return self.store.put_new(key, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.fixture
def made(production: Make) -> Callable[[], Production]:
    return lambda: production(records=True, environment={"ADDED": "1"}, sent=0)


@pytest.mark.parametrize("answered", MOMENTS)
@pytest.mark.parametrize("at", range(1, CALLS + 1))
def test_a_promotion_that_was_killed_at_a_call_goes_on_or_back(
    made: Callable[[], Production], at: int, answered: bool
) -> None:
    for goes_back in (False, True):
        production = made()
        before = production.state
        with pytest.raises(Killed):
            production.promoter(UNWATCHED, client=Mortal(production, at, answered).client).promote()

        if goes_back:
            assert production.promoter(UNWATCHED).back().outcome == "returned"
            assert production.state == before
        assert production.promoter(UNWATCHED).promote().outcome == "promoted"
        promoted = production.state
        assert (promoted["alias"][1], promoted["code"]) == ({}, code_sha256(production.ordered.new))
        assert promoted["environment"] == {"KEPT": "yes", "ADDED": "1"}


@pytest.mark.parametrize("answered", MOMENTS)
@pytest.mark.parametrize("at", range(1, CALLS))
def test_a_way_back_that_was_killed_goes_on(made: Callable[[], Production], at: int, answered: bool) -> None:
    """Records, alias, code and environment go back: one call each."""
    production = made()
    before = production.state
    production.promoter(UNWATCHED).promote()
    mortal = Mortal(production, at, answered)
    try:
        production.promoter(UNWATCHED, client=mortal.client).back()
    except Killed:
        assert production.promoter(UNWATCHED).back().outcome == "returned"

    assert production.state == before
    assert len(mortal.made) == min(at, 4)


# Kills around every call that changes something hold the same in CI.
@pytest.mark.long
def test_a_promotion_that_was_killed_between_two_lines_of_its_journal_goes_on(made: Callable[[], Production]) -> None:
    line = 0
    while True:
        line += 1
        production = made()
        mortal = MortalStore(production.ordered.results, line)
        try:
            production.promoter(UNWATCHED, results=mortal).promote()
        except Killed:
            assert production.promoter(UNWATCHED).promote().outcome == "promoted"
            assert production.state["alias"] == ("2", {})
            outcomes = [entry.kind for entry in production.ordered.office.desk.entries()]
            assert outcomes.count("promoted") == 1
            continue
        break
    assert line > CALLS * 2


def test_of_two_who_promote_at_once_one_is_told(made: Callable[[], Production]) -> None:
    production = made()
    first, second = production.promoter(UNWATCHED), production.promoter(UNWATCHED)
    assert first.promote().outcome == "promoted"

    with pytest.raises(SafetyError) as caught:
        second.promote()

    assert caught.value.code in ("PROMOTING", "PRODUCTION_MOVED")
    assert production.state["alias"] == ("2", {})
