"""One run by the compiled loop."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from twinstage.simulate.network.compiled import layout as at
from twinstage.simulate.network.compiled.layout import NotCompiledError
from twinstage.simulate.network.compiled.loop import run_loop
from twinstage.simulate.network.histogram import Histogram
from twinstage.simulate.network.tally import ProductRow, ProductTally, Row, StageRow, StageTally, Tally

__all__ = ["NotCompiledError", "run_compiled"]

if TYPE_CHECKING:
    from twinstage.simulate.network.compiled.layout import Table, Whole
    from twinstage.simulate.network.plan import Plan


def run_compiled(plan: Plan) -> Tally:
    """Run it; raises `NotCompiledError` where this loop cannot. The first run of a process loads the machine code, or compiles it (some fifteen seconds), where nobody did so before."""
    layout = at.layout_of(plan)
    m, n = layout.m, layout.n
    end = run_loop(layout, plan.records, plan.until, plan.warm_up)
    rows = [_row(m, n, index) for index in range(int(m[0, at.ROWS]))]
    total = rows.pop()
    products = range(int(m[0, at.PRODUCTS_FROM]), int(m[0, at.PRODUCTS_TO]))
    return Tally(
        end,
        tuple(int(born) for born in m[m[0, at.SOURCES_FROM] : m[0, at.SOURCES_TO], at.BORN]),
        tuple(rows),
        total,
        tuple(_stage(m, n, stage, row) for stage, row in enumerate(total.stages, at.STAGES_FROM)),
        tuple(ProductTally(_histogram(n, int(m[row, at.TOOK_AT])), int(m[row, at.OLDEST])) for row in products),
    )


def _row(m: Table, n: Whole, index: int) -> Row:
    size, stages = int(m[0, at.ROW_SIZE]), int(m[0, at.STAGES_TO]) - at.STAGES_FROM
    begins = int(m[0, at.ROWS_AT]) + index * size
    taken, *line = (int(each) for each in n[begins : begins + size])
    split = at.ROW * stages
    stage_lines = (line[begin : begin + at.ROW] for begin in range(0, split, at.ROW))
    product_lines = (line[begin : begin + at.PRODUCT_ROW] for begin in range(split, len(line), at.PRODUCT_ROW))
    return Row(taken, tuple(map(_stage_row, stage_lines)), tuple(map(_product_row, product_lines)))


def _stage_row(line: list[int]) -> StageRow:
    return StageRow(
        arrived=line[at.ARRIVED],
        begun=line[at.BEGUN],
        waited=line[at.WAITED] + at.BIG * line[at.WAITED_BIG],
        batches=line[at.BATCHES],
        serving=line[at.SERVING] + at.BIG * line[at.SERVING_BIG],
        done=line[at.DONE],
        lost=line[at.LOST],
        dead=line[at.DEAD],
        expired=line[at.EXPIRED],
        waited_in_vain=line[at.IN_VAIN] + at.BIG * line[at.IN_VAIN_BIG],
        retried=line[at.RETRIED],
        held=line[at.HELD],
        waiting=line[at.WAITING],
        waiting_since=line[at.SINCE] + at.BIG * line[at.SINCE_BIG],
        to_serve=line[at.TO_SERVE],
        present=line[at.PRESENT],
    )


def _product_row(line: list[int]) -> ProductRow:
    delivered, took, took_big, late, stale = line
    return ProductRow(delivered, took + at.BIG * took_big, late, stale)


def _stage(m: Table, n: Whole, stage: int, total: StageRow) -> StageTally:
    waits, services = (_histogram(n, int(m[stage, column])) for column in (at.WAITS_AT, at.SERVICES_AT))
    if m[stage, at.FORESEEN]:
        return StageTally(waits, services, (total.begun,), (total.serving,))
    lanes = m[m[stage, at.LANES_AT] : m[stage, at.LANES_AT] + m[stage, at.LANES]]
    begun = tuple(int(each) for each in lanes[:, at.LANE_BEGUN])
    served = tuple(int(low) + at.BIG * int(high) for low, high in lanes[:, [at.LANE_SERVED, at.LANE_SERVED_BIG]])
    return StageTally(waits, services, begun, served)


def _histogram(n: Whole, begins: int) -> Histogram:
    counts = n[begins : begins + at.LONGEST]
    used = np.flatnonzero(counts)
    names = (0 if bucket == 0 else int(bucket) - 1 + at.LOWEST_BUCKET for bucket in used)
    longest = int(n[begins + at.LONGEST])
    return Histogram(Counter(dict(zip(names, (int(each) for each in counts[used]), strict=True))), longest)
