"""What each state of a pipeline took, in the executions that were recorded beside the simulation of the same executions; and which state holds each of the two up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.service_times import fitted
from twinstage.simulate.pipeline.simulation import SimulatedRun
from twinstage.simulate.pipeline.stages import bottleneck, stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.simulate.pipeline.stages import Stage
    from twinstage.simulate.pipeline.trace import Visit

_MS: Final = 1000


def stage_times(recorded: Sequence[Visit], run: SimulatedRun | None) -> dict[str, Any]:
    """`stages`: every state in the order of its first visit, as recorded and as simulated (None: not visited); `bottleneck`: the state that takes longest in each of the two, and why.

    Figures are of all executions, those included that service times were fitted from: what is stated of the others alone is the comparison's.
    """
    before = _stages(recorded)
    after = _stages(run.visits) if run else {}
    both = {**before, **{state: stage for state, stage in after.items() if state not in before}}
    return {
        "stages": [
            {
                "state": state,
                "type": stage.type,
                "recorded": _told(before.get(state)),
                "simulated": _told(after.get(state)),
            }
            for state, stage in both.items()
        ],
        "bottleneck": {
            "recorded": bottleneck(list(before.values())),
            "simulated": bottleneck(list(after.values())),
        },
    }


def _stages(visits: Sequence[Visit]) -> Mapping[str, Stage]:
    """The stages of one trace, recorded or simulated: both in the same way, as one run of which no queue is known."""
    if not visits:
        return {}
    trace = SimulatedRun(0, 0.0, tuple(visits), (), (), ())
    return {stage.state: stage for stage in stages([trace], fitted(list(visits)))}


def _told(stage: Stage | None) -> dict[str, Any] | None:
    if stage is None:
        return None
    said = stage.document
    return {
        "visits": said["visits"],
        "mean_ms": round(said["mean_s"]["value"] * _MS, 3),
        "p95_ms": round(said["p95_s"] * _MS, 3),
        "share": round(said["share"], 4),
        "retried": said.get("retried", 0),
        "errors": dict(said.get("errors", {})),
    }
