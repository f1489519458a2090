"""A promotion in the embedded production account: the alias really routes by its weights, what fails is really counted, and what was promoted is what serves."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.promotion.conftest import SHIFT, UNWATCHED
from tests.promotion.orders import FAILS, ZONE, record
from twinstage.model.errors import SafetyError
from twinstage.model.validation import schema_violations
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.promotion.conftest import Production

    Make = Callable[..., Production]

pytestmark = pytest.mark.engine
SOMETIMES = (
    "import random\n\n\ndef handler(event, context):\n    if random.random() < 0.5:\n        raise RuntimeError('no')\n"
)
CHANGED = {f"www.{ZONE}": "192.0.2.20", f"new.{ZONE}": "192.0.2.3"}


def refusal(production: Production, choices: Any = SHIFT) -> SafetyError:
    """What is refused, and that nothing came of it."""
    before = production.state
    with pytest.raises(SafetyError) as caught:
        production.promoter(choices).promote()
    assert production.state == before
    assert (caught.value.exit_code, bool(caught.value.hint)) == (4, True)
    assert {"observed", "expected"} <= set(caught.value.details)
    return caught.value


def test_the_alias_is_shifted_in_steps_watched_and_the_records_follow(production: Make) -> None:
    made = production(records=True)

    done = made.promoter().promote()

    assert (done.outcome, done.versions) == ("promoted", {made.ordered.function: "2"})
    state = made.state
    assert state.pop("alias") == ("2", {})
    assert {name: value for name, value in state.items() if name.endswith(ZONE)} == CHANGED
    answer = made.client("lambda").invoke(FunctionName=made.ordered.function, Qualifier="live")
    assert (answer["ExecutedVersion"], json.loads(answer["Payload"].read())) == ("2", "new")
    told = [line for line in made.said if "%" in line]
    assert [line.partition(" ")[0] for line in told] == ["50", "100"]


def test_what_was_done_is_in_the_journal_with_the_way_back_and_in_the_audit_trail(production: Make) -> None:
    made = production(records=True, sent=0)
    made.promoter(UNWATCHED).promote()
    results = made.ordered.results

    lines = [get_json(results, key) for key in results.list("promotion/journal/")]
    assert [line["kind"] for line in lines][0 :: len(lines) - 1] == ["began", "promoted"]
    assert all(line["body"]["back"] for line in lines if line["kind"] == "intends")
    assert any("aws lambda update-alias" in line["body"].get("back", "") for line in lines)
    last = made.ordered.office.desk.entries()[-1]
    assert (last.kind, last.body["outcome"], last.body["by"]) == ("promoted", "promoted", "dave")
    record_ = get_json(results, "approval.json")
    assert [each["outcome"] for each in record_["promoted"]] == ["promoted"]
    assert schema_violations("change-record", record_) == []


def test_promoting_again_changes_nothing_and_says_so(production: Make) -> None:
    made = production(records=True, sent=0)
    made.promoter(UNWATCHED).promote()
    state, lines = made.state, list(made.ordered.results.list("promotion/journal/"))

    again = made.promoter().promote()

    assert (again.outcome, again.repeated) == ("promoted", True)
    assert (made.state, list(made.ordered.results.list("promotion/journal/"))) == (state, lines)


def test_a_version_that_fails_is_stopped_and_everything_is_back_where_it_was(production: Make) -> None:
    made = production(records=True, code=FAILS)
    before = made.state

    done = made.promoter().promote()

    assert done.outcome == "stopped"
    assert "failed, of 1 0 of" in done.why
    assert made.state == before
    assert made.ordered.office.desk.entries()[-1].body["outcome"] == "stopped"
    answer = made.client("lambda").invoke(FunctionName=made.ordered.function, Qualifier="live")
    assert (answer["ExecutedVersion"], json.loads(answer["Payload"].read())) == ("1", "old")


# How often is too often is a rule of its own, and held as one.
@pytest.mark.long
def test_a_version_that_fails_as_often_as_the_one_before_is_not_stopped(production: Make) -> None:
    made = production(code=SOMETIMES.replace("0.5", "0.25"), baseline=SOMETIMES, sent=25)
    made.invoke(60, Qualifier="live")

    assert made.promoter().promote().outcome == "promoted"


# The same.
@pytest.mark.long
def test_errors_that_are_overlooked_do_not_stop_it(production: Make) -> None:
    made = production(code=FAILS)

    assert made.promoter(replace(SHIFT, errors=1000)).promote().outcome == "promoted"


def test_a_version_that_nobody_tries_is_not_promoted(production: Make) -> None:
    made = production()
    made.sent = 0
    before = made.state

    done = made.promoter(replace(SHIFT, patience_s=0.0)).promote()

    assert (done.outcome, made.state) == ("stopped", before)
    assert "too few invocations" in done.why


def test_a_promotion_is_taken_back_and_can_be_promoted_again(production: Make) -> None:
    made = production(records=True, environment={"KEPT": "no", "ADDED": "1"}, sent=0)
    before = made.state
    made.promoter(UNWATCHED).promote()
    promoted = made.state
    assert promoted["environment"] == {"KEPT": "no", "ADDED": "1"}

    back = made.promoter(UNWATCHED).back()

    assert (back.outcome, made.state) == ("returned", before)
    assert made.promoter(UNWATCHED).back().repeated
    assert made.promoter(UNWATCHED).promote().outcome == "promoted"
    assert {**made.state, "alias": None} == {**promoted, "alias": None}
    outcomes = [entry.body["outcome"] for entry in made.ordered.office.desk.entries() if entry.kind == "promoted"]
    assert outcomes == ["promoted", "returned", "promoted"]


def test_what_the_snapshot_withheld_stays_as_it_is_when_it_is_taken_back(production: Make) -> None:
    made = production(environment={"ADDED": "1"}, withheld=("TOKEN",), sent=0)
    rotated = {"Variables": {"KEPT": "yes", "TOKEN": "rotated"}}
    made.client("lambda").update_function_configuration(FunctionName=made.ordered.function, Environment=rotated)
    made.promoter(UNWATCHED).promote()

    assert made.promoter(UNWATCHED).back().outcome == "returned"
    assert made.state["environment"] == rotated["Variables"]


def test_a_change_of_records_alone_needs_no_function_and_nobody_to_ask(production: Make) -> None:
    made = production(function="", records=True, section={})

    assert made.promoter().promote().outcome == "promoted"
    assert made.state == CHANGED
    assert not made.ordered.results.exists("approval.json")


def code_moved(made: Production) -> None:
    made.client("lambda").update_function_code(FunctionName=made.ordered.function, ZipFile=made.ordered.new)


def configuration_moved(made: Production) -> None:
    made.client("lambda").update_function_configuration(FunctionName=made.ordered.function, Timeout=11)


def environment_moved(made: Production) -> None:
    variables = {"Variables": {"KEPT": "secret"}}
    made.client("lambda").update_function_configuration(FunctionName=made.ordered.function, Environment=variables)


def alias_moved(made: Production) -> None:
    code_moved(made)
    version = made.client("lambda").publish_version(FunctionName=made.ordered.function)["Version"]
    made.client("lambda").update_function_code(FunctionName=made.ordered.function, ZipFile=made.ordered.old)
    made.client("lambda").update_alias(FunctionName=made.ordered.function, Name="live", FunctionVersion=version)


def alias_shared(made: Production) -> None:
    code_moved(made)
    version = made.client("lambda").publish_version(FunctionName=made.ordered.function)["Version"]
    made.client("lambda").update_function_code(FunctionName=made.ordered.function, ZipFile=made.ordered.old)
    weights = {"AdditionalVersionWeights": {version: 0.5}}
    made.client("lambda").update_alias(FunctionName=made.ordered.function, Name="live", RoutingConfig=weights)


def changes(*given: tuple[str, dict[str, Any]]) -> Callable[[Production], None]:
    def change(made: Production) -> None:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in given]}
        made.client("route53").change_resource_record_sets(HostedZoneId=made.ordered.zone_id, ChangeBatch=batch)

    return change


MOVED: dict[str, tuple[Callable[[Production], None], str]] = {
    "code": (code_moved, "the code of $LATEST is sha256:"),
    "configuration": (configuration_moved, "Timeout of $LATEST is 11, not 10"),
    "environment": (environment_moved, "the environment of $LATEST is another in KEPT"),
    "the version that serves": (alias_moved, "the code of 2 is sha256:"),
    "an alias that is shared": (alias_shared, "live serves 1 and 2"),
    "a record set": (changes(("UPSERT", record("www", "192.0.2.99"))), f"www.{ZONE} A is another"),
    "a record set that is gone": (changes(("DELETE", record("old", "192.0.2.1"))), f"old.{ZONE} A is gone"),
    "a record set that is there": (changes(("CREATE", record("new", "192.0.2.3"))), f"new.{ZONE} A is there already"),
}


@pytest.mark.parametrize("moved", MOVED)
def test_production_that_has_moved_is_refused(production: Make, moved: str) -> None:
    made = production(records=True)
    move, told = MOVED[moved]
    move(made)

    error = refusal(made)

    assert error.code == "PRODUCTION_MOVED"
    assert told in error.details["observed"]
    assert "secret" not in error.message
    assert not list(made.ordered.results.list("promotion/"))


def test_a_record_set_that_nobody_touches_may_move(production: Make) -> None:
    made = production(records=True, sent=0)
    changes(("CREATE", record("other", "192.0.2.77")))(made)

    assert made.promoter(UNWATCHED).promote().outcome == "promoted"


def test_records_that_move_while_the_alias_is_shifted_take_all_of_it_back(production: Make) -> None:
    made = production(records=True, sent=0)
    before = made.state
    moves = changes(("UPSERT", record("www", "192.0.2.99")))
    made.meanwhile["100 %"] = lambda: moves(made)

    done = made.promoter(UNWATCHED).promote()

    assert (done.outcome, done.why.partition(": observed ")[0]) == ("stopped", "production has moved")
    assert made.state == {**before, f"www.{ZONE}": "192.0.2.99"}


def at_update_alias(made: Production, act: Callable[[int], Any]) -> Callable[[str], Any]:
    """Clients before whose n-th UpdateAlias, counted from 1, something happens: what it gives is the answer, where it gives one."""
    called = count(1)

    def client(service: str) -> Any:
        engine = made.engine
        session: Any = engine.session(engine.accounts.production)
        found = session.client(service)
        found.meta.events.register("before-call.lambda.UpdateAlias", lambda **_: act(next(called)))
        return found

    return client


def test_an_alias_that_somebody_changes_between_two_shares_takes_all_of_it_back(production: Make) -> None:
    made = production(records=True, sent=0)
    before = made.state

    def somebody(number: int) -> None:
        if number == 2:
            made.client("lambda").update_alias(FunctionName=made.ordered.function, Name="live", Description="mine")

    done = made.promoter(UNWATCHED, client=at_update_alias(made, somebody)).promote()

    assert (done.outcome, done.why.partition(": observed ")[0]) == ("stopped", "production has moved")
    assert made.state == before


@pytest.mark.parametrize(
    ("refusals", "outcome"), [(3, "promoted"), pytest.param(400, "stopped", marks=pytest.mark.long)]
)
def test_a_function_that_lambda_is_at_is_waited_for_and_not_for_ever(
    production: Make, refusals: int, outcome: str
) -> None:
    made = production(sent=0)
    busy = {"Error": {"Code": "ResourceConflictException", "Message": "another operation is in progress"}}

    def refuse(number: int) -> Any:
        return (SimpleNamespace(status_code=409), busy) if 2 <= number < 2 + refusals else None

    done = made.promoter(UNWATCHED, client=at_update_alias(made, refuse)).promote()

    assert done.outcome == outcome


def test_a_function_without_the_alias_is_refused(production: Make) -> None:
    made = production()

    error = refusal(made, replace(SHIFT, alias="prod"))

    assert (error.code, error.details["observed"]) == ("NO_ALIAS", "no such alias")


def test_callers_that_name_no_alias_are_a_guard_that_can_be_let_through(production: Make) -> None:
    made = production(sent=0)
    made.invoke(2)

    error = refusal(made)

    assert (error.code, error.details["observed"]) == ("GUARD", f"in the last hour {made.ordered.function} 2 times")
    assert made.promoter(replace(UNWATCHED, allow=("unqualified",))).promote().outcome == "promoted"


def test_tables_are_told_and_not_promoted(production: Make) -> None:
    made = production(tables=True, sent=0)

    assert refusal(made).code == "GUARD"
    assert made.promoter(replace(UNWATCHED, allow=("tables",))).promote().outcome == "promoted"


def test_an_order_whose_time_is_over_is_not_begun(production: Make) -> None:
    made = production(section={}, at="2026-01-01T00:00:00Z")

    assert refusal(made).code == "EXPIRED"


def test_a_promotion_through_another_alias_than_the_one_under_way_is_refused(production: Make) -> None:
    made = production(code=FAILS)
    made.meanwhile["50 %"] = lambda: made.invoke(1, Qualifier="gone")
    functions = made.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        made.promoter().promote()
    made.meanwhile.clear()

    with pytest.raises(SafetyError, match="another promotion is under way"):
        made.promoter(replace(SHIFT, alias="other")).promote()
    assert made.promoter().promote().outcome == "stopped"
