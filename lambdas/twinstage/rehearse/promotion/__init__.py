"""Promotion: what a rehearsal approved, taken to production. The order is made by the twin, and touches nothing; whoever has production's credentials carries it out.

`order` and `batches` make the order out of a run's results, `verified` says whether it may be carried out, `rules` decides while it is (pure), `journal` keeps
what was done, `promoter` does it. No clock is read here, and production is reached only through what is passed in.
"""
