"""The report to decide by: one HTML file, nothing fetched, no scripts."""

from __future__ import annotations

import base64
import hashlib
import itertools
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from twinstage.report import ab, exploration_words, isolation, stress_words, text
from twinstage.report.records import record_set_value
from twinstage.report.stress_charts import knee_charts, latency_histogram, series_of
from twinstage.report.stress_resources import resource_bars, resource_rows
from twinstage.report.summary import (
    broken_invariants,
    findings_by_criterion,
    headline,
    stages,
    status_of,
    told_together,
)
from twinstage.report.swimlanes import step_words, swim_lanes
from twinstage.report.timeline import timeline

if TYPE_CHECKING:
    from twinstage.model.finding import Finding
    from twinstage.report.outcomes import Pair
    from twinstage.report.run_model import RunModel

DIFFERENCES_SHOWN = 200
SUBJECTS_SHOWN = 12
ENDINGS_SHOWN = 30
EVIDENCE_SHOWN = 50
SCHEDULES_SHOWN = 8
VALUE_LIMIT = 2000
STRESS_SHOWN = {"resources_shown": 40, "limits_shown": 20, "keys_shown": 20}


def report_html(model: RunModel) -> bytes:
    """The whole document, UTF-8. Equal models give equal bytes."""
    page = environment().get_template("report.html")
    document = page.render(
        model=model,
        head=headline(model),
        stages=stages(model),
        criteria=findings_by_criterion(model.findings or ()),
        timeline=timeline(model),
        breaks=told_together(model.stories),
        endings=endings(model),
        **styled(),
        differences_shown=DIFFERENCES_SHOWN,
        subjects_shown=SUBJECTS_SHOWN,
        endings_shown=ENDINGS_SHOWN,
        evidence_shown=EVIDENCE_SHOWN,
        schedules_shown=SCHEDULES_SHOWN,
        **STRESS_SHOWN,
        stress_file="stress.json",
    )
    return document.encode()


def endings(model: RunModel) -> list[tuple[Pair, dict[str, int]]]:
    """How events ended, and how many of each arm's did so; most frequent first."""
    counts: dict[Pair, dict[str, int]] = {}
    for arm in model.arms:
        for pair, events in arm.replay.endings if arm.replay else ():
            counts.setdefault(pair, {})[arm.arm] = events
    return sorted(counts.items(), key=lambda entry: (-sum(entry[1].values()), entry[0]))


def styled() -> dict[str, str]:
    """The style of a page, and the policy that lets it have that style and nothing else."""
    style = _template("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "style": Markup(style),  # noqa: S704 - our own file, not input
        "policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    }


@cache
def environment() -> Environment:
    """The templates, and what they may say: every value is escaped, none is without end."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_template),
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        plain=plain,
        lines=lines,
        number=number,
        ms=milliseconds,
        change=change_in_percent,
        share=text.share,
        compact=text.compact,
        status=status_of,
        said=said,
        side_by_side=side_by_side,
        state_value=state_value,
        lists=lists,
        phrase=phrase,
        short=short_digest,
        count=text.count,
        broken_invariants=broken_invariants,
        counted=counted,
        count_exact=exact,
        swim_lanes=swim_lanes,
        step_words=step_words,
        certificate=exploration_words.certificate,
        case_result=exploration_words.case_result,
        safe_lag=exploration_words.safe_lag,
        perturbed=exploration_words.perturbed,
        switches=exploration_words.switches,
        warnings=exploration_words.warnings,
        variant_result=exploration_words.variant_result,
        claims=isolation.claims,
        unrefused=isolation.notable,
        rate=stress_words.rate,
        figure=stress_words.figure,
        seconds=stress_words.seconds,
        effect=ab.effect,
        signed=signed,
        interval=stress_words.interval,
        bottleneck=stress_words.bottleneck,
        change_point=stress_words.change,
        load_words=stress_words.load_words,
        knee_charts=knee_charts,
        latency_histogram=latency_histogram,
        load_series=series_of,
        resource_rows=resource_rows,
        resource_bars=resource_bars,
    )
    return made


def _template(name: str) -> str:
    """A template's text, out of this package wherever it lies: a directory or a zip."""
    return resources.files("twinstage.report").joinpath("templates", name).read_text(encoding="utf-8")


def shown(value: Any) -> Markup:
    """Any value as escaped markup, clipped; what is not shown as itself stands out as an escape. Applied to every expression."""
    if isinstance(value, Markup):
        return value
    marked = [
        escape(run) if is_shown else Markup('<span class="esc">{}</span>').format(run)
        for is_shown, run in text.runs(text.clip("—" if value is None else str(value), VALUE_LIMIT))
    ]
    return Markup("").join(marked)


def plain(value: Any) -> Markup:
    """The same without an element of its own: for titles and attributes."""
    return escape(text.visible(text.clip(str(value), VALUE_LIMIT)))


def lines(value: str) -> Markup:
    """The same with line breaks kept: for preformatted text."""
    return Markup("\n").join(shown(line) for line in value.replace("\r\n", "\n").split("\n"))


def signed(value: float, digits: int) -> str:
    """A difference with its sign."""
    return f"{value:+,.{digits}f}"


def number(value: float | None) -> str:
    """A whole number with thousands set apart; a dash for none."""
    return "—" if value is None else f"{value:,.0f}"


def exact(value: int | None) -> str:
    """A count of any size, digit by digit; a dash for none."""
    return "—" if value is None else f"{value:,}"


def milliseconds(value: float | None) -> str:
    """A latency with three significant digits where that is more than a whole number; a dash for none."""
    if value is None:
        return "—"
    places = next((digits for limit, digits in ((10, 2), (100, 1)) if abs(value) < limit), 0)
    return f"{value:,.{places}f}"


def change_in_percent(candidate: float | None, baseline: float | None) -> str:
    """The candidate's figure against the baseline's: `+12 %`; a dash where there is nothing to compare."""
    if not baseline or candidate is None:
        return "—"
    percent = round((candidate / baseline - 1) * 100)
    return f"{percent:+,} %" if percent else "0 %"


def said(finding: Finding) -> str:
    """A finding's message without the title that stands beside it."""
    return finding.message.removeprefix(f"{finding.evidence.get('title')}: ")


def side_by_side(findings: list[Finding], arms: list[str]) -> list[dict[str, Finding | None]]:
    """One check's findings in rows, each with at most one an arm: a check may find more than one thing in an arm."""
    columns = [[finding for finding in findings if finding.arm == arm] for arm in arms]
    return [dict(zip(arms, row, strict=True)) for row in itertools.zip_longest(*columns)]


def state_value(value: Any) -> str:
    """A record set or an item of the final state, in one line."""
    if isinstance(value, dict) and ("ResourceRecords" in value or "AliasTarget" in value):
        return record_set_value(value)
    return "absent" if value is None else text.compact(value)


def counted(number: int, kind: str) -> str:
    """A number of things of a kind named in the plural, as results name them: `24 record sets`."""
    plural = kind.replace("_", " ")
    return text.count(number, plural.removesuffix("s"), plural)


def lists(finding: Finding) -> list[tuple[str, list[Any]]]:
    """The lists in a finding's evidence that hold anything, by name."""
    return [(name, value) for name, value in sorted(finding.evidence.items()) if isinstance(value, list) and value]


def phrase(value: Any) -> str:
    """An entry of a finding's evidence: an object as its fields' names and values, its event first; anything else as it is."""
    if not isinstance(value, dict):
        return text.compact(value)
    names = sorted((name for name in value if value[name] is not None), key=lambda name: (name != "event", name))
    return text.clip(", ".join(f"{name} {text.compact(value[name], 300)}" for name in names), 900)


def short_digest(value: str) -> str:
    """A digest's algorithm and first twelve digits."""
    algorithm, colon, digits = value.partition(":")
    return f"{algorithm}:{digits[:12]}…" if colon and len(digits) > 16 else value  # noqa: PLR2004 - see the docstring
