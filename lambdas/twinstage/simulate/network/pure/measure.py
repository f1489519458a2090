"""The measured time of a run: from the end of the warm-up until no more records are born, cut into windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.simulate.network.tally import MOST_ROWS, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.simulate.network.pure.agenda import Agenda
    from twinstage.simulate.network.pure.foreseen import ForeseenStage
    from twinstage.simulate.network.pure.full import FullStage
    from twinstage.simulate.network.pure.product import Product


class Measure:
    """Takes a row of everything at the end of the warm-up, after each window, and at the end."""

    def __init__(
        self, agenda: Agenda, stages: Sequence[ForeseenStage | FullStage], products: Sequence[Product], window: int
    ) -> None:
        self._agenda, self._stages, self._products, self._window = agenda, stages, products, window
        self.rows: list[Row] = []
        self._open = False

    def begin(self, now: int, _: Any = None) -> None:
        """The warm-up ends."""
        self.flush(now)
        for station in (*self._stages, *self._products):
            station.forget()
        self._open = True
        self.next(now)

    def next(self, now: int, _: Any = None) -> None:
        """A window begins, and the one before it ends."""
        self.rows.append(self.row(now))
        if len(self.rows) < MOST_ROWS:
            self._agenda.schedule(now + self._window, self.next)

    def end(self, now: int) -> None:
        """No more records are born, or the time is over."""
        if self._open and self.rows[-1].at < now:
            self.rows.append(self.row(now))
        self._open = False

    def flush(self, now: int) -> None:
        """Count what is pending."""
        for station in (*self._stages, *self._products):
            station.flush(now)

    def row(self, now: int) -> Row:
        """Everything that is cumulative, now."""
        self.flush(now)
        stages = tuple(stage.row(now) for stage in self._stages)
        return Row(now, stages, tuple(product.row(now) for product in self._products))
