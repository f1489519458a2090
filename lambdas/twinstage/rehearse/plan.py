"""What an exploration consists of: its tasks, each a small JSON document, made out of the scenario alone.

A task explores one case by the code of one arm: `explore` hunts through the first seeds and exhausts, `hunt` goes through further seeds, `lag`
looks for the safe-lag envelope. Tasks know nothing of each other: they may run anywhere and in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.exploration_config import (
    RECORDED,
    RECORDED_STATES,
    RECORDED_TITLE,
    SAFE_LAG,
    CasePlan,
    Exploration,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from twinstage.model.event import Event
    from twinstage.model.scenario import Scenario

Task = dict[str, Any]
BASELINE = "baseline"
SEEDS_A_TASK = 500


def plan_exploration(
    scenario: Scenario,
    events: Sequence[Event],
    *,
    arms: Collection[str] | None = None,
    cases: Collection[str] | None = None,
    variants: Collection[str] | None = None,
    rehearsed: bool = False,
) -> list[Task]:
    """Every task of a scenario's exploration, or those of some arms, cases and variants; each has a `name` that is safe in a path.

    Cases of few containers come first, the recorded day last. `rehearsed`: only what a rehearsal explores too. A baseline that a candidate is
    compared with is explored in the recorded day only; in the other cases it runs under the candidate's schedules. The candidate is explored as it
    would be deployed, whatever variants there are besides, unless `variants` names those that are wanted. Without an `explore` section the defaults
    are planned; where nobody's code runs there is nothing to explore.
    """
    asked = scenario.explore or Exploration()
    plans = [*cases_of(asked, events), *([asked.safe_lag.case] if asked.safe_lag else [])]
    wanted = [plan for plan in plans if (cases is None or plan.name in cases) and (plan.rehearsed or not rehearsed)]
    return [
        task
        for plan in sorted(wanted, key=lambda plan: (plan.name == RECORDED, len(plan.containers)))
        for arm, variant in reversed(arms_of(scenario))
        if (arms is None or arm in arms) and (arm == BASELINE or variants is None or variant in variants)
        if arm == scenario.subject or plan.name == RECORDED
        for task in _tasks(arm, variant, plan, asked.seeds)
    ]


def arms_of(scenario: Scenario) -> list[tuple[str, str | None]]:
    """Each arm with its variant: the candidate as it would be deployed (None), then each of its variants."""
    if "candidate" not in scenario.arms:
        return [(BASELINE, None)]
    variants = scenario.explore.variants if scenario.explore else ()
    return [(BASELINE, None), ("candidate", None), *(("candidate", variant.name) for variant in variants)]


def cases_of(asked: Exploration, events: Sequence[Event]) -> tuple[CasePlan, ...]:
    """The cases: those that the scenario describes, then the recorded day, where functions ran in it."""
    if asked.recorded is not None and any(event.type == "lambda_invoke" for event in events):
        return (*asked.cases, asked.recorded)
    return asked.cases


def case_plan(asked: Exploration, events: Sequence[Event], name: str) -> CasePlan:
    """The case of a name; the recorded day is one also where it is not explored. Raises KeyError where there is none."""
    if name == SAFE_LAG and asked.safe_lag is not None:
        return asked.safe_lag.case
    if name == RECORDED:
        return asked.recorded or CasePlan(RECORDED, RECORDED_TITLE, max_states=RECORDED_STATES)
    found = {case.name: case for case in cases_of(asked, events)}
    return found[name]


def _tasks(arm: str, variant: str | None, plan: CasePlan, seeds: int) -> Iterator[Task]:
    who = arm if variant is None else f"{arm}-{variant}"
    common = {"arm": arm, "variant": variant, "case": plan.name}
    if plan.name == SAFE_LAG:
        yield {"name": f"lag-{who}", "kind": "lag", **common, "seeds": [0, 0]}
        return
    for index, first in enumerate(range(0, seeds, SEEDS_A_TASK)):
        kind = "hunt" if index else "explore"
        name = f"{kind}-{who}-{plan.name}" + (f"-{index:03d}" if index else "")
        yield {"name": name, "kind": kind, **common, "seeds": [first, min(first + SEEDS_A_TASK, seeds)]}
