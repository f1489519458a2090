"""Load on the wall clock: requests sent when they are meant to begin, on real connections, by a generator that knows its own limits.

`run` is the one door. What a target is and how its requests look is of `world/load` and `world/aws/load`; what was measured is told to the recorder of `stress`.
"""
