"""The event loop compiled to machine code by numba (the optional extra `fast`). It counts what the pure loop counts, to the last bit.

Both draw from the Mersenne Twister by the same recipes, and call the C library's `log`, `exp`, `cos` and `pow` on the same numbers; everything else is whole numbers.
Import `compiled.run` where it is wanted, not before: it imports numba.
"""
