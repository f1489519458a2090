"""What lies between two versions of a twin: a typed difference for everything that changed, with its cause, who it breaks, and what is downstream of it.

`differences.twin_differences` is the door. Pure: versions and what they keep are given.
"""
