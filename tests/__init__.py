"""What the product does, as a specification.

A regular package, because some distributions install a `tests` of their own beside their code, which would win over a folder that is none.
"""
