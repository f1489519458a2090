"""A stress in short: GitHub-flavoured Markdown for a comment on a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.report.markdown_text import code, prose, table
from twinstage.report.stress_words import bottleneck, figure, interval, load_words, rate, seconds
from twinstage.report.text import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.report.stress import Stress, StressArm

FINDINGS_SHOWN: Final = 20
LEVELS_SHOWN: Final = 40
LIMITS_SHOWN: Final = 8
ROWS_SHOWN: Final = 20
_MARKS: Final = {"APPROVED": "✓", "MEASURED": "✓", "REJECTED": "✗"}
_RESULTS: Final = {True: "✓ passed", False: "✗ failed", None: "? undecided"}


def stress_document_markdown(stress: Stress) -> bytes:
    """The whole document, UTF-8, of a stress by itself. Equal ones give equal bytes."""
    head = stress.head
    blocks = [
        f"## {_MARKS.get(head.verdict, '?')} {prose(head.verdict, 20)}: {prose(head.title)}",
        *(prose(sentence, 1500) for sentence in head.why),
        *_findings(stress),
        *stress_markdown(stress),
        f"Run it again: {code(head.command, 600)}",
    ]
    return ("\n\n".join(blocks) + "\n").encode()


def stress_markdown(stress: Stress) -> Iterator[str]:
    """The blocks of a stress within any document: its arms side by side, levels, limits and the capacity plan."""
    yield f"Load on {code(stress.target)}, world {prose(stress.world, 20)}."
    if stress.subject is not None:
        yield prose(f"{load_words(stress.subject.load.profile)}.", 400)
    yield from (f"**Beware:** {prose(warning, 600)}" for warning in stress.warnings)
    for arm in stress.arms:
        yield f"**{prose(arm.arm, 20)}**: {prose(arm.diagnosis.sentence, 1200)}"
    if stress.arms:
        yield _glance(stress)
    for arm in stress.arms[-1:]:
        yield from _levels(arm)
        yield from _limits(arm)
        yield from _capacity(arm)


def _findings(stress: Stress) -> Iterator[str]:
    rows = [
        (
            prose(each.check, 60),
            each.arm or "",
            _RESULTS[each.passed] + ("" if each.counts else ", not counted"),
            prose(each.message),
        )
        for each in stress.findings[:FINDINGS_SHOWN]
    ]
    if rows:
        yield table(("Check", "Arm", "Result", ""), rows)


def _glance(stress: Stress) -> str:
    told = [
        ("Bottleneck", [prose(bottleneck(arm), 120) for arm in stress.arms]),
        ("Knee", [interval(arm.diagnosis.knee) for arm in stress.arms]),
        ("Checked by a run of its own", [arm.confirmed for arm in stress.arms]),
        ("Requests", [f"{arm.load.offered:,}" for arm in stress.arms]),
        ("Failed, or no answer", [share(arm.load.failed_share) for arm in stress.arms]),
        ("Latency p50", [seconds(arm.load.latency.quantile_s(0.5)) for arm in stress.arms]),
        ("Latency p99", [seconds(arm.load.latency.quantile_s(0.99)) for arm in stress.arms]),
        ("The load is", ["valid" if arm.load.generator.valid else "**not valid**" for arm in stress.arms]),
    ]
    return table(("", *(prose(arm.arm, 20) for arm in stress.arms)), [(name, *cells) for name, cells in told])


def _levels(arm: StressArm) -> Iterator[str]:
    rows = [
        (
            figure(level.offered_per_s),
            figure(level.ok_per_s),
            seconds(level.p50_s),
            seconds(level.p99_s),
            share(level.failed_share),
            share(level.throttled_share),
        )
        for level in arm.load.levels[:LEVELS_SHOWN]
    ]
    if rows:
        yield table(("Offered /s", "Answered well /s", "p50", "p99", "Failed", "Throttled"), rows)


def _limits(arm: StressArm) -> Iterator[str]:
    rows = [
        (prose(limit.quota, 80), rate(limit.at_per_s), share(limit.headroom), prose(limit.read_on, 20))
        for limit in arm.diagnosis.limits[:LIMITS_SHOWN]
    ]
    if rows:
        yield table(("Quota, in the order in which it binds", "At", "Headroom", "Read on"), rows)


def _capacity(arm: StressArm) -> Iterator[str]:
    plan = arm.capacity
    if plan is None:
        return
    yield f"**Capacity for {rate(plan['target_per_s'])}**: {prose(plan['sentence'], 1000)}"
    rows = [
        (prose(row["name"], 80), f"{figure(row['value'])} {prose(row['unit'], 40)}", prose(row["sentence"]))
        for row in plan["rows"][:ROWS_SHOWN]
    ]
    if rows:
        yield table(("What", "How much", "Why"), rows)
    yield from (f"- ask for more: {prose(each['sentence'], 600)}" for each in plan["increases"][:ROWS_SHOWN])
