"""The result of a pipeline's simulation: one document (schema `twinstage:pipeline_simulation:1`), the same bytes for the same seed."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.figures import FAILED_SHARE, figures, passages
from twinstage.simulate.pipeline.frame import told_time
from twinstage.simulate.pipeline.stages import bottleneck, estimate, stages, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.simulate.calibration import StatedError
    from twinstage.simulate.pipeline.model_file import ServiceLevel
    from twinstage.simulate.pipeline.simulation import SimulatedRun
    from twinstage.simulate.pipeline.tasks import PipelineModel

_SAMPLE: Final = 5


def result_document(
    runs: Sequence[SimulatedRun],
    model: PipelineModel,
    *,
    pipeline: str,
    stated: StatedError,
    service_levels: Sequence[ServiceLevel] = (),
) -> dict[str, Any]:
    """Put together what at least one replication came to. `pipeline`: the digest of the definition; `stated`: the error that is stated, or its refusal."""
    found = stages(runs, model)
    told_figures = _figures(runs)
    ended = Counter(execution.status for run in runs for execution in run.executions)
    errors = Counter(execution.error for run in runs for execution in run.executions if execution.error)
    return {
        "schema": "twinstage:pipeline_simulation:1",
        "pipeline": pipeline,
        "seed": runs[0].seed,
        "replications": len(runs),
        "begin": told_time(runs[0].origin_ms),
        "executions": {"started": sum(len(run.executions) for run in runs), **dict(sorted(ended.items()))},
        **({"errors": dict(sorted(errors.items()))} if errors else {}),
        "sample": [execution.document() for execution in runs[0].executions[:_SAMPLE]],
        "figures": told_figures,
        "stages": [dict(stage.document) for stage in found],
        "bottleneck": bottleneck(found),
        "service_levels": [_level(level, told_figures, stated) for level in service_levels],
        "stated_error": stated.document(),
        "basis": {name: service.basis for name, service in sorted(model.services.items())},
        "assumed": sorted({each for run in runs for each in run.assumed}),
    }


def _figures(runs: Sequence[SimulatedRun]) -> dict[str, dict[str, float]]:
    each = []
    for run in runs:
        if found := passages(run.visits):
            values = figures(found, ())
            # An execution that failed says so itself: its last visit need not be what failed.
            failed = sum(execution.status != "SUCCEEDED" for execution in run.executions)
            values[FAILED_SHARE] = failed / len(run.executions)
            each.append(values)
    return {figure.name: estimate([values[figure] for values in each]) for figure in (each[0] if each else ())}


def _level(level: ServiceLevel, known: Mapping[str, Mapping[str, float]], stated: StatedError) -> dict[str, Any]:
    """Met, missed, or neither: when the interval, widened by the error that is stated, holds the limit, or nothing was seen of it."""
    value = known.get(level.figure, {"value": 0.0})
    low, high = value.get("low", value["value"]), value.get("high", value["value"])
    row = next((row for row in stated.rows if row.figure.name == level.figure), None)
    if row is not None:
        # The simulation told (1 + error) times what is: what is lies between these.
        if row.figure.relative:
            low = low / (1 + row.high) if row.high > -1 else low
            high = high / (1 + row.low) if row.low > -1 else math.inf
        else:
            low, high = low - row.high, high - row.low
    seen = level.figure in known
    met = None if not seen else True if high <= level.at_most else False if low > level.at_most else None
    return {"figure": level.figure, "at_most": told(level.at_most), "estimate": dict(value), "met": met}
