"""An answer made by hand: a town of 12 × 10 squares, eight sites, three existing places."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import sparse
from shapely.geometry import LineString, Point, box

from siteplanner.maps import Answer, Walks, render
from siteplanner.model import Choice, Column, Criterion, Demand, Layer, Scenario, Sites, Walk

CRS = "EPSG:32618"
EAST, NORTH = 600_000.0, 510_000.0


def make_scenario(**changes: Any) -> Scenario:
    scale = {"zero_at": 0.0, "full_at": 1.0}
    return Scenario(
        **{
            "name": "care_blocks",
            "title": "Care blocks: the next three",
            "programme": "care_block",
            "area": "town",
            "demand": Demand(squares_m=200, people="census.residents", groups=("census.age_0_14",)),
            "need": {
                "poverty": Criterion(layer="units", column="poor", **scale),
                "carers": Criterion(status="no data", weight=1.0),
            },
            "walk": Walk(network="streets", profile="carer_with_child", limit_m=800, limit_min=20),
            "sites": Sites(layer="buildings"),
            "site": {
                "reach": Criterion(measure="need_reached", zero_at=0, full_at=3000, weight=2),
                "station": Criterion(layer="stations", measure="nearest", zero_at=1500, full_at=0),
                "land": Criterion(status="no data", weight=1),
            },
            "choice": Choice(count=(2, 3), existing="open"),
        }
        | changes
    )


def make_layers() -> dict[str, Layer]:
    def layer(name: str, title: str, kind: Any = "polygons", **more: Any) -> Layer:
        given = {"source": f"{name}.gpkg", "year": 2018, "licence": "CC-BY-4.0"}
        return Layer(name=name, title=title, kind=kind, **(given | more))

    return {
        "census": layer(
            "census",
            "Census blocks",
            attribution="Statistics office",
            columns={
                "residents": Column(unit="people", kind="count"),
                "age_0_14": Column(unit="people", kind="count", title="Children"),
            },
        ),
        "units": layer("units", "Planning units", proxy="income stands for poverty"),
        "streets": layer("streets", "Streets", "lines", attribution="OpenStreetMap contributors"),
    }


def make_walks(cells: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> Walks:
    """Let everybody walk as the crow flies: 600 m in all, fully up to 400 m, 50 m a minute."""
    ends = shapely.centroid(sites.geometry.to_numpy())
    far = shapely.distance(cells.centroid.to_numpy()[:, None], ends)
    share = np.where(far <= 600, np.clip((800 - far) / 400, 0.5, 1), 0)
    more = np.clip(share - cells["served_before"].to_numpy()[:, None], 0, None)
    gain = more * np.nan_to_num(cells["demand"].to_numpy())[:, None]
    phase = sites["phase"].to_numpy(dtype=float, na_value=np.nan)
    rows = []
    for number in (1, 2):
        held = phase <= number
        reached = float(gain[:, held].max(axis=1, initial=0).sum())
        most = float(np.sort(gain.sum(axis=0))[::-1][: held.sum()].sum())
        rows.append((int(held.sum()), reached, most, most / reached - 1 if reached else 0.0))
    phases = pd.DataFrame(
        rows, index=pd.Index([1, 2], name="phase"), columns=["sites", "objective", "bound", "gap"]
    )
    minutes = np.where(far <= 600, np.maximum(far, 1) / 50, 0)
    return Walks(
        share=sparse.csr_array(share),
        minutes=sparse.csr_array(minutes),
        phases=phases,
        comes_to="people in need newly within reach",
    )


def make_answer(scenario: Scenario | None = None) -> Answer:
    rng = np.random.default_rng(4)
    names = [f"{column:02d}-{row:02d}" for column in range(12) for row in range(10)]
    squares = [
        box(x, y, x + 190, y + 190)
        for x in EAST + 200.0 * np.arange(12)
        for y in NORTH + 200.0 * np.arange(10)
    ]
    cells = gpd.GeoDataFrame(index=pd.Index(names, name="cell"), geometry=squares, crs=CRS)
    place = np.linspace(0, 1, len(cells))
    cells["people"] = np.round(rng.gamma(2, 60, len(cells)))
    cells.loc["00-00", "people"] = 4.0
    cells["census.age_0_14"] = np.round(cells["people"] * 0.2)
    cells["in_area"] = cells.index.str[:2] < "11"
    cells["need"] = np.clip(0.9 - 0.7 * place + rng.normal(0, 0.05, len(cells)), 0, 1)
    cells.loc["05-05", "need"] = np.nan
    cells["demand"] = cells["people"] * cells["need"]
    cells["served_before"] = (cells.index.str[:2] > "07").astype(float)
    cells["served_after"] = (cells.index.str[:2] > "03").astype(float)
    need = cells[["need"]].rename(columns={"need": "poverty"}).assign(carers=np.nan)

    scores = pd.DataFrame(
        {"reach": rng.uniform(0.1, 1, 8), "station": rng.uniform(0, 1, 8)},
        index=pd.Index([f"b{number}" for number in range(8)], name="site"),
    )
    scores.loc["b6", "station"] = np.nan
    values = pd.DataFrame(
        {"reach": 3000 * scores["reach"], "station": 1500 - 1500 * scores.station}
    )
    weights = pd.DataFrame(2 / 3, scores.index, ["reach"]).assign(station=1 / 3)
    known = weights.where(scores.notna(), 0)
    contributions = (scores.fillna(0) * known).div(known.sum(axis=1), axis=0)
    contributions = contributions.where(scores.notna())
    index = contributions.sum(axis=1)
    blank = {"land": np.nan}
    spots = [Point(EAST + 250 + 260 * number, NORTH + 300 + 190 * number) for number in range(8)]
    sites = gpd.GeoDataFrame(
        {
            "label": [f"School {number}" for number in range(8)],
            "area_m2": 900.0,
            "rank": index.rank(ascending=False).astype("Int64"),
            "index": index,
            "alike": 0,
            "phase": pd.array([1, None, 1, None, 2, None, None, None], dtype="Int64"),
            "order": pd.array([1, None, 2, None, 3, None, None, None], dtype="Int64"),
            "people_reached": [1834.0, 7.0, 950.0, 500.0, 812.0, 300.0, 40.0, 0.0],
            "need_reached": [900.0, 3.0, 500.0, 200.0, 400.0, 100.0, 20.0, 0.0],
            "why_not": [
                "",
                "It reaches 7 people.",
                "",
                *["School 0 reaches 83 % of its people."] * 5,
            ],
        },
        index=scores.index,
        geometry=[one.buffer(15, cap_style="square") for one in spots],
        crs=CRS,
    )
    sites.loc[sites["phase"].notna(), "why_not"] = ""
    criteria = pd.DataFrame(
        [
            ("poverty", "need", "Poverty", 1, 1.0, "share", 0, 1, "in use", "units"),
            ("carers", "need", "Carers", 1, np.nan, "people", np.nan, np.nan, "no data", ""),
            ("reach", "site", "People in need", 2, 2 / 3, "people", 0, 3000, "in use", ""),
            ("station", "site", "Way to a station", 1, 1 / 3, "m", 1500, 0, "in use", "stations"),
            ("land", "site", "Land of the city", 1, np.nan, "", np.nan, np.nan, "no data", ""),
        ],
        columns=[
            "name",
            "level",
            "title",
            "weight",
            "share",
            "unit",
            "zero_at",
            "full_at",
            "status",
            "layer",
        ],
    ).set_index("name")
    criteria["reference"] = "ours"
    corner = box(EAST, NORTH, EAST + 2200, NORTH + 2000)
    lines = [LineString([(EAST, y), (EAST + 2400, y)]) for y in NORTH + 195 + 200.0 * np.arange(10)]
    lines += [
        LineString([(x, NORTH), (x, NORTH + 2000)]) for x in EAST + 195 + 200.0 * np.arange(12)
    ]
    return Answer(
        scenario=scenario or make_scenario(),
        layers=make_layers(),
        crs=cells.crs,
        area=corner,
        cells=cells,
        need_values=need,
        need_scores=need,
        sites=sites,
        site_values=values.assign(**blank),
        site_scores=scores.assign(**blank),
        contributions=contributions.assign(**blank),
        confidence=pd.Series(0.75, index=scores.index).where(scores["station"].notna(), 0.5),
        existing=gpd.GeoDataFrame(
            {"label": ["Old hall", "Clinic", "Library"]},
            index=pd.Index(["e1", "e2", "e3"], name="existing"),
            geometry=[Point(EAST + 1900, NORTH + 300 + 600 * n) for n in range(3)],
            crs=CRS,
        ),
        excluded=gpd.GeoDataFrame(
            {"reason": ["on flood land"] * 2 + [f"{a} m² is below 600 m²" for a in (396, 41.5)]},
            index=pd.Index(["x1", "x2", "x3", "x4"], name="site"),
            geometry=[Point(EAST + 100 * n, NORTH) for n in range(4)],
            crs=CRS,
        ),
        criteria=criteria,
        outcomes={
            "by_group": pd.DataFrame(
                {"total": [9000.0, 1800.0], "before": [3000.0, 6.0], "share_after": [0.667, 0.667]},
                index=pd.MultiIndex.from_tuples(
                    [("area", "people"), ("area", "census.age_0_14")], names=["place", "group"]
                ),
            ),
            "by_units": pd.DataFrame(
                {"label": ["North", ""], "people newly": [120.0, 3.0]},
                index=pd.Index(["u1", "u2"], name="id"),
            ),
            "by_minutes": pd.DataFrame(
                {"people": [4000.0, 6000.0]}, index=pd.Index([10.0, 15.0], name="minutes")
            ),
        },
        notices=("layers/census: 2 of 120 rows dropped: no geometry",),
        limits=("Hills are ignored.",),
        streets=gpd.GeoDataFrame(geometry=lines, crs=CRS),
        choice_note="Picked step by step (greedy): a heuristic, no proof that none is better.",
        version="0.1.0",
        walks=make_walks(cells, sites),
    )  # fmt: skip


@pytest.fixture
def answer() -> Answer:
    return make_answer()


@pytest.fixture
def far_answer(answer: Answer) -> Answer:
    """Give an answer in which one site and one cell have none within reach of them."""
    values, scores = answer.site_values.copy(), answer.site_scores.copy()
    values.loc["b3", "station"], scores.loc["b3", "station"] = np.inf, 0.0
    contributions, sites = answer.contributions.copy(), answer.sites.copy()
    contributions.loc["b3", "station"] = 0.0
    sites.loc["b3", "index"] = contributions.loc["b3", "reach"]
    need_values = answer.need_values.copy()
    need_values.loc["00-01", "poverty"] = np.inf
    return replace(
        answer,
        site_values=values,
        site_scores=scores,
        contributions=contributions,
        sites=sites,
        need_values=need_values,
    )


def without_sites(answer: Answer, scenario: Scenario) -> Answer:
    """Leave what a plan without sites has: need, and perhaps whom existing places reach."""
    none = {
        name: getattr(answer, name).iloc[:0]
        for name in ("site_values", "site_scores", "contributions", "confidence", "excluded")
    }
    sites = answer.sites.iloc[:0].astype({"index": object, "people_reached": object})
    need = answer.criteria[answer.criteria["level"] == "need"]
    return replace(answer, scenario=scenario, sites=sites, criteria=need, outcomes={}, **none)


@pytest.fixture
def need_answer() -> Answer:
    changes = {"walk": None, "sites": None, "site": {}, "choice": Choice()}
    return without_sites(make_answer(), make_scenario(**changes))


@pytest.fixture
def public_answer() -> Answer:
    return make_answer(make_scenario(audience="public"))


HOSTILE = (
    '<img src=x onerror="window.hacked=1">',
    "</script><script>window.hacked=2</script>",
    "{{ 7*7 }}",
    "{% raw",
    "Café {# not a comment",
    "${window.hacked=3}",
    "`+(window.hacked=4)+`",
    "=cmd()",
    "\u2028line\u2029para\u0000nul",
    "\u202eمركز الرعاية",
    "long " * 100,
    "'\"><svg onload=window.hacked=5>",
)


@pytest.fixture
def hostile_answer(answer: Answer) -> Answer:
    """Give an answer in which every text comes from somebody who means harm."""
    bad = " ".join(HOSTILE[:8])
    sites = answer.sites.copy()
    sites["label"] = list(HOSTILE[:8])
    sites["why_not"] = sites["why_not"].where(sites["why_not"] == "", bad)
    sites.index = pd.Index(
        [f"{one[:40]} {at}" for at, one in enumerate(HOSTILE[2:10])], name="site"
    )
    renamed = dict(zip(answer.sites.index, sites.index, strict=True))
    tables = {
        name: getattr(answer, name).rename(index=renamed)
        for name in ("site_values", "site_scores", "contributions", "confidence")
    }
    layers = {
        name: layer.model_copy(
            update={"title": bad, "attribution": bad, "licence": bad, "notes": (bad,),
                    "proxy": bad, "source": "https://example.org/" + bad}
        )
        for name, layer in answer.layers.items()
    }  # fmt: skip
    outcomes = {
        HOSTILE[0]: pd.DataFrame({HOSTILE[1]: [1.0]}, index=pd.Index([HOSTILE[2]], name=HOSTILE[5]))
    }
    return replace(
        answer,
        scenario=make_scenario(title=bad, notes=HOSTILE),
        layers=layers,
        sites=sites,
        existing=answer.existing.assign(label=list(HOSTILE[9:12])),
        excluded=answer.excluded.assign(reason=HOSTILE[0]),
        criteria=answer.criteria.assign(title=list(HOSTILE[:5]), reference=bad, unit=HOSTILE[5]),
        outcomes=outcomes,
        notices=HOSTILE,
        limits=HOSTILE,
        choice_note=bad,
        version=HOSTILE[1],
        **tables,
    )


class Opened:
    """A page opened from disk, and whatever it tried that it should not."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.asked: list[str] = []
        self.said: list[str] = []

    @property
    def trouble(self) -> list[str]:
        return self.asked + self.said


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Give what writes a page to disk, opens it and waits until it has drawn itself."""
    contexts = []

    def opens(answer: Answer, *, width: int = 1280, height: int = 800, **more: Any) -> Opened:
        path = tmp_path / "index.html"
        path.write_text(render(answer), encoding="utf-8", newline="\n")
        return opens_file(path, width, height, **more)

    def opens_file(path: Path, width: int, height: int, **more: Any) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        opened = Opened(context.new_page())
        page = opened.page

        def route(handler: Any) -> None:
            if handler.request.url == path.as_uri():
                handler.continue_()
            else:
                opened.asked.append(handler.request.url)
                handler.abort()

        page.route("**/*", route)
        page.on("dialog", lambda one: (opened.said.append(one.message), one.dismiss()))
        page.on("pageerror", lambda one: opened.said.append(str(one)))
        page.on(
            "console",
            lambda one: opened.said.append(one.text) if one.type in ("error", "warning") else None,
        )
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=yes]", timeout=20_000)
        return opened

    yield opens
    for one in contexts:
        one.close()


@pytest.fixture(scope="session")
def qgis_python(missing: Callable[[str, str], None]) -> str:
    """Give the Python that has QGIS: the system's own."""
    for path in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if Path(path).exists() and not subprocess.call(
            [path, "-c", "import qgis.core"], stderr=subprocess.DEVNULL
        ):
            return path
    missing("qgis", "no QGIS on this machine: apt-get install --no-install-recommends python3-qgis")
    return ""
