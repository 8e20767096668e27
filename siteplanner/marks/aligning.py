"""How far a pattern lies from where it should be: normalised cross-correlation, to part pixels.

The score is the coefficient of correlation of the two patches (J. P. Lewis, "Fast normalized
cross-correlation", Vision Interface 1995), so that neither light nor toner matters.  A parabola
through the highest score and its neighbours gives the part of a pixel.
"""

from __future__ import annotations

import numpy as np
from scipy import fft


def offsets(windows: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """Find each pattern in its window.

    Parameters
    ----------
    windows
        Shape (n, h + 2 s, w + 2 s): what is seen, with s pixels to search on each side.
    patterns
        Shape (n, h, w): what is expected.

    Returns
    -------
    Shape (n, 3): how far to the right and how far down the pattern was found, in pixels, and the
    score, -1 to 1.  NaN where it was found at the edge of the search, or nothing can be said.

    Examples
    --------
    >>> picture = np.random.default_rng(0).random((20, 20))
    >>> offsets(picture[None], picture[None, 5:17, 3:15]).round(1).tolist()
    [[-1.0, 1.0, 1.0]]
    """
    score = scores(windows, patterns)
    high, wide = score.shape[1:]
    flat = score.reshape(len(score), -1)
    best = flat.argmax(1)
    down, across = np.divmod(best, wide)
    rows = np.arange(len(score))
    inside = (down > 0) & (down < high - 1) & (across > 0) & (across < wide - 1)
    d, a = down.clip(1, max(1, high - 2)), across.clip(1, max(1, wide - 2))
    beside = np.stack([score[rows, d, a + step] for step in (-1, 0, 1)])
    above = np.stack([score[rows, d + step, a] for step in (-1, 0, 1)])
    x = across + _vertex(beside) - (wide - 1) / 2
    y = down + _vertex(above) - (high - 1) / 2
    peak = flat[rows, best]
    found = np.stack([x, y, peak], 1)
    found[~inside | (peak <= 0), :2] = np.nan
    return found


def scores(windows: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """Give the coefficient of correlation at every shift; 0 where one of the two is flat.

    Shape (n, 2 s + 1, 2 s + 1).
    """
    count, *shape = patterns.shape
    seen = np.asarray(windows, dtype=np.float32)
    seen = seen - seen.mean((1, 2), keepdims=True)
    centred = np.asarray(patterns, dtype=np.float32)
    centred = centred - centred.mean((1, 2), keepdims=True)
    padded = [fft.next_fast_len(side, real=True) for side in seen.shape[1:]]
    product = fft.irfft2(fft.rfft2(seen, padded) * np.conj(fft.rfft2(centred, padded)), padded)
    steps = [side - one + 1 for side, one in zip(seen.shape[1:], shape, strict=True)]
    product = product[:, : steps[0], : steps[1]]
    total, square = _box_sums(seen, shape), _box_sums(seen**2, shape)
    spread = (square - total**2 / np.prod(shape)).clip(0)
    scale = np.sqrt(spread * (centred**2).sum((1, 2))[:, None, None])
    given: np.ndarray = np.where(scale > 1e-4, product / np.maximum(scale, 1e-4), 0.0)
    return given.reshape(count, *steps)


def _box_sums(values: np.ndarray, shape: list[int]) -> np.ndarray:
    sums = np.pad(values.astype(np.float64), ((0, 0), (1, 0), (1, 0))).cumsum(1).cumsum(2)
    high, wide = shape
    given: np.ndarray = sums[:, high:, wide:] - sums[:, :-high, wide:]
    given += sums[:, :-high, :-wide] - sums[:, high:, :-wide]
    return given


def _vertex(three: np.ndarray) -> np.ndarray:
    """Give where a parabola through three neighbours is highest, from the middle one."""
    bend = three[0] - 2 * three[1] + three[2]
    slope = 0.5 * (three[0] - three[2])
    given: np.ndarray = np.where(bend < 0, slope / np.where(bend < 0, bend, -1.0), 0.0)
    return given.clip(-1, 1)
