"""How big is the page and how quick: a made-up city of hexagons, and the same drawn by folium.

The page is opened from disk in a headless Chromium.  A slider counts until the picture after
it, the set until the list shows the new one; each is the median of five.
"""

from __future__ import annotations

import re
import resource
import shutil
import statistics
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from running import Clock, Engine, Job, Run, Verdict
from scipy import sparse
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Iterator

CRS = "EPSG:32618"
WIDTH_M = 100.0
WALK_M = 800.0
METRES_A_MINUTE = 60.0
CHOSEN = 20
TIMES = 5
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip
READY = """
window.addEventListener("DOMContentLoaded", () => {
  const look = () => {
    if (document.documentElement.dataset.ready) {
      requestAnimationFrame(() => setTimeout(() => {
        document.documentElement.dataset.drawn = String(performance.now()); }, 0));
    } else { setTimeout(look, 1); }
  };
  look();
});
"""
SLIDE = """
(place) => new Promise((done) => {
  const one = document.querySelector("#whatif input[type=range]:not(:disabled)");
  const start = performance.now();
  one.value = place;
  one.dispatchEvent(new Event("input", { bubbles: true }));
  const sync = performance.now() - start;
  requestAnimationFrame(() => setTimeout(() => done([performance.now() - start, sync]), 0));
})
"""
PRESET = """
(name) => new Promise((done) => {
  const menu = document.querySelector("#preset");
  const start = performance.now();
  menu.value = name;
  menu.dispatchEvent(new Event("change", { bubbles: true }));
  const ranked = performance.now() - start;
  setTimeout(() => done([performance.now() - start, ranked]), 0);
})
"""


def ours(
    clock: Clock, folder: Path, cells: int, criteria: int, sites: int, goals: dict[str, float]
) -> dict[str, Any]:
    """Build the page, open it, move a slider, form the set anew."""
    from siteplanner.maps import render

    render(made_up(600, 2, 30))
    answer = made_up(cells, criteria, sites)
    with clock.running():
        text = render(answer)
    builds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        render(answer)
        builds.append(time.perf_counter() - start)
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8", newline="\n")
    found = {"MB": len(text.encode()) / 1e6, "build_s": statistics.median(builds)}
    with _browser() as browser:
        loads = []
        for _ in range(TIMES):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(READY)
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-drawn]", timeout=60_000)
            loads.append(float(page.evaluate("document.documentElement.dataset.drawn")) / 1000)
            if len(loads) < TIMES:
                page.close()
        slides = [page.evaluate(SLIDE, place) for place in (30, 60, 20, 80, 45, 70)][1:]
        page.wait_for_timeout(1500)
        sets = []
        for name in ("equal", "published") * 3:
            sets.append(page.evaluate(PRESET, name))
            page.wait_for_timeout(1500)
    anew = sets[::2]  # the published set is known, the other is formed
    found |= {
        "load_s": statistics.median(loads),
        "slide_ms": statistics.median(one for one, _ in slides),
        "slide_script_ms": statistics.median(one for _, one in slides),
        "set_ms": statistics.median(both - ranked for both, ranked in anew),
    }
    return found | {f"goal_{name}": value for name, value in goals.items()}


def stock_folium(
    clock: Clock, folder: Path, cells: int, criteria: int, sites: int
) -> dict[str, Any]:
    """Draw the same with folium: a layer per criterion, the sites, a control for layers."""
    import folium

    from siteplanner.maps import leaflet

    answer = made_up(cells, criteria, sites)
    table = answer.cells[["geometry"]].join(answer.need_scores).to_crs(4326)
    places = answer.sites.geometry.to_crs(4326)
    with clock.running():
        page = folium.Map(location=[4.6, -74.1], zoom_start=12, tiles=None)
        for name in answer.need_scores:
            folium.GeoJson(
                table[["geometry", name]],
                name=name,
                style_function=lambda row, name=name: {
                    "weight": 0,
                    "fillOpacity": 0.85,
                    "fillColor": f"#{int(255 * row['properties'][name]):02x}4060",
                },
            ).add_to(page)
        group = folium.FeatureGroup(name="Sites")
        for label, place in zip(answer.sites["label"], places, strict=True):
            folium.CircleMarker([place.y, place.x], radius=4, tooltip=label).add_to(group)
        group.add_to(page)
        folium.LayerControl().add_to(page)
        text = page.get_root().render()
    found = {"MB": len(text.encode()) / 1e6, "build_s": clock.wall_s}
    text = re.sub(r"<script src=[^>]*></script>|<link rel=.stylesheet[^>]*>", "", text)
    assets = f"<script>{leaflet.script()}</script><style>{leaflet.style()}</style>"
    path = folder / "folium.html"
    path.write_text(text.replace("<head>", "<head>" + assets, 1), encoding="utf-8")
    with _browser() as browser:
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        start = time.perf_counter()
        opened.goto(path.as_uri(), timeout=120_000, wait_until="load")
        opened.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
        )
        found["load_s"] = time.perf_counter() - start
    return found


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))  # a browser reserves more than it uses
    path = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


def made_up(cells: int, criteria: int, sites: int, seed: int = 5) -> Any:
    """Make an answer of hexagons whose people and criteria vary smoothly, and of sites."""
    from siteplanner.cells import hexagons
    from siteplanner.maps import Answer, Walks
    from siteplanner.model import Choice, Criterion, Demand, Scenario, Sites, Walk

    draw = np.random.default_rng(seed)
    side = np.sqrt(cells * WIDTH_M**2 * np.sqrt(3) / 2)
    west, south = 600_000.0, 510_000.0
    area = shapely.box(west, south, west + side, south + side)
    shapes = hexagons(area, WIDTH_M).iloc[:cells]
    middle = shapely.get_coordinates(shapely.centroid(shapes.to_numpy()))
    needs = [f"need{number}" for number in range(criteria)]
    marks = ["reach", "station", "noise", "land"]
    scale = {"zero_at": 0.0, "full_at": 1.0}
    scenario = Scenario(
        name="bench", title="A made-up city", programme="care_block", area="town",
        demand=Demand(hexagons_m=WIDTH_M, people="census.residents"),
        need={name: Criterion(layer="units", column=name, **scale) for name in needs},
        walk=Walk(network="streets", profile="carer_with_child", limit_m=WALK_M, limit_min=20),
        sites=Sites(layer="buildings"),
        site={name: Criterion(layer="units", column=name, **scale) for name in marks},
        choice=Choice(count=(CHOSEN,), existing="open"),
    )  # fmt: skip
    values = pd.DataFrame({name: _smooth(middle, draw) for name in needs}, shapes.index)
    scores = values.clip(0, 1)
    need = scores.mean(axis=1)
    table = gpd.GeoDataFrame(geometry=shapes.to_numpy(), crs=CRS, index=shapes.index)
    table["people"] = np.round(120 * _smooth(middle, draw).clip(0) ** 2)
    table["in_area"] = True
    table["need"], table["demand"] = need, need * table["people"]
    table["served_before"] = (_smooth(middle, draw) > 0.9).astype(float)
    spots = middle[draw.choice(len(middle), sites, replace=False)]
    far = cKDTree(middle).sparse_distance_matrix(
        cKDTree(spots), WALK_M / 1.3, output_type="coo_matrix"
    )
    minutes = sparse.csr_array(
        (np.maximum(far.data, 10) * 1.3 / METRES_A_MINUTE, (far.row, far.col)),
        shape=(len(middle), sites),
    )
    share = sparse.csr_array((np.ones(far.nnz), (far.row, far.col)), shape=minutes.shape)
    left = table["demand"].to_numpy() * (1 - table["served_before"].to_numpy())
    order, reached = _greedy(share, left)
    newly = np.asarray(share[:, order].max(axis=1).todense()).ravel()
    table["served_after"] = np.maximum(table["served_before"], newly)
    names = [f"site {number:04d}" for number in range(sites)]
    marked = pd.DataFrame({name: draw.beta(2, 3, sites) for name in marks}, names)
    index = marked.mean(axis=1)
    places = gpd.GeoDataFrame(
        {"label": names, "area_m2": 900.0, "rank": index.rank(ascending=False).astype("Int64"),
         "index": index, "alike": 0, "people_reached": share.T @ table["people"].to_numpy(),
         "need_reached": share.T @ left, "why_not": "It would add few people."},
        index=names, geometry=gpd.points_from_xy(*spots.T), crs=CRS,
    )  # fmt: skip
    places["order"] = pd.Series(range(1, CHOSEN + 1), [names[one] for one in order], dtype="Int64")
    places["phase"] = places["order"].mask(places["order"].notna(), 1)
    places.loc[places["order"].notna(), "why_not"] = ""
    known = [(name, "need", 1 / criteria) for name in needs] + [(n, "site", 0.25) for n in marks]
    rows = pd.DataFrame(known, columns=["name", "level", "share"]).set_index("name")
    rows = rows.assign(title=rows.index, weight=1.0, unit="", zero_at=0.0, full_at=1.0,
                       reference="made up", status="in use", layer="units")  # fmt: skip
    phases = pd.DataFrame(
        {"sites": [CHOSEN], "objective": [reached], "bound": [1.01 * reached], "gap": [0.01]},
        index=pd.Index([1], name="phase"),
    )
    empty = gpd.GeoDataFrame({"label": [], "reason": []}, geometry=[], crs=CRS)
    return Answer(
        scenario=scenario, layers={}, crs=table.crs, area=area, cells=table, need_values=values,
        need_scores=scores, sites=places, site_values=marked, site_scores=marked,
        contributions=marked / 4, confidence=pd.Series(1.0, names), existing=empty,
        excluded=empty, criteria=rows, outcomes={}, notices=(), limits=(), streets=None,
        choice_note="Made up.", version="bench",
        walks=Walks(share=share, minutes=minutes, phases=phases, comes_to="people in need"),
    )  # fmt: skip


def _smooth(places: Any, draw: Any) -> Any:
    """Give a field of hills of all sizes, mostly within 0..1."""
    side = np.ptp(places, axis=0).max()
    low = places.min(axis=0)
    found = np.zeros(len(places))
    for _ in range(24):
        wide = side * draw.uniform(0.05, 0.3)
        hill = ((places - low - draw.uniform(0, side, 2)) ** 2).sum(axis=1) / wide**2
        found += draw.normal() * np.exp(-hill)
    return 0.5 + 0.25 * found / found.std() + draw.normal(0, 0.02, len(places))


def _greedy(share: Any, demand: Any) -> tuple[list[int], float]:
    """Pick sites one after the other, each the one that newly reaches most."""
    columns, left, order, reached = share.T.tocsr(), demand.copy(), [], 0.0
    for _ in range(CHOSEN):
        gains = columns @ left
        gains[order] = -1.0
        order.append(int(gains.argmax()))
        reached += max(0.0, float(gains.max()))
        left[share[:, [order[-1]]].nonzero()[0]] = 0
    return order, reached


def _judge(runs: dict[str, Run]) -> list[Verdict]:
    mine, *peers = runs.values()
    found = mine.found
    verdicts = [
        Verdict(f"{name} ≤ {found[f'goal_{name}']:g}", f"{found[name]:.3g}",
                found[name] <= found[f"goal_{name}"])
        for name in ("MB", "build_s", "load_s", "slide_ms", "set_ms")
    ]  # fmt: skip
    for peer in peers:
        for name in ("MB", "build_s", "load_s"):
            ratio = peer.found[name] / found[name]
            verdicts.append(Verdict(f"{name}: less than folium", f"{ratio:.3g} ×", ratio > 1))
    return verdicts


def jobs(*, quick: bool) -> list[Job]:
    small = {"cells": 10_000, "criteria": 6, "sites": 200}
    large = {"cells": 50_000, "criteria": 12, "sites": 2_000}
    few = {"MB": 0.6, "build_s": 0.5, "load_s": 0.7, "slide_ms": 50, "set_ms": 150}
    many = {"MB": 2.0, "build_s": 2.0, "load_s": 1.5, "slide_ms": 100, "set_ms": 500}
    page = "bench_page:ours"
    found = [
        Job(
            "a page of 10,000 cells, 6 criteria, 200 sites",
            [
                Engine("siteplanner", page, {**small, "goals": few}, packages=("playwright",)),
                Engine("folium", "bench_page:stock_folium", small, packages=("folium",)),
            ],
            _judge,
        )
    ]
    if not quick:
        title = "a page of 50,000 cells, 12 criteria, 2,000 sites"
        found.append(Job(title, [Engine("siteplanner", page, {**large, "goals": many})], _judge))
    return found
