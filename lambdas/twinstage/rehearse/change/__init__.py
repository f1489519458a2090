"""A change before anything of it runs: what it is made of, what it does to what stands, whether it may be made at all.

Pure: values in, a plan out. No clock, no AWS client, no file but the parts of a snapshot, out of the store that is passed in; whoever reads the change itself is the
command line. It runs on a person's machine, and is no part of the bundle of the stages.
"""
