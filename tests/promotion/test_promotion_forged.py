"""The journal is signed by nobody: whoever writes the run's results can write it, and has by it nothing let through, and nobody served by what was not captured or attested."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.promotion.conftest import SHIFT, UNWATCHED
from tests.promotion.orders import ANSWERS, FAILS
from twinstage.model.archive import zip_files
from twinstage.model.errors import SafetyError
from twinstage.rehearse.promotion.journal import BEGAN, DID, INTENDS, STOPPED, WATCHED, Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.promotion.conftest import Production

    Make = Callable[..., Production]

pytestmark = pytest.mark.engine
REFUSES = {"guard": "share", "observed": "75 %", "limit": "30 %", "passed": False, "allowed": False, "way_out": "less"}


def forged(made: Production, version: str) -> Journal:
    """A journal that says that a promotion began at this version."""
    ordered = made.ordered
    for key in list(ordered.results.list("promotion/journal/")):
        ordered.results.delete(key)
    journal = Journal(ordered.results, lambda: "2026-01-05T10:00:00Z", "mallory")
    versions = {ordered.function: version}
    digest = made.promoter().order.digest
    journal.add(BEGAN, order=digest, alias="live", versions=versions, by="mallory", steps=[100], back="")
    return journal


def another_version(made: Production) -> str:
    """A version that nobody rehearsed, which serves nobody; `$LATEST` is what was captured again."""
    functions, name = made.client("lambda"), made.ordered.function
    functions.update_function_code(FunctionName=name, ZipFile=zip_files({"app.py": ANSWERS.format(version=0).encode()}))
    version = str(functions.publish_version(FunctionName=name)["Version"])
    functions.update_function_code(FunctionName=name, ZipFile=made.ordered.old)
    return version


@pytest.mark.parametrize("command", ["promote", "back"])
def test_nothing_goes_back_to_a_version_that_was_not_captured(production: Make, command: str) -> None:
    made = production(sent=0)
    journal = forged(made, another_version(made))
    journal.add(DID, what="publish", subject=made.ordered.function, version="1")
    journal.add(INTENDS, what="route", subject=made.ordered.function, back="")
    journal.add(STOPPED, why="it failed")
    before = made.state

    with pytest.raises(SafetyError, match="the code of 2 is sha256:") as caught:
        getattr(made.promoter(UNWATCHED), command)()

    assert (caught.value.code, made.state) == ("NOT_BACK", before)


def test_no_share_goes_to_a_version_that_was_not_captured(production: Make) -> None:
    made = production(sent=0)
    other = another_version(made)
    made.promoter(UNWATCHED).promote()
    forged(made, other)
    before = made.state

    with pytest.raises(SafetyError, match="the code of 2 is sha256:"):
        made.promoter(UNWATCHED).promote()

    assert made.state == before


@pytest.mark.parametrize(
    ("of", "invoked", "code"),
    [
        ({"section": {}, "at": "2026-01-01T00:00:00Z"}, 0, "EXPIRED"),
        ({"guards": [REFUSES]}, 0, "GUARD"),
        ({"tables": True}, 0, "GUARD"),
        ({}, 1, "GUARD"),
    ],
    ids=["its time", "the plan's guards", "tables", "callers without an alias"],
)
def test_what_is_said_to_have_begun_is_looked_at_all_the_same(
    production: Make, of: dict[str, Any], invoked: int, code: str
) -> None:
    made = production(sent=0, **of)
    made.invoke(invoked)
    forged(made, "1")
    before = made.state

    with pytest.raises(SafetyError) as caught:
        made.promoter(UNWATCHED).promote()

    assert (caught.value.code, made.state) == (code, before)


def test_what_is_said_to_have_been_watched_is_watched_all_the_same(production: Make) -> None:
    made = production(code=FAILS)
    journal = forged(made, "1")
    for share in (50, 100):
        journal.add(WATCHED, after=f"{share} %")
    before = made.state

    assert made.promoter(replace(SHIFT, steps=(50, 100))).promote().outcome == "stopped"
    assert made.state == before
