"""A quick map for notebooks, drawn by folium.

Folium puts text into its pages as markup and as templates, so no text from data reaches it
before `safe_text`.  Without tiles, so that a notebook tells no map server what is looked at.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from branca.element import Element

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import is_public, released
from siteplanner.maps.classes import NO_DATA, Classes, classed
from siteplanner.maps.counts import told

GREY = "#d9d5cb"


def safe_text(text: object) -> str:
    """Make text safe wherever folium may put it: markup, attribute, script or template.

    Control characters and line separators go, the rest is written as entities, which a
    browser shows as the characters they stand for.

    Examples
    --------
    >>> safe_text("<b>{{ 7*7 }}</b>")
    '&lt;b&gt;&#123;&#123; 7*7 &#125;&#125;&lt;/b&gt;'
    """
    plain = "".join(
        " " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in str(text)
    )
    return re.sub(r"[{}$`\\%]", lambda found: f"&#{ord(found[0])};", html.escape(plain))


def draw(answer: Answer, *, tiles: str | None = None) -> folium.Map:
    """Draw need, reach, existing places and sites as a folium map.

    Parameters
    ----------
    answer
        The answer; small counts are withheld where it is public.
    tiles
        Name of a folium tile set for the background; none unless asked for.

    Returns
    -------
    A map that shows itself in a notebook.  Its page loads Leaflet from the network, as all of
    folium's do; the page that `siteplanner.maps.render` makes does not.
    """
    shown = released(answer)
    west, south, east, north = (
        gpd.GeoSeries([answer.area], crs=answer.crs).to_crs("EPSG:4326").total_bounds
    )
    page = folium.Map(tiles=tiles, control_scale=True)
    page.fit_bounds([[float(south), float(west)], [float(north), float(east)]])
    need = classed(shown.cells["need"].to_numpy(dtype=float, na_value=np.nan), factor=100)
    _add_cells(page, shown, need)
    _add_outline(page, shown)
    _add_existing(page, shown)
    _add_sites(page, shown, answer)
    folium.LayerControl(collapsed=False).add_to(page)
    figure: Any = page.get_root()
    figure.html.add_child(Element(_legend(answer, need)))
    return page


def _add_cells(page: folium.Map, answer: Answer, classes: Classes) -> None:
    """Add the cells, one layer of one style per class: folium writes styles out per row."""
    group = folium.FeatureGroup(name="Need")
    shapes = answer.cells.geometry.simplify(1.0)
    for code in [*range(len(classes.colours)), NO_DATA]:
        rows = shapes[classes.codes == code]
        colour = GREY if code == NO_DATA else classes.colours[code]
        if len(rows):
            _geojson(rows, colour=colour, fill=0.85, weight=0.5).add_to(group)
    group.add_to(page)


def _add_outline(page: folium.Map, answer: Answer) -> None:
    area = gpd.GeoSeries([answer.area], crs=answer.crs)
    _geojson(area, colour="#1c2733", fill=0.0, weight=2.0).add_to(page)


def _add_existing(page: folium.Map, answer: Answer) -> None:
    if answer.existing.empty:
        return
    table = pd.DataFrame({"Existing place": answer.existing["label"].map(safe_text)})
    group = folium.FeatureGroup(name="Existing places")
    _markers(answer.existing.geometry, table, colour="#b3261e", radius=5).add_to(group)
    group.add_to(page)


def _add_sites(page: folium.Map, shown: Answer, answer: Answer) -> None:
    sites = shown.sites
    index = (100 * sites["index"].astype(float)).round(1)
    gone = index.isna() & answer.sites["index"].notna()
    people = told(answer.sites["people_reached"], sites["people_reached"])
    table = pd.DataFrame(
        {
            "Site": sites["label"].map(safe_text),
            "Rank": sites["rank"].map(_plain),
            "Index": index.map(_plain).mask(gone, "withheld"),
            "People within reach": [safe_text(_rounded(one)) for one in people],
            "Why not": sites["why_not"].map(safe_text),
        },
        index=sites.index,
    )
    chosen = sites["phase"].notna()
    for name, rows, colour, radius in (
        ("Other possible sites", ~chosen, "#ffffff", 4),
        ("Chosen sites", chosen, "#d1005d", 8),
    ):
        if rows.any():
            group = folium.FeatureGroup(name=name)
            shapes = sites.geometry[rows]
            _markers(shapes, table[rows], colour=colour, radius=radius).add_to(group)
            group.add_to(page)


def _markers(
    places: gpd.GeoSeries, table: pd.DataFrame, *, colour: str, radius: int
) -> folium.GeoJson:
    points = places.representative_point().to_crs("EPSG:4326")
    marker = folium.CircleMarker(
        radius=radius, color="#1c2733", weight=1, fill=True, fill_color=colour, fill_opacity=1
    )
    return folium.GeoJson(
        gpd.GeoDataFrame(table.reset_index(drop=True), geometry=points.to_numpy(), crs=points.crs),
        marker=marker,
        tooltip=folium.GeoJsonTooltip(fields=list(table.columns)),
    )


def _geojson(places: gpd.GeoSeries, *, colour: str, fill: float, weight: float) -> folium.GeoJson:
    style = {"color": colour, "weight": weight, "fillColor": colour, "fillOpacity": fill}

    def style_of(_: Any) -> dict[str, Any]:
        return style

    lonlat = gpd.GeoSeries(places.to_numpy(), crs=places.crs).to_crs("EPSG:4326")
    return folium.GeoJson(
        lonlat.to_json(), style_function=style_of, control=False, smooth_factor=0.5
    )


def _plain(number: Any) -> str:
    return "not known" if pd.isna(number) else f"{number:,}"


def _rounded(count: float | str | None) -> str:
    return count if isinstance(count, str) else _plain(None if count is None else round(count))


def _legend(answer: Answer, classes: Classes) -> str:
    """Write the legend's markup: our own words, and numbers; the title through `safe_text`."""
    rows = "".join(
        f'<div><span style="background:{colour}"></span>{safe_text(label)}</div>'
        for colour, label in zip(classes.colours, classes.labels, strict=True)
    )
    small = "<div>Small counts of people are withheld.</div>" if is_public(answer) else ""
    fictional = any(layer.fictional for layer in answer.layers.values())
    made_up = "<div><b>Made-up town</b></div>" if fictional else ""
    return (
        "<style>.sp-legend{position:fixed;bottom:24px;left:12px;z-index:9999;padding:8px 12px;"
        "background:#fff;font:13px sans-serif;max-width:240px}"
        ".sp-legend span{display:inline-block;width:22px;height:12px;margin-right:8px}</style>"
        f'<div class="sp-legend"><b>{safe_text(answer.scenario.title)}</b>{made_up}'
        f"<div>Need, 0 (least) to 100 (most)</div>{rows}{small}</div>"
    )
