"""The emergency brake of a search that takes longer than somebody can wait."""

from __future__ import annotations

import time


class Brake:
    """Counts down, and remembers whether it ended anything.

    Parameters
    ----------
    seconds
        How long; None for no brake.

    Examples
    --------
    >>> brake = Brake(None)
    >>> brake.pulled(), brake.left, brake.used
    (False, None, False)
    """

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self.used = False

    @property
    def left(self) -> float | None:
        """Seconds left, a moment at least; None for no brake."""
        return None if self._end is None else max(self._end - time.monotonic(), 1e-3)

    def pulled(self) -> bool:
        """Tell whether time is up; asking then counts as using the brake."""
        if self._end is not None and time.monotonic() >= self._end:
            self.used = True
        return self.used
