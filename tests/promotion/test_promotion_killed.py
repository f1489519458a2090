"""A promotion that is killed at any of its steps goes on when it is called again, or goes back: production is promoted or what it was, and nothing in between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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


def calls(number: int) -> list[Any]:
    """The first so many. Two kinds hold the same in CI: one of a function's code, and one of its alias."""
    return [pytest.param(at, marks=() if at in (2, 5) else pytest.mark.long) for at in range(1, number + 1)]


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
@pytest.mark.parametrize("at", calls(CALLS))
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
@pytest.mark.parametrize("at", calls(CALLS - 1))
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


def test_a_way_back_that_was_killed_is_not_gone_forward_again(made: Callable[[], Production]) -> None:
    production = made()
    before = production.state
    production.promoter(UNWATCHED).promote()
    with pytest.raises(Killed):
        # The records and the alias are back, the code is not.
        production.promoter(UNWATCHED, client=Mortal(production, 2, answered=True).client).back()

    done = production.promoter(UNWATCHED).promote()

    assert (done.outcome, done.why) == ("stopped", "it was taken back by hand")
    assert production.state == before


def test_one_that_goes_on_in_other_shares_ends_with_all_of_it(made: Callable[[], Production]) -> None:
    production = made()
    with pytest.raises(Killed):
        # 100 % were watched; the records are not sent.
        production.promoter(UNWATCHED, client=Mortal(production, CALLS, answered=False).client).promote()

    assert production.promoter(replace(UNWATCHED, steps=(25, 100))).promote().outcome == "promoted"
    assert production.state["alias"] == ("2", {})


def test_of_two_who_promote_at_once_one_is_told(made: Callable[[], Production]) -> None:
    production = made()

    def somebody_else() -> None:
        production.meanwhile.clear()
        assert production.promoter(UNWATCHED).promote().outcome == "promoted"

    production.meanwhile["50 %"] = somebody_else

    with pytest.raises(SafetyError) as caught:
        production.promoter(UNWATCHED).promote()

    assert caught.value.code == "PROMOTING"
    assert production.state["alias"] == ("2", {})
