"""One thin module a state of the machine: parse, typed environment, call, serialise."""
