"""Judgement over results: the history of an arm, invariants after every call, checks by criterion, the verdict.

Everything here is a pure function of what a rehearsal wrote down.
"""
