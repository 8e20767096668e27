"""Classes of a layer as greys and patterns that stay light and survive a photocopier.

No fill is darker than a quarter, so that a pen and a sticker stand out.  Where a copier makes
greys white, the patterns still tell the classes apart: nothing, dots, lines, dense lines, mesh.
"""

from __future__ import annotations

from siteplanner.sheets.page import Pen

STEPS = (
    Pen(fill=1.0),
    Pen(fill=0.97, hatch="..", hatch_grey=0.45),
    Pen(fill=0.93, hatch="//", hatch_grey=0.4),
    Pen(fill=0.87, hatch="////", hatch_grey=0.4),
    Pen(fill=0.78, hatch="////\\\\\\\\", hatch_grey=0.4),
)
"""From least to most."""
UNKNOWN = Pen(fill=1.0, hatch="|", hatch_grey=0.6)
CHOSEN = {1: (4,), 2: (0, 4), 3: (0, 2, 4), 4: (0, 2, 3, 4), 5: (0, 1, 2, 3, 4)}


def pens(count: int) -> tuple[Pen, ...]:
    """Give as many pens as there are classes, lightest first.

    Examples
    --------
    >>> [one.fill for one in pens(2)]
    [1.0, 0.78]
    """
    return tuple(STEPS[one] for one in CHOSEN[count]) if count else ()
