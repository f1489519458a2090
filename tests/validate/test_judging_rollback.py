"""A rehearsal that asks for a way back is judged by what trying it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.validate.evidence_parts import DOCUMENT, Day, found
from twinstage.model.finding import Verdict, weigh
from twinstage.rehearse.rollback.merging import merge_rollback
from twinstage.rehearse.rollback.plan import plan_rollback
from twinstage.validate.verdict import judge

if TYPE_CHECKING:
    from twinstage.validate.evidence import Evidence

RECOVERY = {"messages": [{"function": "enactor", "event": {}}]}
ROLLS_BACK = DOCUMENT | {"rollback": {"recovery": RECOVERY}, "criteria": {"consistency": {}, "safety": {}}}


def task_document(task: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What came of the recorded path, where nothing failed."""
    return {
        "task": task,
        "states": 12,
        "worlds": 5,
        "exhausted": None,
        "capped": False,
        "failing_states": 0,
        "calls": 2,
        "seconds": 0.0,
        "failures": [],
        "path": [],
        "resolvers": [],
        "left_behind": {"records": [], "items": [], "attributes": []},
        "baseline_breaks": [],
        "baseline_speaks_of": ["I1", "I2", "I3"],
        "asked": ["I1", "I2", "I3"],
        "timing": {},
        **fields,
    }


def judged(section: dict[str, Any] | None = None, *, left: bool = True, **fields: Any) -> Evidence:
    """The evidence of a rehearsal whose way back came to this; `left`: whether its task left anything."""
    day = Day(ROLLS_BACK | ({"rollback": {"recovery": RECOVERY, **section}} if section else {}))
    tasks = plan_rollback(day.scenario)
    documents = [task_document(task, **fields) for task in tasks] if left else []
    return day.evidence(rollback=merge_rollback(day.scenario, tasks, documents))


def failing(check: str, **fields: Any) -> dict[str, Any]:
    where = {"event": "e1", "call": 2, "schedule": None, "depth": 3, "states": 4, "detail": "it is gone"}
    return {"check": check, **where, **fields}


def test_a_way_back_that_works_from_everywhere_approves() -> None:
    given = judged()

    assert weigh(judge(given)) is Verdict.APPROVED
    checks = ["calls", "restored", "again", "recovery", "I1", "I2", "I3"]
    assert all(found(given, f"rollback-{check}").passed for check in checks)
    assert "12 on the recorded path" in found(given, "rollback-complete").message


@pytest.mark.parametrize("check", ["calls", "restored", "again", "recovery", "I2"])
def test_whatever_fails_from_anywhere_rejects_and_says_from_where(check: str) -> None:
    given = judged(failures=[failing(check)], failing_states=4)

    assert weigh(judge(given)) is Verdict.REJECTED
    told = found(given, f"rollback-{check}")
    assert told.message.endswith("the way back fails from after call 2 of e1 and 3 other states: it is gone")
    assert told.evidence["places"][0]["command"] == "twinstage rollback small --from e1:2"


def test_what_the_baseline_breaks_itself_is_shown() -> None:
    given = judged(failures=[failing("I2")], baseline_breaks=["I2"])

    assert weigh(judge(given)) is Verdict.APPROVED
    assert (found(given, "rollback-I2").passed, found(given, "rollback-I2").counts) == (False, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"capped": True},
        {"unanswered": [["sqs", "SendMessage"]]},
        {"divergences": ["container A, call 3: the handler does something else"]},
        {"refused": ["given 1: enactor failed"]},
        {"gave_up": {"code": "CONTAINED_STALLED", "message": "no end"}},
        {"baseline_breaks": ["recovery"]},
    ],
)
def test_what_was_not_tried_everywhere_is_inconclusive(fields: dict[str, Any]) -> None:
    given = judged(**fields)

    assert weigh(judge(given)) is Verdict.INCONCLUSIVE
    assert found(given, "rollback-complete").passed is None


def test_a_task_that_left_nothing_is_inconclusive() -> None:
    assert weigh(judge(judged(left=False))) is Verdict.INCONCLUSIVE


def test_without_the_recorded_path_nothing_is_known_of_what_the_baseline_keeps() -> None:
    day = Day(ROLLS_BACK)
    (recorded,) = plan_rollback(day.scenario)
    race = recorded | {"name": "rollback-every-race", "from": "every state", "case": "race"}

    alone = merge_rollback(day.scenario, [race], [task_document(race, exhausted=True)])

    assert alone["verdict"] == "INCONCLUSIVE"
    assert alone["problems"] == ["the recorded path was not tried: what the baseline keeps by itself is not known"]


def test_a_way_back_that_was_asked_for_and_not_tried_is_inconclusive() -> None:
    given = Day(ROLLS_BACK).evidence()

    assert weigh(judge(given)) is Verdict.INCONCLUSIVE


NAME = {"name": "www.ex.test.", "type": "A", "seconds": 3660.0, "event": "e1", "call": 1, "gone": ["192.0.2.2"]}
SEEN = [{**NAME, "answers": [{"values": ["192.0.2.2"], "seconds": 3660.0}]}]


@pytest.mark.parametrize(
    ("section", "passed", "counts"),
    [({"within_s": 300}, False, True), ({"within_s": 7200}, True, True), ({"within_s": None}, None, False)],
)
def test_what_resolvers_see_is_judged_where_there_is_a_limit(
    section: dict[str, Any],
    passed: bool | None,
    counts: bool,
) -> None:
    told = found(judged(section, resolvers=SEEN), "rollback-seen")

    assert (told.passed, told.counts) == (passed, counts)
    assert "192.0.2.2 for 3660 s after it, an address that nobody holds any more" in told.message


@pytest.mark.parametrize(("strict", "passed"), [(True, False), (False, None)])
def test_what_is_left_behind_is_judged_where_nothing_may_be(strict: bool, passed: bool | None) -> None:
    left = {"records": ["extra.ex.test. TXT"], "items": [], "attributes": []}

    told = found(judged({"leaves_nothing": strict}, left_behind=left), "rollback-leaves-nothing")

    assert (told.passed, told.counts) == (passed, strict)
    assert "extra.ex.test. TXT" in told.message


@pytest.mark.parametrize("check", ["leaves-nothing", "seen"])
def test_what_is_looked_for_on_the_recorded_path_alone_says_so_beside_a_certified_case(check: str) -> None:
    section = {"recovery": RECOVERY, "leaves_nothing": True, "within_s": 300}
    day = Day(ROLLS_BACK | {"rollback": section})
    (recorded,) = plan_rollback(day.scenario)
    race = recorded | {"name": "rollback-every-race", "from": "every state", "case": "race"}
    documents = [task_document(recorded), task_document(race, exhausted=True)]

    alone = day.evidence(rollback=merge_rollback(day.scenario, [recorded], documents[:1]))
    both = day.evidence(rollback=merge_rollback(day.scenario, [recorded, race], documents))

    told = found(both, f"rollback-{check}").message
    assert told.endswith(" (on the recorded path; not looked for from every state of race)")
    assert "recorded path" not in found(alone, f"rollback-{check}").message
