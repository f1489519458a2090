"""numba's decorator, with types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])

compiled = cast("Callable[[_F], _F]", numba.njit(error_model="numpy", _nrt=False))
"""Compile when first called."""

inlined = cast("Callable[[_F], _F]", numba.njit(error_model="numpy", _nrt=False, forceinline=True))
"""Compile as part of each caller: a call costs as much as a random number, for each array that is handed over is counted. Each caller takes longer to compile."""


def compiled_and_kept(function: _F) -> _F:
    """Compile when first called, and keep the machine code for later processes where a directory for it can be written."""
    try:
        return cast("_F", numba.njit(error_model="numpy", _nrt=False, cache=True)(function))
    except RuntimeError:  # numba finds no such directory
        return compiled(function)
