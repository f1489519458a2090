"""Invariants hold, or break at a call: each kind, over the exact state after every call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.memory_zones import alias, apex, change, rr
from tests.validate.evidence_parts import (
    CLEAN,
    FLIP,
    SERVING_1,
    SERVING_2,
    START,
    TREE_1,
    TREE_2,
    ZONE,
    call,
    get_item,
    outcome,
    start,
)
from twinstage.model.invariant import Invariant
from twinstage.validate.history import History, Step
from twinstage.validate.invariants import Watch, watch
from twinstage.world.memory.route53 import zone_from

NAME = "api.ex.test."


def invariant(kind: str, *names: str, generation: str | None = None) -> Invariant:
    return Invariant("I", "title", kind, names or (NAME,), generation=generation)


def watched(
    kind: str, *outcomes: dict[str, Any], zones: Any = None, names: tuple[str, ...] = (), generation: str | None = None
) -> Watch:
    zones = zones or start()
    (found,) = watch([invariant(kind, *names, generation=generation)], zones, History(dict(zones)).steps(outcomes))
    return found


def broken_at(found: Watch) -> list[tuple[str, int, str]]:
    return [(v.place["event"], v.place["call"], v.detail) for v in found.violations]


GENERATION = "plan-{generation}."


@pytest.mark.parametrize(
    ("kind", "generation"), [("resolves", None), ("alias_target_exists", None), ("never_decreases", GENERATION)]
)
def test_on_a_good_day_every_invariant_holds(kind: str, generation: str | None) -> None:
    assert broken_at(watched(kind, FLIP, CLEAN, generation=generation)) == []


EMPTIED = outcome(2, get_item(), call(change("DELETE", TREE_1), n=3))


def test_a_name_whose_tree_was_deleted_resolves_to_nothing_any_more() -> None:
    assert broken_at(watched("resolves", EMPTIED)) == [("e2", 3, f"{NAME} resolves to nothing (nx domain; {NAME} A)")]


def test_an_active_tree_that_was_deleted_is_named() -> None:
    assert broken_at(watched("alias_target_exists", EMPTIED)) == [
        ("e2", 3, f"the target of {NAME}, plan-1.ex.test. A, does not exist")
    ]


def test_a_tree_of_another_type_is_not_the_target() -> None:
    turned = outcome(0, call(change("DELETE", TREE_1), change("CREATE", rr("plan-1.ex.test.", "TXT", '"x"'))))
    assert len(broken_at(watched("alias_target_exists", turned))) == 1


def test_an_alias_out_of_the_zone_is_not_looked_after() -> None:
    outside = outcome(0, call(change("UPSERT", alias(NAME, "A", "lb.test.", "ZOTHER"))))
    assert broken_at(watched("alias_target_exists", outside)) == []
    assert broken_at(watched("resolves", outside)) == []


def test_a_name_that_goes_back_to_an_older_generation_breaks_at_every_step_back() -> None:
    back = [
        outcome(i, call(change("UPSERT", serving)))
        for i, serving in enumerate([SERVING_2, SERVING_1, SERVING_2, SERVING_1])
    ]
    assert broken_at(watched("never_decreases", *back, generation=GENERATION)) == [
        ("e1", 0, f"{NAME} went from generation 2 back to 1"),
        ("e3", 0, f"{NAME} went from generation 2 back to 1"),
    ]


@pytest.mark.parametrize(
    ("generation", "old", "new", "broken"),
    [
        ("plan-{generation}.", "plan-10.ex.test.", "plan-9.ex.test.", True),
        ("plan-{generation}.", "plan-9.ex.test.", "plan-10.ex.test.", False),
        ("{generation}", "tree2.ex.test.", "tree1.ex.test.", True),
        ("-{generation}-", "a-1-b-9-c.ex.test.", "a-x-b-1-c.ex.test.", False),
        ("plan-{generation}.", "plan-9x.ex.test.", "plan-1.ex.test.", False),
        ("plan-{generation}.", "plan-9.ex.test.", "spare.ex.test.", False),
        ("plan-{generation}.", "plan-a.plan-9.ex.test.", "plan-8.ex.test.", True),
    ],
)
def test_a_generation_is_the_number_between_what_stands_around_it(
    generation: str, old: str, new: str, broken: bool
) -> None:
    records = [*apex("ex.test."), rr(old, "A", "192.0.2.1"), rr(new, "A", "192.0.2.2"), alias(NAME, "A", old, ZONE)]
    flip = outcome(0, call(change("UPSERT", alias(NAME, "A", new, ZONE))))
    assert bool(broken_at(watched("never_decreases", flip, zones=start(*records), generation=generation))) == broken


def weighted(id_: str, target: str, weight: int = 1, kind: str = "A") -> dict[str, Any]:
    return alias(NAME, kind, target, ZONE, SetIdentifier=id_, Weight=weight)


def to(record: dict[str, Any]) -> dict[str, Any]:
    return outcome(0, call(change("UPSERT", record)))


TREES = [*apex("ex.test."), TREE_1, TREE_2, rr("plan-1.ex.test.", "AAAA", "2001:db8::1")]
TREES.append(rr("plan-2.ex.test.", "AAAA", "2001:db8::2"))
ON_2 = [*TREES, SERVING_2]
BOTH_ON_2 = [*ON_2, alias(NAME, "AAAA", "plan-2.ex.test.", ZONE)]
BLUE_1, GREEN_2 = weighted("blue", "plan-1.ex.test."), weighted("green", "plan-2.ex.test.")
LIVE = alias("live.ex.test.", "A", "plan-2.ex.test.", ZONE)


@pytest.mark.parametrize(
    ("records", "calls"),
    [
        (ON_2, [call(change("DELETE", SERVING_2)), call(change("CREATE", SERVING_1), n=1)]),
        (BOTH_ON_2, [call(change("UPSERT", SERVING_1))]),
        ([*TREES, GREEN_2], [call(change("CREATE", BLUE_1))]),
        ([*TREES, GREEN_2, weighted("blue", "plan-1.ex.test.", 0)], [call(change("UPSERT", BLUE_1))]),
        (ON_2, [call(change("DELETE", SERVING_2), change("CREATE", rr(NAME, "CNAME", "plan-1.ex.test")))]),
        (ON_2, [call(change("UPSERT", alias(NAME, "AAAA", "plan-1.ex.test.", ZONE)))]),
        (
            [*TREES, LIVE, alias(NAME, "A", "live.ex.test.", ZONE)],
            [call(change("UPSERT", alias("live.ex.test.", "A", "plan-1.ex.test.", ZONE)))],
        ),
        (ON_2, [call(change("DELETE", SERVING_2), change("CREATE", SERVING_1 | {"Name": "*.ex.test."}))]),
        ([*TREES, BLUE_1, GREEN_2], [call(change("UPSERT", weighted("green", "plan-2.ex.test.", 0)))]),
        ([*TREES, BLUE_1, GREEN_2], [call(change("DELETE", GREEN_2))]),
    ],
    ids=[
        "deleted, then made again",
        "one address type",
        "an older one beside it",
        "a weight above 0",
        "a CNAME in its place",
        "a new type",
        "by way of another name",
        "a wildcard in its place",
        "the newer one at weight 0",
        "the newer one taken away",
    ],
)
def test_no_way_back_to_an_older_generation_goes_unseen(
    records: list[dict[str, Any]], calls: list[dict[str, Any]]
) -> None:
    found = watched("never_decreases", outcome(0, *calls), zones=start(*records), generation=GENERATION)
    assert broken_at(found) == [("e0", len(calls) - 1, f"{NAME} went from generation 2 back to 1")]


def test_a_gradual_change_over_to_the_newer_generation_is_no_way_back() -> None:
    day = (
        to(GREEN_2),
        to(weighted("blue", "plan-1.ex.test.", 0)),
        outcome(2, call(change("DELETE", weighted("blue", "plan-1.ex.test.", 0)))),
    )
    assert broken_at(watched("never_decreases", *day, zones=start(*TREES, BLUE_1), generation=GENERATION)) == []


def test_one_address_type_may_follow_the_other_to_a_newer_generation() -> None:
    both_on_1 = [*TREES, SERVING_1, alias(NAME, "AAAA", "plan-1.ex.test.", ZONE)]
    day = (to(SERVING_2), to(alias(NAME, "AAAA", "plan-2.ex.test.", ZONE)))
    assert broken_at(watched("never_decreases", *day, zones=start(*both_on_1), generation=GENERATION)) == []


def reached(at_least: int, *outcomes: dict[str, Any], zones: Any = None) -> Watch:
    zones = zones or start()
    asked = Invariant("I", "title", "reaches", (NAME,), generation=GENERATION, at_least=at_least)
    (found,) = watch([asked], zones, History(dict(zones)).steps(outcomes))
    return found


def test_a_generation_is_reached_or_not_when_the_replay_is_over() -> None:
    assert (reached(2, FLIP).at_end, reached(1).at_end) == ((), ())
    assert reached(2).at_end == (f"{NAME} ends at generation 1, below 2",)
    there_and_back = (to(SERVING_2), to(SERVING_1))
    assert reached(2, *there_and_back).at_end == (f"{NAME} ends at generation 1, below 2",)
    assert reached(2, *there_and_back).violations == []


def test_a_name_without_a_generation_at_the_end_has_reached_none() -> None:
    gone = outcome(0, call(change("DELETE", SERVING_1)))
    found = reached(1, gone)
    assert (found.at_end, found.idle) == ((f"{NAME} ends without a generation, not at 1 or above",), set())


def test_the_lowest_generation_that_answers_is_what_is_reached() -> None:
    assert reached(2, zones=start(*TREES, BLUE_1, GREEN_2)).at_end == (f"{NAME} ends at generation 1, below 2",)
    assert reached(2, zones=start(*TREES, weighted("blue", "plan-1.ex.test.", 0), GREEN_2)).at_end == ()


def test_a_name_must_go_on_to_answer_for_each_address_type_it_had() -> None:
    gone = outcome(0, call(change("DELETE", BOTH_ON_2[-1])))
    assert broken_at(watched("resolves", gone, zones=start(*BOTH_ON_2))) == [
        ("e0", 0, f"{NAME} resolves to nothing for AAAA (no data)")
    ]


def test_an_address_type_that_a_name_never_had_is_not_asked_for() -> None:
    no_longer = outcome(0, call(change("DELETE", TREES[-1])), call(change("DELETE", TREES[-2]), n=1))
    assert broken_at(watched("resolves", no_longer, zones=start(*ON_2))) == []


def test_a_name_that_only_has_ipv6_is_not_asked_for_ipv4() -> None:
    records = [*TREES, BOTH_ON_2[-1]]
    found = watched("resolves", outcome(0, call(change("DELETE", TREES[-1]))), zones=start(*records))
    assert found.at_start == ()
    assert broken_at(found) == [("e0", 0, f"{NAME} resolves to nothing for AAAA (no data; {NAME} AAAA)")]


def test_the_address_types_behind_a_cname_are_those_it_has() -> None:
    records = [*TREES, rr(NAME, "CNAME", "plan-1.ex.test")]
    found = watched("resolves", outcome(0, call(change("DELETE", TREES[-2]))), zones=start(*records))
    assert [event for event, *_ in broken_at(found)] == ["e0"]


def test_every_way_that_routing_may_choose_must_answer() -> None:
    emptied = outcome(0, call(change("DELETE", TREE_1)))
    records = [*TREES, BLUE_1, GREEN_2]
    assert broken_at(watched("resolves", emptied, zones=start(*records))) == [
        ("e0", 0, f"{NAME} resolves to nothing by way of {NAME} A blue -> plan-1.ex.test. (no data)")
    ]
    unused = [*TREES, weighted("blue", "plan-1.ex.test.", 0), GREEN_2]
    assert broken_at(watched("resolves", emptied, zones=start(*unused))) == []


def test_a_way_that_leads_nowhere_is_found_behind_another_name() -> None:
    behind = [each | {"Name": "live.ex.test."} for each in (BLUE_1, GREEN_2)]
    records = [*TREES, *behind, alias(NAME, "A", "live.ex.test.", ZONE)]
    found = watched("resolves", outcome(0, call(change("DELETE", TREE_1))), zones=start(*records))
    assert len(broken_at(found)) == 1


def test_what_stays_broken_is_one_violation_and_what_breaks_again_another() -> None:
    on_2 = change("UPSERT", SERVING_2)
    day = [
        outcome(0, call(change("DELETE", TREE_1)), call(change("UPSERT", rr("other.ex.test.", "A", "192.0.2.9")), n=1)),
        outcome(1, call(on_2)),
        outcome(2, call(change("DELETE", TREE_2))),
    ]
    assert [(event, n) for event, n, _ in broken_at(watched("resolves", *day))] == [("e0", 0), ("e2", 0)]


def test_what_breaks_for_several_names_at_one_call_is_one_violation_that_names_them() -> None:
    other = alias("b.ex.test.", "A", "plan-1.ex.test.", ZONE)
    found = watched("alias_target_exists", EMPTIED, zones=start(*START, other), names=("b.ex.test.", NAME))
    ((_, _, detail),) = broken_at(found)
    assert detail == "; ".join(f"the target of {n}, plan-1.ex.test. A, does not exist" for n in (NAME, "b.ex.test."))


def test_what_does_not_hold_at_the_start_is_told_and_no_call_is_blamed_for_it() -> None:
    found = watched("resolves", outcome(0, call(change("UPSERT", TREE_2))), zones=start(*apex("ex.test."), TREE_2))
    assert found.at_start == (f"{NAME} resolves to nothing (nx domain)",)
    assert found.violations == []
    assert watched("never_decreases", zones=start(), generation=GENERATION).at_start == ()


def test_a_violation_shows_the_call_and_its_changes() -> None:
    (violation,) = watched("resolves", EMPTIED).violations
    assert violation.document() == {
        "event": "e2",
        "seq": 2,
        "timestamp": "2025-10-19T02:14:02Z",
        "function": "enactor",
        "call": 3,
        "operation": "ChangeResourceRecordSets",
        "zone": "ex.test.",
        "detail": f"{NAME} resolves to nothing (nx domain; {NAME} A)",
        "changes": [change("DELETE", TREE_1)],
    }


@pytest.mark.parametrize(
    ("kind", "generation", "idle"),
    [
        ("resolves", None, set()),
        ("alias_target_exists", None, {"nothing.ex.test.", "plan-1.ex.test.", "out.ex.test."}),
        ("never_decreases", GENERATION, {"nothing.ex.test.", "plan-1.ex.test.", "out.ex.test."}),
        (
            "never_decreases",
            "tree-{generation}.",
            {NAME, "later.ex.test.", "nothing.ex.test.", "plan-1.ex.test.", "out.ex.test."},
        ),
    ],
)
def test_names_at_which_there_was_never_anything_to_look_at_are_told(
    kind: str, generation: str | None, idle: set[str]
) -> None:
    out, later = alias("out.ex.test.", "A", "lb.test.", "ZOTHER"), alias("later.ex.test.", "A", "plan-2.ex.test.", ZONE)
    names = (NAME, "later.ex.test.", "nothing.ex.test.", "plan-1.ex.test.", "out.ex.test.")
    day = outcome(0, call(change("CREATE", later)))
    assert watched(kind, day, zones=start(*START, out), names=names, generation=generation).idle == idle


def steps(*outcomes: dict[str, Any]) -> list[Step]:
    return list(History(start()).steps(outcomes))


def test_every_record_change_is_a_step_and_nothing_else_is() -> None:
    found = steps(FLIP, outcome(1, get_item()), outcome(2, calls=None), CLEAN)
    assert [(step.event, step.call) for step in found] == [("e0", 1), ("e1", 0)]
    assert found[0].after == found[1].before
    assert found[0].before != found[0].after


@pytest.mark.parametrize("error", ["Throttling", "AccessDenied", "NoSuchHostedZone"])
def test_a_failure_that_says_nothing_of_the_zone_is_no_step(error: str) -> None:
    assert steps(outcome(0, call(change("DELETE", TREE_1), error=error))) == []


def test_other_calls_of_route53_are_no_steps() -> None:
    listed = call() | {"operation": "ListResourceRecordSets", "parameters": {"HostedZoneId": ZONE}}
    assert steps(outcome(0, listed, get_item(1))) == []


def test_a_call_on_a_zone_that_was_not_captured_is_no_step() -> None:
    assert steps(outcome(0, call(change("DELETE", TREE_1), zone="ZOTHER"))) == []


def test_a_zone_id_may_come_in_its_long_form() -> None:
    (step,) = steps(outcome(0, call(change("UPSERT", SERVING_2), zone=f"/hostedzone/{ZONE}")))
    assert step.discrepancy is None


def test_a_refusal_that_the_rules_give_too_is_told_with_its_cause_and_changes_nothing() -> None:
    first, second, third = steps(
        outcome(0, call(change("CREATE", TREE_1), change("CREATE", TREE_2), error="InvalidChangeBatch")),
        outcome(1, call(change("DELETE", rr("plan-2.ex.test.", "A", "192.0.2.99")), error="InvalidChangeBatch")),
        outcome(2, call(change("CREATE", SERVING_1), error="InvalidChangeBatch")),
    )
    for step in (first, second, third):
        assert step.before == step.after
        assert step.discrepancy is None
        assert step.refusal is not None
    assert first.refusal
    assert second.refusal
    assert third.refusal
    assert (first.refusal.cause, first.refusal.name, first.refusal.consequence) == (
        "CREATE of an existing set",
        "plan-1.ex.test.",
        False,
    )
    assert (second.refusal.cause, second.refusal.consequence) == ("DELETE does not match", True)
    assert (third.refusal.name, third.refusal.consequence) == (NAME, False)


@pytest.mark.parametrize(
    ("made", "discrepancy"),
    [
        (
            call(change("UPSERT", SERVING_2), error="InvalidChangeBatch"),
            "the twin refused (InvalidChangeBatch) what the exact rules accept",
        ),
        (call(change("CREATE", TREE_1)), "the twin accepted what the exact rules refuse: "),
        (
            call(change("CREATE", TREE_1), error="InvalidInput"),
            "the twin refused with InvalidInput, the exact rules with InvalidChangeBatch",
        ),
    ],
)
def test_where_the_twin_and_the_rules_disagree_it_is_told(made: dict[str, Any], discrepancy: str) -> None:
    (step,) = steps(outcome(0, made))
    assert step.discrepancy is not None
    assert step.discrepancy.startswith(discrepancy)
    assert step.before == step.after


def test_a_step_leaves_the_state_it_started_from_alone() -> None:
    zones = start()
    list(History(zones).steps([FLIP]))
    assert zone_from(START, id=ZONE, name="ex.test.") == start()[ZONE]
