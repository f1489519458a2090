"""A stress in a terminal: what was asked and came of it, what gave way first and why, the knee, the limits that bind first, and what a higher load needs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from twinstage.report.stress import Stress
from twinstage.report.stress_words import bottleneck, figure, interval, load_words, rate, seconds
from twinstage.report.text import share, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.report.stress import StressArm
    from twinstage.stress.metrics.level import LevelResult

_LIMITS: Final = 5
_ERRORS: Final = 5
_RESULTS: Final = {True: "passed   ", False: "FAILED   ", None: "undecided"}


def told(document: Mapping[str, Any]) -> str:
    """The result in lines. Names are the target's: nothing in them is taken by a terminal for anything but text."""
    return "\n".join(visible(line) for line in _lines(Stress.of(document)))


def _lines(stress: Stress) -> Iterator[str]:
    if stress.subject is not None:
        yield f"{stress.target}, world {stress.world}: {load_words(stress.subject.load.profile)}"
    yield from (f"beware: {warning}" for warning in stress.warnings)
    for arm in stress.arms:
        yield ""
        yield from _arm(arm)
    if stress.findings:
        yield ""
    for finding in stress.findings:
        counted = "" if finding.counts else "  (shown, not counted)"
        where = f" ({finding.arm})" if finding.arm else ""
        yield f"  {_RESULTS[finding.passed]} {finding.check}{where}: {finding.message}{counted}"


def _arm(arm: StressArm) -> Iterator[str]:
    diagnosis = arm.diagnosis
    yield f"{arm.arm}: {diagnosis.sentence}"
    if arm.load.levels:
        yield f"  {'offered':>9}  {'well':>9}  {'p50':>9}  {'p99':>9}  {'failed':>7}  {'throttled':>9}"
        yield from (f"  {_level(level)}" for level in arm.load.levels)
    if errors := _errors(arm):
        yield f"  errors: {errors}"
    if diagnosis.bottleneck is not None:
        yield f"  bottleneck: {bottleneck(arm)}: {diagnosis.bottleneck.sentence}"
        for evidence in diagnosis.bottleneck.evidence:
            yield f"    {evidence.law}: {evidence.sentence}"
    if diagnosis.knee is not None:
        yield f"  knee: {interval(diagnosis.knee)}, {arm.confirmed}"
    for limit in diagnosis.limits[:_LIMITS]:
        room = share(limit.headroom)
        yield f"  limit: {limit.quota} binds at {rate(limit.at_per_s)}, headroom {room} (read on {limit.read_on})"
    yield from _capacity(arm)


def _errors(arm: StressArm) -> str:
    """How requests failed, or why they had no answer: the most frequent classes, of all operations together."""
    counts: Counter[str] = Counter()
    for operation in arm.load.operations.values():
        counts.update(operation.errors)
    told = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    more = [f"and {len(told) - _ERRORS} others"] if len(told) > _ERRORS else []
    return ", ".join([*(f"{number:,} {name}" for name, number in told[:_ERRORS]), *more])


def _capacity(arm: StressArm) -> Iterator[str]:
    plan = arm.capacity
    if plan is None:
        return
    yield f"  capacity: {plan['sentence']}"
    for row in plan["rows"]:
        around = f" ({figure(row['low'])} to {figure(row['high'])})" if row["low"] != row["high"] else ""
        yield f"    {row['name']}: {figure(row['value'])}{around} {row['unit']}: {row['sentence']}"
    for increase in plan["increases"]:
        yield f"    ask for more: {increase['sentence']}"


def _level(level: LevelResult) -> str:
    latency = (seconds(level.p50_s), seconds(level.p99_s)) if level.latency.count else ("-", "-")
    return (
        f"{figure(level.offered_per_s):>7}/s  {figure(level.ok_per_s):>7}/s  {latency[0]:>9}  {latency[1]:>9}"
        f"  {share(level.failed_share):>7}  {share(level.throttled_share):>9}"
    )
