"""How a walk chooses what happens next: one strategy a module.

`random_walk` finds what handlers of equal length hide, `uniform_random_walk` what unequal ones do, `pct` bugs of small depth,
`neighbours` and `delay_bounded` what lies near the recorded order; `perturbed` makes any of them also crash, throttle and lose what it can.
"""

from __future__ import annotations

from twinstage.explore.strategies.delay_bounded import DelayBounded
from twinstage.explore.strategies.neighbours import Neighbours
from twinstage.explore.strategies.pct import Pct
from twinstage.explore.strategies.perturbed import Perturbed
from twinstage.explore.strategies.random_walk import RandomWalk
from twinstage.explore.strategies.strategy import Strategy
from twinstage.explore.strategies.uniform_random_walk import UniformRandomWalk

__all__ = ["DelayBounded", "Neighbours", "Pct", "Perturbed", "RandomWalk", "Strategy", "UniformRandomWalk"]
