"""What a scenario calls points, sites and districts, and what would help where none can be had."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pandas as pd

from siteplanner.choice.ground import Ground
from siteplanner.choice.solution import Called, Ints
from siteplanner.model import Choice

IN_NEED = "people in need"
NEARER = "raise the limit of [walk] (limit_m, limit_min)"


def called(choice: Choice, labels: pd.Series, ground: Ground) -> Called:
    """Gather the names that a scenario's sentences use.

    Parameters
    ----------
    choice
        The scenario's rule.
    labels
        What people call each site.
    ground
        What people call each cell and district.

    Returns
    -------
    The names, and what would help where not everybody can be served.

    Examples
    --------
    >>> names = called(Choice(model="set_cover", share=1), pd.Series(["Mill"]), Ground())
    >>> names.sites, names.help(0.987)[:27]
    (('Mill',), '; set share = 0.98 or less,')
    """
    return Called(
        points=ground.cells,
        sites=tuple(str(one) for one in labels),
        districts=ground.districts,
        demand=IN_NEED,
        barred="ruled-out",
        help=_help(choice),
    )


def only(names: tuple[str, ...], numbers: Ints) -> tuple[str, ...]:
    """Keep some of the names; none stays none.

    Examples
    --------
    >>> import numpy as np
    >>> only(("a", "b", "c"), np.array([2, 0])), only((), np.array([2]))
    (('c', 'a'), ())
    """
    return tuple(names[one] for one in numbers) if names else ()


def _help(choice: Choice) -> Callable[[float], str]:
    """Say what helps a model that must serve everybody, or a share of them."""
    if choice.model == "set_cover":
        return partial(_smaller_share, limit=choice.capacity is None)
    said = ""
    if choice.model in ("p_median", "kolm_pollak") and choice.unserved_min is None:
        said = "; give unserved_min, the minutes that count for whoever has no place within the"
        said += f" limit, or {NEARER}"
    if choice.model == "p_center":
        said = f'; {NEARER}, or choose a model that need not reach everybody, such as "max_cover"'
    return partial(_always, said)


def _always(said: str, share: float) -> str:
    del share
    return said


def _smaller_share(share: float, *, limit: bool) -> str:
    steps = 100 if share >= 0.01 else 10_000
    least = math.floor(steps * share + 1e-9) / steps
    nearer = f", or {NEARER}" if limit else ""
    return f"; set share = {least:g} or less{nearer}" if least else nearer.replace(", or", ";")
