"""Rehearsing a data product's pipeline: the snapshot its twin is made from, what was recorded of its executions, what simulating them foretells, and whether the two agree.

On a person's machine only: what it puts together, `twin` and `simulate`, is not in the functions' bundle either.
"""
