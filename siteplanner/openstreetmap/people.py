"""Where people may live, where there is no census: a guess from buildings, or from streets."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteplanner.openstreetmap.areas import DEGREES
from siteplanner.openstreetmap.settings import People
from siteplanner.openstreetmap.tables import Made

LEVELS = "building_levels"
MOST_FLOORS = 150
RESIDENTIAL = ("residential", "living_street")


def from_buildings(
    buildings: gpd.GeoDataFrame, rules: People, *, public: Collection[str] = ()
) -> Made:
    """Guess people from the floor area of homes: footprint × floors.

    Parameters
    ----------
    buildings
        Polygons in degrees with ``tag`` (``building=house``) and perhaps ``building_levels``.
    rules
        Which buildings are homes, and how many square metres a person has.
    public
        Ids of buildings in public use: nobody lives there.

    Returns
    -------
    A point in each home with ``floor_m2`` and ``residents``; both are guesses.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> rules = People(homes=["house"], floors_if_unknown=2, m2_per_person=40,
    ...                street_m_per_person=5)
    >>> homes = gpd.GeoDataFrame(
    ...     {"tag": ["building=house", "building=roof"], "building_levels": ["4", None]},
    ...     index=["way/1", "way/2"], geometry=[box(0, 0, 1e-4, 1e-4)] * 2, crs="EPSG:4326")
    >>> from_buildings(homes, rules).table["residents"].round(1).to_dict()
    {'way/1': 12.3}
    """
    use = buildings["tag"].str.partition("=")[2]
    homes = buildings[use.isin(rules.homes) & ~buildings.index.isin(list(public))]
    if homes.empty:
        return Made(_points(homes, np.empty(0), np.empty(0)))
    area_m2 = homes.to_crs(homes.estimate_utm_crs()).area.to_numpy()
    floors = pd.Series(np.nan, index=homes.index)
    if LEVELS in homes:
        floors = pd.to_numeric(homes[LEVELS].str.partition(";")[0], errors="coerce")
    floors = floors.where((floors > 0) & (floors <= MOST_FLOORS))
    floor_m2 = area_m2 * floors.fillna(rules.floors_if_unknown).to_numpy()
    said = (
        f"People are guessed: {rules.m2_per_person:g} m² of floor per person. The number of floors "
        f"is known for {floors.notna().sum():,} of {len(homes):,} homes; the others count as "
        f"{rules.floors_if_unknown:g}."
    )
    return Made(_points(homes, floor_m2 / rules.m2_per_person, floor_m2), (said,))


def from_streets(streets: gpd.GeoDataFrame, rules: People) -> Made:
    """Guess people from residential streets: so many metres to a person.

    Parameters
    ----------
    streets
        Lines in degrees with the column ``highway``.
    rules
        How many metres a person has.

    Returns
    -------
    A point on each street with ``residents``, a guess.
    """
    homes = streets[streets["highway"].isin(RESIDENTIAL)]
    metres = homes.to_crs(streets.estimate_utm_crs()).length.to_numpy()
    said = (
        f"People are guessed: one for every {rules.street_m_per_person:g} m of residential street. "
        "High buildings and empty streets look alike. Bring a census before anything is decided."
    )
    table = gpd.GeoDataFrame(
        {"residents": np.round(metres / rules.street_m_per_person, 2)},
        index=homes.index,
        geometry=shapely.line_interpolate_point(homes.geometry.to_numpy(), 0.5, normalized=True),
        crs=DEGREES,
    )
    return Made(table.rename_axis("id").sort_index(), (said,))


def _points(
    homes: gpd.GeoDataFrame, residents: np.ndarray, floor_m2: np.ndarray
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"residents": np.round(residents, 2), "floor_m2": np.round(floor_m2, 1)},
        index=pd.Index(homes.index, name="id"),
        geometry=np.asarray(shapely.point_on_surface(homes.geometry.to_numpy()), dtype=object),
        crs=DEGREES,
    )
