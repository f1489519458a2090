"""What the generators' results come to: merged exactly, diagnosed, confirmed, judged by the scenario's thresholds, and planned with."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from twinstage.model.finding import weigh
from twinstage.model.prices import published_prices
from twinstage.model.quotas import quotas_with
from twinstage.rehearse.plan import BASELINE
from twinstage.stress.analysis import confirmed, diagnose, judge
from twinstage.stress.capacity import plan
from twinstage.stress.comparison.compare import compared
from twinstage.stress.metrics.load_document import load_document, load_of
from twinstage.stress.metrics.result import merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.finding import Finding, Verdict
    from twinstage.model.scenario import Scenario
    from twinstage.model.stress_config import StressConfig
    from twinstage.stress.metrics.result import LoadResult

SCHEMA = "twinstage:stress:1"
CHECKS = "stress-"  # what the names of all checks of a stress begin with
Document = dict[str, Any]


def arm_document(
    config: StressConfig, load: Iterable[Mapping[str, Any]], confirming: Iterable[Mapping[str, Any]] = ()
) -> Document:
    """What stressing one arm came to: an entry of `arms` in `stress.json`. `load` and `confirming` are the results of the generators, documents in any order.

    Without `confirming` the diagnosis names the load that would confirm it, where there is something to confirm.
    """
    whole, quotas = _merged(load), quotas_with(config.quotas)
    diagnosis = diagnose(whole, config.service_level, quotas)
    confirmation = [*confirming]
    again = _merged(confirmation) if confirmation else None
    if again is not None:
        diagnosis = confirmed(diagnosis, again, config.service_level)
    planned = None
    if config.target_per_s is not None:
        planned = plan(diagnosis, config.target_per_s, config.service_level, quotas, published_prices()).document()
    return {
        "load": load_document(whole),
        "confirming": None if again is None else load_document(again),
        "diagnosis": diagnosis.document(),
        "capacity": planned,
        "judged": [
            asdict(each) for each in judge(config.thresholds, diagnosis, whole, target_per_s=config.target_per_s)
        ],
    }


def stress_document(
    config: StressConfig,
    arms: Mapping[str, Mapping[str, Any] | None],
    findings: Sequence[Finding],
    verdict: Verdict,
    *,
    scenario: str = "",
    title: str = "",
    seed: int = 0,
    command: str = "",
) -> Document:
    """`stress.json`: every arm that was stressed, the findings that follow, and the verdict over them alone. `command` does it again."""
    return {
        "schema": SCHEMA,
        "scenario": scenario,
        "title": title,
        "world": config.world,
        "target": config.target.document(),
        "seed": seed,
        "generators": config.generators,
        "arms": {arm: dict(document) for arm, document in arms.items() if document is not None},
        **_comparison(arms),
        "thresholds": [finding.document() for finding in findings],
        "verdict": str(verdict),
        "command": command,
    }


def scenario_document(
    scenario: Scenario, arms: Mapping[str, Mapping[str, Any] | None], findings: Iterable[Finding]
) -> Document:
    """`stress.json` of a rehearsal, out of all its findings. Raises ValueError where the scenario asks for no stress."""
    if scenario.stress is None:
        raise ValueError(f"{scenario.name} asks for no stress")
    own = [finding for finding in findings if finding.check.startswith(CHECKS)]
    return stress_document(
        scenario.stress,
        arms,
        own,
        weigh(own),
        scenario=scenario.name,
        title=scenario.title,
        seed=scenario.seed,
        command=f"twinstage stress {scenario.name}",
    )


def _comparison(arms: Mapping[str, Mapping[str, Any] | None]) -> Document:
    before, after = arms.get(BASELINE), arms.get("candidate")
    if before is None or after is None:
        return {}
    return {"comparison": [row.document() for row in compared(load_of(before["load"]), load_of(after["load"]))]}


def _merged(documents: Iterable[Mapping[str, Any]]) -> LoadResult:
    return merged([load_of(document) for document in documents])
