"""Compiled kernels: plain functions on arrays that numba turns into machine code.

Compiling happens once per machine and is kept between runs, next to the code or, where that
folder cannot be written, in the user's cache folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
_KERNELS: list[tuple[Any, tuple[str, ...]]] = []


def kernel(*signatures: str) -> Callable[[Function], Function]:
    """Compile a function when it is first called, and keep the machine code between runs.

    Parameters
    ----------
    signatures
        The types that `load` compiles for, as numba writes them: ``"f8(f8[::1], i4[::1])"``.

    Returns
    -------
    A decorator.  The function releases the interpreter while it runs, so that threads help.

    Examples
    --------
    >>> import numpy as np
    >>> @kernel("f8(f8[::1])")
    ... def total(values):
    ...     return values.sum()
    >>> total(np.array([1.0, 2.0]))
    3.0
    """

    def compiled(function: Function) -> Function:
        dispatcher: Any
        try:
            dispatcher = numba.njit(nogil=True, cache=True)(function)
        except RuntimeError:  # no folder to keep machine code in
            dispatcher = numba.njit(nogil=True)(function)
        _KERNELS.append((dispatcher, signatures))
        return cast("Function", dispatcher)

    return compiled


def load(module: str = "siteplanner") -> int:
    """Compile every kernel that has been imported, or read it from where it is kept.

    Parameters
    ----------
    module
        Only kernels of this package.

    Returns
    -------
    How many had to be compiled now; 0 once they are kept.
    """
    missed = 0
    for dispatcher, signatures in _KERNELS:
        if not dispatcher.py_func.__module__.startswith(module):
            continue
        for one in signatures:
            dispatcher.compile(one)
        missed += sum(dispatcher.stats.cache_misses.values())
    return missed
