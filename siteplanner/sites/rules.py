"""The rules that leave a site out, or warn of it, each with its reason."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from siteplanner.cells import overlaps
from siteplanner.model import Exclusion, Notice, Sites
from siteplanner.sites.shape import WIDTH_TOLERANCE_M, width_m
from siteplanner.sources.relief import slope_percent
from siteplanner.sources.where import select
from siteplanner.sources.window import Window, read_window, view_window, warp, zonal
from siteplanner.study import Study

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


class Sieve:
    """The sites still in, and the first reason of those that are out."""

    def __init__(self, table: gpd.GeoDataFrame, notices: list[Notice]) -> None:
        self.table = table
        self.notices = notices
        self.reasons = pd.Series("", index=table.index, dtype=object)

    @property
    def left(self) -> Flags:
        """Say of each site whether it is still in."""
        return np.asarray(self.reasons == "")

    def drop(self, rule: str, out: Flags, reasons: str | list[str]) -> None:
        """Rule out sites (a flag for each, whether still in or not), and count them."""
        newly = np.asarray(out) & self.left
        if newly.any():
            texts = np.full(len(newly), reasons) if isinstance(reasons, str) else np.array(reasons)
            self.reasons[newly] = texts[newly]
            examples = tuple(self.table.index[newly][:3])
            count, total = int(newly.sum()), len(self.table)
            self.notices.append(Notice("sites", "dropped", count, total, rule, examples))

    def flag(self, reason: str, flags: Flags) -> None:
        """Count sites that stay in because a rule could not be applied to them."""
        those = np.asarray(flags) & self.left
        if those.any():
            examples = tuple(self.table.index[those][:3])
            count, total = int(those.sum()), int(self.left.sum())
            self.notices.append(Notice("sites", "flagged", count, total, reason, examples))


class Watch(Sieve):
    """Sites that stay in, with all that is warned of at each; takes rules as a `Sieve` does."""

    def __init__(self, table: gpd.GeoDataFrame, notices: list[Notice]) -> None:
        super().__init__(table, notices)
        self.warnings = pd.Series("", index=table.index, dtype=object)

    def drop(self, rule: str, out: Flags, reasons: str | list[str]) -> None:
        """Warn of sites (a flag for each), and count them."""
        out = np.asarray(out)
        texts = [reasons] * len(out) if isinstance(reasons, str) else reasons
        rows = zip(self.warnings, texts, out.tolist(), strict=True)
        told = ["; ".join(filter(None, (old, new))) if met else old for old, new, met in rows]
        self.warnings = pd.Series(told, index=self.warnings.index, dtype=object)
        self.flag(f"they stay in with a warning: {rule}", out)


def by_area(sieve: Sieve, rules: Sites) -> None:
    """Leave out sites that are too small or too large; points have no area."""
    area = sieve.table["area_m2"].to_numpy()
    asked = [rules.min_area_m2, rules.max_area_m2, rules.min_width_m]
    if any(limit is not None for limit in asked):
        sieve.flag("they are points: rules of area and width do not apply", np.isnan(area))
    if rules.min_area_m2 is not None:
        words = f"is below {rules.min_area_m2:,.0f} m²"
        texts = [f"area {one:,.0f} m² {words}" for one in area]
        sieve.drop(f"their area {words}", area < rules.min_area_m2, texts)
    if rules.max_area_m2 is not None:
        words = f"is above {rules.max_area_m2:,.0f} m²"
        texts = [f"area {one:,.0f} m² {words}" for one in area]
        sieve.drop(f"their area {words}", area > rules.max_area_m2, texts)


def by_width(sieve: Sieve, limit_m: float) -> None:
    """Leave out sites into which no circle of this diameter fits."""
    width = np.full(len(sieve.table), np.nan)
    width[sieve.left] = width_m(sieve.table.geometry.to_numpy()[sieve.left])
    sieve.table["width_m"] = width
    words = f"is below {limit_m:g} m"
    texts = [f"width {one:.1f} m {words}" for one in width]
    sieve.drop(f"their width {words}", width + 2 * WIDTH_TOLERANCE_M < limit_m, texts)


def by_exclusion(
    sieve: Sieve, name: str, exclusion: Exclusion, ground: tuple[Study, pd.DataFrame]
) -> None:
    """Leave sites out (or warn of them) by a layer, a raster, or the sites' own columns."""
    study, own = ground
    reason = exclusion.reason or name.replace("_", " ")
    if exclusion.layer is None:
        chosen = own.index.isin(select(gpd.GeoDataFrame(own), exclusion.where).index)
        if exclusion.column is None:
            sieve.drop(reason, chosen, _values(reason, own[list(exclusion.where)]))
        else:
            numbers = own[exclusion.column].to_numpy(dtype="float64", na_value=np.nan)
            _by_number(sieve, reason, numbers, exclusion, among=chosen)
    elif exclusion.layer in study.rasters:
        numbers, unit = _on_raster(sieve.table.geometry, exclusion, study)
        _by_number(sieve, reason, numbers, exclusion, unit=unit)
    else:
        _by_layer(sieve, reason, exclusion, study)


def _values(reason: str, columns: pd.DataFrame) -> list[str]:
    words = [[f"{name} is {value}" for value in columns[name]] for name in columns]
    return [f"{reason}: {', '.join(row)}" for row in zip(*words, strict=True)]


def _by_number(
    sieve: Sieve,
    reason: str,
    numbers: Numbers,
    exclusion: Exclusion,
    *,
    among: Flags | None = None,
    unit: str = "",
) -> None:
    among = np.ones(len(numbers), dtype=bool) if among is None else among
    sieve.flag(f"{reason}: not known there, so not applied", among & np.isnan(numbers))
    above, unit = exclusion.above, f" {unit}" if unit else ""
    if exclusion.slope_above_percent is not None:
        above = exclusion.slope_above_percent
    if above is not None:
        words = f"is above {_number(above)}{unit}"
        texts = [f"{reason}: {_number(one)}{unit} {words}" for one in numbers]
        sieve.drop(f"{reason}: {words}", among & (numbers > above), texts)
    if exclusion.below is not None:
        words = f"is below {_number(exclusion.below)}{unit}"
        texts = [f"{reason}: {_number(one)}{unit} {words}" for one in numbers]
        sieve.drop(f"{reason}: {words}", among & (numbers < exclusion.below), texts)


def _number(number: float) -> str:
    """Write a number with four digits, or as a whole one."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def _on_raster(sites: gpd.GeoSeries, exclusion: Exclusion, study: Study) -> tuple[Numbers, str]:
    """Give each site's mean over a raster (at a point: the value there), or its slope."""
    layer = str(exclusion.layer)
    if exclusion.slope_above_percent is None:
        column = study.layers[layer].columns.get(exclusion.column or "")
        seen = view_window(study.rasters[layer], exclusion.column, sites)
        return zonal(seen, sites, "mean"), column.unit if column else ""
    window = warp(read_window(study.rasters[layer], exclusion.column, sites), study.crs)
    slope = Window(slope_percent(window.values, window.cell), window.bounds, window.crs)
    return zonal(slope, sites, "mean"), "%"


def _by_layer(sieve: Sieve, reason: str, exclusion: Exclusion, study: Study) -> None:
    layer = str(exclusion.layer)
    rows = select(study.tables[layer], exclusion.where).geometry.to_numpy()
    if not len(rows):
        notice = f"{reason}: no row of the layer has the values asked for, so no site is met"
        sieve.notices.append(Notice(f"layers/{layer}", "info", 0, 0, notice))
        return
    sites, title = sieve.table.geometry.to_numpy(), study.layers[layer].title
    tree, near_m = shapely.STRtree(rows), exclusion.within_m
    if near_m:
        hits = tree.query(sites, predicate="dwithin", distance=near_m)[0]
    else:
        hits = tree.query(sites, predicate="intersects")[0]
    out = np.zeros(len(sites), dtype=bool)
    out[hits] = True
    how = f"within {near_m:g} m of {title}" if near_m else f"touches {title}"
    texts: str | list[str] = f"{reason}: {how}"
    if exclusion.min_share > 0:
        zones = shapely.buffer(rows, near_m) if near_m else rows
        share = _covered(zones, sites, out)
        out &= ~(share < exclusion.min_share)
        place = f"{title} or {near_m:g} m around" if near_m else title
        texts = [f"{reason}: {one:.0%} covered by {place}" for one in np.nan_to_num(share)]
    sieve.drop(reason, out, texts)


def _covered(zones: npt.NDArray[np.object_], sites: npt.NDArray[np.object_], met: Flags) -> Numbers:
    """Give the share of each site that zones cover, counted once; 1 for points they meet."""
    share = np.where(met, 1.0, 0.0)
    flat = np.flatnonzero(met & (shapely.area(sites) > 0))
    zones = zones[shapely.get_dimensions(zones) == 2]
    site, _, shared = overlaps(zones, sites[flat])
    starts = np.flatnonzero(np.diff(site, prepend=-1))
    covered = np.zeros(len(flat))
    for parts in np.split(np.arange(len(site)), starts[1:]):
        if len(parts):
            whole = shared[parts[0]] if len(parts) == 1 else shapely.union_all(shared[parts])
            covered[site[parts[0]]] = shapely.area(whole)
    share[flat] = covered / shapely.area(sites[flat])
    return share
