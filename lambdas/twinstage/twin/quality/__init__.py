"""Checking what a contract promises on the rows of a twin: rules of the library, what the schema says of each column, and the freshness of what was written.

    measures   what the metrics of the library count
    columns    what the schema promises of each column, as rules
    check      every rule on the rows, each with a finding

Imports `twinstage.model` only.
"""
