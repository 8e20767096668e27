"""What a plan can be asked about times of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import pandas as pd
from pydantic import ValidationError

from siteplanner.errors import InputError, Problem
from siteplanner.model import Moment
from siteplanner.plan import timing

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan


class Timed:
    """The questions of a plan that ask for a time.

    Examples
    --------
    >>> [name for name in vars(Timed) if not name.startswith("_")]
    ['open_at', 'reached_at']
    """

    def open_at(self, time: str, layer: str | None = None, **how: Any) -> gpd.GeoDataFrame:
        """Say which existing places, or places of another layer, are open at a time of the week.

        Parameters
        ----------
        time
            Days and hours, such as ``Sa 09:00-12:00``.
        layer
            The layer; by default the existing places.
        **how
            ``open_share``, ``hours_unknown``: as for ``at`` in a scenario.

        Returns
        -------
        A row a place: see `siteplanner.plan.timing.open_at`.

        Raises
        ------
        InputError
            If the time cannot be read, or nobody knows the hours of the layer.
        """
        return timing.open_at(cast("Plan", self), moment_of(time, how), layer)

    def reached_at(self, *times: str, **how: Any) -> pd.DataFrame:
        """Count the people within reach of a place that is open at each of some times.

        Parameters
        ----------
        *times
            Days and hours, such as ``Mo-Fr 18:00-20:00``.
        **how
            ``open_share``, ``hours_unknown``, ``dark``: as for ``at`` in a scenario.

        Returns
        -------
        A row a time: see `siteplanner.outcomes.by_time`.

        Raises
        ------
        InputError
            If a time cannot be read, nobody walks, or nobody says when new places are open.
        """
        moments = [moment_of(time, how) for time in times]
        return timing.reached_at(cast("Plan", self), moments)[0]


def moment_of(time: str, how: dict[str, Any]) -> Moment:
    """Read a time of the week.

    Raises
    ------
    InputError
        If it cannot be read.

    Examples
    --------
    >>> moment_of("Sa 9:00-12:00", {}).title
    'Sa 09:00-12:00'
    """
    try:
        return Moment(time=time, **how)
    except ValidationError as error:
        problems = []
        for one in error.errors():
            key = ".".join(str(step) for step in one["loc"])
            found, _, todo = str(one.get("ctx", {}).get("error", one["msg"])).partition("; ")
            problems.append(Problem("at", key, found, todo or "see 'at' in scenarios/README.md"))
        raise InputError(problems) from None
