"""Sample data: rows made from a contract's schema and a seed, the same on any machine. Says nothing about production, and is taken from nothing of it.

    patterns   texts that match a pattern
    values     one value of a column
    rows       the rows of all tables, references included
    items      rows as DynamoDB items

Imports `twinstage.model` only.
"""
