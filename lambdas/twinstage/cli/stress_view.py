"""A load while it runs: a picture that is kept up to date on a terminal, a line a level elsewhere."""

from __future__ import annotations

import os
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Self

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from twinstage.report.stress_words import figure, seconds
from twinstage.report.text import visible

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import RenderableType

    from twinstage.cli.console import Console
    from twinstage.model.load_profile import Load
    from twinstage.stress.metrics.progress import Progress

_PARTS: Final = 10
_PER_S: Final = 4
_NS: Final = 1_000_000_000
_ERRORS: Final = 3


class LoadView:
    """Follows one load by what it is called with. A context: what stands on the terminal is gone afterwards, and the last stretch has its line."""

    def __init__(self, console: Console, name: str, load: Load) -> None:
        self._console, self._name, self._whole_s = console, name, load.duration_ns / _NS
        levels = load.levels
        # A load without levels, or of one that lasts, is told of in as many parts.
        self._named = "level" if len(levels) > 1 else "part"
        parts = [self._whole_s * (part + 1) / _PARTS for part in range(_PARTS)]
        self._ends = [level.end_ns / _NS for level in levels] if len(levels) > 1 else parts
        rates = [level.from_per_s for level in levels]
        self._rates = rates if len(rates) > 1 else rates * _PARTS
        self._last: Progress | None = None
        live = console.err.is_terminal and not _in_ci() and not console.as_json
        self._live = Live(console=console.err, refresh_per_second=_PER_S, transient=True) if live else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)
        if self._last is not None and kind is None:
            self._line(self._last)

    def __call__(self, progress: Progress) -> None:
        """Show how it is getting on."""
        if self._live is not None:
            self._live.update(self._picture(progress))
        elif self._last is not None and self._part(progress) != self._part(self._last):
            self._line(self._last)
        self._last = progress

    def _part(self, progress: Progress) -> int:
        # What is told at the very end of a level speaks of that level.
        return min(bisect_right(self._ends, progress.at_s - 1e-9), len(self._ends) - 1)

    def _line(self, now: Progress) -> None:
        part = self._part(now)
        rate = f" at {figure(self._rates[part])} /s" if self._rates else ""
        self._console.stage(
            f"{self._name}: {self._named} {part + 1} of {len(self._ends)}{rate}: offered {now.offered:,}, answered {now.answered:,}"
            f" ({figure(now.answered_per_s)} /s), in flight {now.in_flight:,}, p50 {seconds(now.p50_s)}, p99 {seconds(now.p99_s)},"
            f" failed {now.failed + now.unanswered:,}, throttled {now.throttled:,}, sent late (p99) {seconds(now.lateness_p99_s)}"
        )

    def _picture(self, now: Progress) -> RenderableType:
        grid = Table.grid(padding=(0, 2))
        part = self._part(now)
        intended = figure(self._rates[part]) if self._rates else "-"
        rows = [
            (
                "requests a second",
                f"intended {intended}  offered {figure(now.offered_per_s)}  answered {figure(now.answered_per_s)}",
            ),
            (
                "requests",
                f"offered {now.offered:,}  sent {now.sent:,}  answered {now.answered:,}  in flight {now.in_flight:,}",
            ),
            ("latency", f"p50 {seconds(now.p50_s)}  p99 {seconds(now.p99_s)}  slowest {seconds(now.most_s)}"),
            (
                "not well",
                f"failed {now.failed:,}  throttled {now.throttled:,}  no answer {now.unanswered:,}  never sent {now.unsent:,}",
            ),
            ("generator", f"sent late (p99) {seconds(now.lateness_p99_s)}"),
            (
                "time",
                f"{seconds(now.at_s)} of {seconds(self._whole_s)}  left {seconds(max(self._whole_s - now.at_s, 0.0))}",
            ),
        ]
        for name, value in rows:
            grid.add_row(Text(name, style="dim"), Text(value))
        errors = sorted(now.errors.items(), key=lambda entry: (-entry[1], entry[0]))[:_ERRORS]
        for name, number in errors:
            grid.add_row(Text("", style="dim"), Text(f"{number:,} {visible(name)}", style="red"))
        level = f"  level {part + 1} of {len(self._ends)}" if self._named == "level" else ""
        bar = ProgressBar(total=self._whole_s, completed=min(now.at_s, self._whole_s), width=60)
        grid.add_row(Text(""), bar)
        return Group(Text(f"{visible(self._name)}{level}", style="bold"), grid)


def _in_ci() -> bool:
    """Whether a build server runs this: it has no terminal to keep up to date, whatever it says."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
