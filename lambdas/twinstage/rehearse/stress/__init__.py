"""A rehearsal's stress: what is sent to a target, by which generators, and what their results come to together."""
