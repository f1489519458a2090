"""Stress on virtual time: a handler as it is, run in contained environments under Lambda's rules, on the exact memory world whose quotas bind.

Nothing here waits and nothing is random but what is drawn from named streams of the load's seed: the same load over the same start gives the same bytes. It runs only in the
process that contains handlers (`world.contained`).
"""
