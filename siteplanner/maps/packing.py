"""Numbers, small: whole steps in as few bits as will do, all compressed as one."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = 65535
"""Stands for NaN among packed values."""
NONE_IN_REACH = 65534
"""Stands for infinity among packed values: there is none within reach."""
MOST_LEVELS = 254
"""Levels that numbers in a byte each can have."""


def packed(numbers: NDArray[Any], *, small: bool | None = None) -> dict[str, str]:
    """Pack whole numbers, none negative, as 8, 16 or 32 bits each.

    ``small`` says whether a byte each will do; by default the largest number tells.

    Examples
    --------
    >>> packed(np.array([1, 2, 300]))
    {'bits': '16', 'data': 'AQACACwB'}
    """
    top = int(numbers.max(initial=0))
    if small is None:
        small = top < 2**8
    bits = 8 if small else 16 if top < 2**16 else 32
    data = np.ascontiguousarray(numbers, dtype=f"<u{bits // 8}").tobytes()
    return {"bits": str(bits), "data": base64.b64encode(data).decode("ascii")}


def packed_exactly(values: NDArray[np.float64]) -> dict[str, str]:
    """Pack numbers as they are, 64 bits each, NaN too.

    Examples
    --------
    >>> packed_exactly(np.array([0.5]))
    {'bits': '64', 'data': 'AAAAAAAA4D8='}
    """
    data = np.ascontiguousarray(values, dtype="<f8").tobytes()
    return {"bits": "64", "data": base64.b64encode(data).decode("ascii")}


def packed_finely(values: NDArray[np.float64]) -> dict[str, Any]:
    """Pack numbers as four thousand million even steps, so that their sums come out right.

    Whole numbers and few different ones go as `packed_values` packs them.  Otherwise 0 stands
    for NaN, and infinity is not allowed for.

    Examples
    --------
    >>> packed_finely(np.array([0.25, np.nan, 1.0]))["unknown"]
    0
    """
    known = np.isfinite(values)
    if not known.any() or np.all(values[known] == np.round(values[known])):
        return packed_values(values)
    low, high = float(values[known].min()), float(values[known].max())
    step = (high - low) / (2**32 - 2) or 1.0
    counted = np.zeros(len(values), dtype=np.uint32)
    counted[known] = 1 + np.round((values[known] - low) / step)
    data = base64.b64encode(counted.astype("<u4").tobytes()).decode("ascii")
    return {"start": low - step, "step": step, "unknown": 0, "bits": "32", "data": data}


def packed_steps(numbers: NDArray[np.int64]) -> dict[str, str]:
    """Pack whole numbers, none negative, in one byte each where below 128, else in more.

    Seven bits a byte, lowest first; the eighth says that another byte follows (LEB128).

    Examples
    --------
    >>> packed_steps(np.array([5, 300]))
    {'bits': 'steps', 'data': 'BawC'}
    """
    left = np.asarray(numbers, dtype=np.uint64)
    columns = []
    more = np.ones(len(left), dtype=bool)
    while more.any():
        byte = (left & np.uint64(127)).astype(np.int16)
        left = left >> np.uint64(7)
        columns.append(np.where(more, byte + 128 * (left > 0), -1))
        more = more & (left > 0)
    table = np.stack(columns, axis=1) if columns else np.empty((0, 1), dtype=np.int16)
    data = table[table >= 0].astype(np.uint8).tobytes()
    return {"bits": "steps", "data": base64.b64encode(data).decode("ascii")}


def gathered(contents: Any) -> tuple[Any, str]:
    """Take all packed numbers out of a tree of contents and compress them as one.

    Parameters
    ----------
    contents
        Dictionaries and lists with packs (``bits`` and ``data``) anywhere among them.

    Returns
    -------
    A copy in which a pack has ``at`` (first byte) and ``size`` (bytes) in place of ``data``,
    and the bytes of all packs, deflated (RFC 1951), in base64.

    Examples
    --------
    >>> gathered({"people": packed(np.array([1, 2]))})[0]
    {'people': {'bits': '8', 'at': 0, 'size': 2}}
    """
    pieces: list[bytes] = []
    size = 0

    def taken(one: Any) -> Any:
        nonlocal size
        if isinstance(one, dict):
            if isinstance(one.get("data"), str) and "bits" in one:
                piece = base64.b64decode(one["data"])
                pieces.append(piece)
                size += len(piece)
                rest = {name: value for name, value in one.items() if name != "data"}
                return rest | {"at": size - len(piece), "size": len(piece)}
            return {name: taken(value) for name, value in one.items()}
        return [taken(value) for value in one] if isinstance(one, list) else one

    slim = taken(contents)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflate.compress(b"".join(pieces)) + deflate.flush()
    return slim, base64.b64encode(data).decode("ascii")


def packed_values(values: NDArray[np.float64]) -> dict[str, Any]:
    """Pack numbers as even steps between the smallest and the largest, at most 65,534.

    Whole numbers that fit stay exact, in a byte each if they lie close together.  NaN is
    `UNKNOWN` (255 in a byte), infinity is `NONE_IN_REACH` (254).

    Examples
    --------
    >>> packed_values(np.array([10.0, 12.0, np.nan]))
    {'start': 10.0, 'step': 1.0, 'bits': '8', 'data': 'AAL/'}
    """
    known = np.isfinite(values)
    low = float(values[known].min(initial=np.inf)) if known.any() else 0.0
    high = float(values[known].max(initial=-np.inf)) if known.any() else 0.0
    whole = bool(np.all(values[known] == np.round(values[known]))) and high - low < NONE_IN_REACH
    step = (0.0 if whole else float((high - low) / (NONE_IN_REACH - 1))) or 1.0
    small = whole and high - low < NONE_IN_REACH % 256
    counted = np.full(len(values), UNKNOWN, dtype=np.uint16)
    counted[np.isposinf(values)] = NONE_IN_REACH
    counted[known] = np.round((values[known] - low) / step).astype(np.uint16)
    return {"start": low, "step": step, **packed(counted % 256 if small else counted, small=small)}


def packed_in_bytes(values: NDArray[np.float64]) -> dict[str, Any]:
    """Pack numbers in a byte each: the nearest of at most 254 levels, which are told as well.

    Half of the levels lie where the values are dense, half are even.

    Examples
    --------
    >>> packed_in_bytes(np.array([0.5, 12.0, np.nan]))
    {'levels': [0.5, 12.0], 'bits': '8', 'data': 'AAH/'}
    """
    known = np.isfinite(values)
    levels = np.unique(values[known])
    if len(levels) > MOST_LEVELS:
        half = MOST_LEVELS // 2
        ranks = np.linspace(0, len(levels) - 1, half).round().astype(int)
        even = np.linspace(levels[0], levels[-1], half)
        levels = np.unique([float(f"{one:.6g}") for one in (*levels[ranks], *even)])
    counted = np.full(len(values), UNKNOWN % 256, dtype=np.uint8)
    counted[np.isposinf(values)] = NONE_IN_REACH % 256
    if len(levels):
        between = (levels[1:] + levels[:-1]) / 2
        counted[known] = np.searchsorted(between, values[known])
    return {"levels": levels.tolist(), **packed(counted)}
