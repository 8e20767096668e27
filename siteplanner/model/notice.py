"""What a step did to the planner's data: nothing is dropped or mended silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Notice:
    """One counted remark of a step.

    Parameters
    ----------
    where
        The layer or step it is about (``layers/people``, ``walk``).
    kind
        ``dropped`` rows are gone, ``mended`` ones were repaired, ``clipped`` ones lie
        outside the study, ``flagged`` ones stay but deserve a look, ``info`` explains.
    count
        Rows (or people) it concerns.
    total
        Out of how many; 0 when that makes no sense.
    reason
        Half a sentence: why.
    examples
        Up to three ids or values.

    Examples
    --------
    >>> print(Notice("layers/parks", "dropped", 16, 210, "they lie outside the area", ("p1",)))
    layers/parks: 16 of 210 rows dropped: they lie outside the area (for example p1)
    >>> print(Notice("walk", "info", 0, 0, "speed 0.92 m/s"))
    walk: speed 0.92 m/s
    """

    where: str
    kind: Literal["dropped", "mended", "clipped", "flagged", "info"]
    count: float
    total: float
    reason: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        tail = f" (for example {', '.join(self.examples)})" if self.examples else ""
        if self.kind == "info":
            return f"{self.where}: {self.reason}{tail}"
        amount = f"{self.count:,.0f} of {self.total:,.0f}" if self.total else f"{self.count:,.0f}"
        return f"{self.where}: {amount} rows {self.kind}: {self.reason}{tail}"
