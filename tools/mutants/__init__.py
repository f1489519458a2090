"""Seeded defects of the fixed enactor, and harmless refactorings of it: does a rehearsal tell them apart?

`python -m tools.mutants` makes every mutant of `scenarios/enactor-update/candidate`, has each explored as the scenario says and the recorded day
replayed, and prints which were rejected, by which invariant or check, in which case. A defect that is not rejected is either judged
equivalent in `survivors.json`, with the reason, or a check is missing. A whole run takes a while: with `--kept FILE` it can be broken off and gone
on with. `python -m tools.mutants --help` says how to run some of them only.

`operators` and `sites` make defects out of the syntax tree, `defects.toml` has those that need the meaning, `refactorings.toml` what must not be rejected;
`trial` judges one, in a process of its own (`inside`, `looking`, `replaying`), `score` adds up.
"""
