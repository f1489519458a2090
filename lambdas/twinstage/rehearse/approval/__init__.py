"""Approval: who must agree to a change that a rehearsal found good, what they agreed to, and the trail of it.

The rules are pure (`risk`, `rules`, `trail`); `desk` works on a run's results. No clock is read here and no service is called but the evidence store.
"""
