"""The `explore` section with mistakes: every one of them at once, each with its line, pointer and the way to mend it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_scenario_problems import EVENT, GOOD, scenario, write_events
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["scenario"]  # the fixture

SECTION = """\
explore:
  follow_ups: {function: /next/function, message: /next/message, delay_s: /next/delay_s, now: now}
  recovery: {messages: [{function: enactor, event: {step: take}}]}
  cases:
    - name: two
      certify: true
      given: [{zone: ex.test, changes: [{Action: CREATE}]}, {table: plans, keys: {pk: {S: a}}, new_image: null}]
      invariants: [I1]
      containers:
        A: [{function: enactor, event: {}, at: "2025-10-19T02:14:07.5Z"}]
        B: {after: [A], messages: [{function: enactor, event: {}}]}
  safe_lag:
    unit: generations
    upto: 3
    containers: {A: [{function: enactor, event: {generation: {plus_lag: 4}}}]}
  variants:
    plain: {environment: {FIX: "no"}, expect: {violations: [I1, stuck]}}
    fixed: {environment: {FIX: "yes"}, expect: {certified: true}}
"""


def problems(folder: Path, text: str) -> list[tuple[str, str]]:
    """(pointer, message) of every problem of a scenario file."""
    (folder / "scenario.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario(folder / "scenario.yaml")
    assert all(problem.line > 0 for problem in caught.value.problems)
    return [(problem.pointer, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("good", "bad", "pointer"),
    [
        ("{violations: [I1, stuck]}", "{violations: [[I1], stuck]}", "/explore/variants/plain/expect"),
        ("invariants: [I1]", "invariants: [[I1]]", "/explore/cases/0/invariants/0"),
        ("after: [A]", "after: 3", "/explore/cases/0/containers/B"),
        (
            "{messages: [{function: enactor, event: {step: take}}]}",
            "{messages: [{zone: ex.test, changes: [{}]}]}",
            "/explore/recovery/messages/0",
        ),
    ],
)
def test_what_is_of_another_type_is_a_problem_like_any_other(scenario: Path, good: str, bad: str, pointer: str) -> None:
    assert SECTION.count(good) == 1
    found = problems(scenario, GOOD + SECTION.replace(good, bad))
    assert any(place.startswith(pointer) for place, _ in found), found


@pytest.mark.parametrize("member", ["id", "kind"])
def test_an_invariant_whose_name_or_kind_is_no_text_is_a_problem_like_any_other(scenario: Path, member: str) -> None:
    found = problems(scenario, invariant(**{"kind": "gone", "names": ["*.ex.test"], member: ["x"]}) + SECTION)
    assert any(place == f"/invariants/1/{member}" for place, _ in found), found


def test_a_section_without_a_mistake_is_read_with_its_defaults(scenario: Path) -> None:
    (scenario / "scenario.yaml").write_text(GOOD + SECTION)
    explore = load_scenario(scenario / "scenario.yaml").scenario.explore
    assert explore is not None
    assert (explore.seeds, explore.max_states, explore.lag_s) == (200, 200_000, None)
    assert [case.name for case in explore.cases] == ["two"]
    assert explore.recorded is not None
    assert explore.recorded.max_states == 20_000
    assert [variant.expected for variant in explore.variants] == [frozenset({"I1", "stuck"}), frozenset()]


def test_what_is_given_by_the_name_of_a_file_is_read_in(scenario: Path) -> None:
    (scenario / "before.jsonl").write_text(json.dumps(EVENT) + "\n")
    text = (
        GOOD
        + "explore:\n  cases:\n    - {name: c, given: before.jsonl, containers: {A: [{function: enactor, event: {}}]}}\n"
    )
    (scenario / "scenario.yaml").write_text(text)
    explore = load_scenario(scenario / "scenario.yaml").scenario.explore
    assert explore is not None
    assert explore.cases[0].given == ({"function": "enactor", "event": {}, "at": "2025-10-19T02:14:07Z"},)


def test_a_rehearsal_that_explores_nothing_may_say_so(scenario: Path) -> None:
    (scenario / "scenario.yaml").write_text(GOOD + "explore: false\n")
    assert load_scenario(scenario / "scenario.yaml").scenario.explore is None


def case(**fields: Any) -> str:
    found = {"name": "c", "containers": {"A": [{"function": "enactor", "event": {}}]}, **fields}
    return GOOD + "explore: " + json.dumps({"cases": [found]}) + "\n"


MESSAGE = {"function": "enactor", "event": {}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            case(containers={"A": [{"function": "other", "event": {}}]}),
            [("/explore/cases/0/containers/A/0/function", "other is not captured")],
        ),
        (
            case(given=[{"zone": "other.test", "changes": [{}]}]),
            [("/explore/cases/0/given/0/zone", "other.test is not captured")],
        ),
        (
            case(given=[{"table": "others", "keys": {"a": {}}, "new_image": None}]),
            [("/explore/cases/0/given/0/table", "others is not captured")],
        ),
        (case(given="nowhere.jsonl"), [("/explore/cases/0/given", "nowhere.jsonl does not exist")]),
        (case(invariants=["I9"]), [("/explore/cases/0/invariants/0", "there is no invariant I9")]),
        (case(**{"except": ["I9"]}), [("/explore/cases/0/except/0", "there is no invariant I9")]),
        (case(at_least={"I1": 3}), [("/explore/cases/0/at_least/I1", "I1 asks for no generation")]),
        (
            case(containers={"A": {"after": ["B"], "messages": [MESSAGE]}}),
            [("/explore/cases/0/containers/A/after/0", "there is no container B")],
        ),
        (
            case(
                containers={"A": {"after": ["B"], "messages": [MESSAGE]}, "B": {"after": ["A"], "messages": [MESSAGE]}}
            ),
            [
                ("/explore/cases/0/containers/A/after", "A never begins: it waits for containers that wait for it"),
                ("/explore/cases/0/containers/B/after", "B never begins: it waits for containers that wait for it"),
            ],
        ),
        (
            case(containers={"A": [{"function": "enactor", "event": {"generation": {"plus_lag": 1}}}]}),
            [("/explore/cases/0", "{plus_lag: ...} stands outside explore.safe_lag")],
        ),
        (
            GOOD + "explore: {recorded: false}\n",
            [("/explore", "there is nothing to explore")],
        ),
        (
            GOOD + f"explore: {json.dumps({'safe_lag': {'unit': 's', 'upto': 2, 'containers': {'A': [MESSAGE]}}})}\n",
            [("/explore/safe_lag", "nothing in it depends on the lag: no {plus_lag: n}")],
        ),
        (
            GOOD + "explore: {variants: {x: {environment: {}, expect: {violations: [I9]}}}}\n",
            [("/explore/variants/x/expect/violations/0", "there is no invariant I9 that counts")],
        ),
        (
            GOOD.replace("change:\n  functions:\n    enactor: {code: candidate}\n", "")
            + "explore: {variants: {x: {environment: {}}}}\n",
            [("/explore/variants", "there are variants, and nothing changes that could come in several")],
        ),
        (
            GOOD + "explore: {follow_ups: {function: next/function, message: /m}}\n",
            [("/explore/follow_ups/function", "'next/function' does not match '^(/([^~/]|~[01])*)*$'")],
        ),
        (
            GOOD + "explore: {perturb: {crashes: -1, hiccups: 2}}\n",
            [
                ("/explore/perturb", "Additional properties are not allowed ('hiccups' was unexpected)"),
                ("/explore/perturb/crashes", "-1 is less than the minimum of 0"),
            ],
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(scenario: Path, text: str, found: list[tuple[str, str]]) -> None:
    assert problems(scenario, text) == found


def invariant(**fields: Any) -> str:
    return GOOD + "  - " + json.dumps({"id": "I2", **fields}) + "\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            invariant(kind="recovers", names=["api.ex.test"], generation="p-{generation}.", at_least=1)
            + "explore: {}\n",
            [("/invariants/1/kind", "I2 is asked after a recovery, and none is described")],
        ),
        (
            invariant(kind="gone", names=["*.ex.test"], after="recovery") + "explore: {}\n",
            [("/invariants/1/kind", "I2 is asked after a recovery, and none is described")],
        ),
        (
            invariant(kind="succeeds", functions=["enactor"]),
            [("/invariants/1/kind", "I2 can only be asked of an exploration, and nothing is explored")],
        ),
        (
            invariant(kind="succeeds", functions=["other"], asked_in=["replay"]) + "explore: {}\n",
            [
                ("/invariants/1/asked_in", "I2 cannot be asked of a replay"),
                ("/invariants/1/functions/0", "other is not captured"),
            ],
        ),
        (
            invariant(kind="waits", function="enactor", at_least_s=3) + "explore: {}\n",
            [("/invariants/1/kind", "I2 judges follow-ups, and nothing says where a response names them")],
        ),
        (
            invariant(kind="gone", names=["*.other.test"]),
            [("/invariants/1/names/0", "*.other.test lies in no captured zone: nothing that happens could break it")],
        ),
        (
            invariant(
                kind="remembers", names=["a.ex.test", "b.ex.test"], of=["c.ex.test"], generation="p-{generation}."
            ),
            [("/invariants/1/of", "2 names remember, and 1 are remembered of")],
        ),
        (
            invariant(
                kind="reaches",
                names=["a.ex.test"],
                generation="p-{generation}.",
                at_least={"table": "others", "attribute": "n"},
            )
            + "explore: {}\n",
            [("/invariants/1/at_least/table", "others is not captured")],
        ),
        (
            invariant(kind="resolves", names=["a.ex.test"], seconds=3),
            [("/invariants/1/seconds", "does not belong here")],
        ),
    ],
)
def test_an_invariant_must_be_one_that_can_be_asked(
    scenario: Path,
    text: str,
    found: list[tuple[str, str]],
) -> None:
    assert problems(scenario, text) == found


def test_all_mistakes_are_told_at_once(scenario: Path) -> None:
    write_events(
        scenario,
        {
            **EVENT,
            "type": "item_change",
            "payload": {"table": "gone", "keys": {}, "new_image": None, "old_image": None},
        },
    )
    text = case(invariants=["I9"], given="nowhere.jsonl", containers={"A": [{"function": "other", "event": {}}]})
    assert len(problems(scenario, text)) == 4
