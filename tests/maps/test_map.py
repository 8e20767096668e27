"""The map of the page in a real Chromium: layers, colours, hits, the walk to a site."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siteplanner.cells import hexagons

pytestmark = pytest.mark.browser

YELLOW, NAVY, PAPER = [255, 233, 69], [0, 32, 76], [220, 216, 206]


def settled(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => "
                  "requestAnimationFrame(() => setTimeout(done, 250))))")  # fmt: skip


def colours(page):
    """Give the colours of the cells' canvas, as often as they occur."""
    settled(page)
    found = page.evaluate(
        """() => { const canvas = document.querySelector("canvas.cells");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const seen = new Map();
          for (let at = 0; at < data.length; at += 4) {
            const name = [data[at], data[at + 1], data[at + 2], data[at + 3]].join();
            seen.set(name, (seen.get(name) || 0) + 1);
          }
          return [...seen]; }"""
    )
    return {tuple(map(int, name.split(","))): times for name, times in found}


def picture(page):
    settled(page)
    return page.evaluate("document.querySelector('canvas.cells').toDataURL()")


def show(page, layer):
    page.evaluate("document.querySelector('#layers').open = true")
    page.check(f"#layers input[value='{layer}']")


def legend(page):
    settled(page)
    return page.locator("#legend .shown ul").first.locator("li").all_inner_texts()


def push(page, name, place):
    page.locator(f"#w-need-{name}").evaluate(
        """(one, place) => { one.value = place;
        one.dispatchEvent(new Event("input", {bubbles: true}));
        one.dispatchEvent(new Event("change", {bubbles: true})); }""",
        place,
    )
    page.wait_for_timeout(400)


def spot_of(page, answer, place):
    """Give the point of the screen where a place of the plan is."""
    west, south, east, north = (
        gpd.GeoSeries([answer.area], crs=answer.crs).to_crs(3857).total_bounds
    )
    point = gpd.GeoSeries([place], crs=answer.crs).to_crs(3857).iloc[0]
    box = page.locator("#map").bounding_box()
    size = page.evaluate("[document.querySelector('#map').clientWidth,"
                         " document.querySelector('#map').clientHeight]")  # fmt: skip
    zoom = min((size[0] - 24) / (east - west), (size[1] - 24) / (north - south))
    scale = 2 ** (np.floor(4 * np.log2(zoom * 40075016.686 / 256)) / 4) * 256 / 40075016.686
    middle = ((west + east) / 2, (south + north) / 2)
    return (box["x"] + size[0] / 2 + (point.x - middle[0]) * scale,
            box["y"] + size[1] / 2 - (point.y - middle[1]) * scale)  # fmt: skip


def two_needs(answer):
    """Give an answer with two need criteria that say the opposite."""
    from siteplanner.model import Criterion

    scale = {"zero_at": 0.0, "full_at": 1.0}
    need = {
        "poverty": Criterion(layer="units", column="poor", **scale),
        "carers": Criterion(layer="units", column="care", **scale),
    }
    place = np.linspace(0, 1, len(answer.cells))
    scores = answer.need_scores.assign(poverty=place, carers=1 - place**2)
    criteria = answer.criteria.copy()
    criteria.loc["carers", ["share", "status"]] = [0.5, "in use"]
    criteria.loc["poverty", "share"] = 0.5
    cells = answer.cells.assign(need=scores.mean(axis=1))
    cells["demand"] = cells["need"] * cells["people"]
    scenario = answer.scenario.model_copy(update={"need": need})
    return replace(answer, scenario=scenario, cells=cells, criteria=criteria,
                   need_values=scores, need_scores=scores)  # fmt: skip


def test_cells_have_the_colours_of_their_classes(open_page, answer):
    page = open_page(answer).page
    seen = colours(page)
    assert {(*YELLOW, 255), (*NAVY, 255)} <= set(seen)
    assert len(legend(page)) == 8  # seven classes, and the cell whose need is not known
    known = sum(times for colour, times in seen.items() if colour[3])
    shares = [seen[one] / known for one in ((*YELLOW, 255), (*NAVY, 255))]
    assert shares == pytest.approx([1 / 7, 1 / 7], abs=0.03)


def test_no_pinholes_between_hexagons(open_page, answer):
    cells = hexagons(answer.area, 150).set_crs(answer.crs)
    table = gpd.GeoDataFrame(geometry=cells.to_numpy(), crs=answer.crs).iloc[: len(answer.cells)]
    table.index = answer.cells.index[: len(table)]
    answer = replace(answer, cells=answer.cells.set_geometry(table.geometry))
    page = open_page(answer).page
    show(page, "index")
    holes = page.evaluate(
        """() => { const canvas = document.querySelector("canvas.cells");
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          const filled = (at) => data[4 * at + 3] > 0;
          let holes = 0;
          for (let at = 2 * width; at < width * (height - 2); at += 1) {
            if (!filled(at) && filled(at - 2) && filled(at + 2)
              && filled(at - 2 * width) && filled(at + 2 * width)) { holes += 1; } }
          return holes; }"""
    )
    assert holes == 0
    assert (*PAPER, 255) in colours(page)


def test_each_layer_changes_map_and_legend(open_page, answer):
    opened = open_page(answer)
    page = opened.page
    before = picture(page)
    for layer, title, unit in (
        ("people", "People", "people"),
        ("need.poverty", "Poverty", "share"),
        ("census.age_0_14", "Children", "people"),
        ("demand", "People in need", "people × need"),
        ("served_before", "Within reach today", "within reach or not"),
    ):
        show(page, layer)
        now = picture(page)
        assert now != before
        assert page.inner_text("#legend h2") == title
        assert page.inner_text("#legend .shown p").startswith(unit)
        before = now
    assert legend(page)[:2] == ["not within reach", "within reach"]
    assert page.locator("#layers input[type=radio]:checked").count() == 1
    assert page.locator("#layers input[type=radio]:disabled").count() == 2
    assert opened.trouble == []


def test_a_weight_recolours_the_cells_and_prints_new_breaks(open_page, answer):
    page = open_page(two_needs(answer)).page
    picture_before, legend_before = picture(page), legend(page)
    page.evaluate("document.querySelector('#whatif').open = true")
    push(page, "carers", 0)
    page.wait_for_timeout(600)  # a line about the change comes in: the map fits its new height
    assert picture(page) != picture_before
    assert legend(page) != legend_before
    assert "With your changes" in page.inner_text("#legend")
    alone = picture(page)
    show(page, "need.poverty")
    assert picture(page) == alone
    show(page, "need")
    page.click("#reset")
    page.wait_for_timeout(600)
    assert picture(page) == picture_before
    assert legend(page) == legend_before


def test_need_is_classed_as_python_does(open_page, answer):
    from siteplanner.maps.classes import classed

    page = open_page(answer).page
    classes = classed(answer.cells["need"].to_numpy(), factor=100)
    assert legend(page)[: classes.count] == list(classes.labels)


def test_a_click_tells_the_cell_that_was_hit(open_page, answer):
    page = open_page(answer).page
    for name in ("02-07", "06-02", "08-02"):
        at = answer.cells.index.get_loc(name)
        spot = spot_of(page, answer, answer.cells.geometry.iloc[at].centroid)
        page.mouse.click(*spot)
        people = answer.cells["people"].iloc[at]
        assert f"People\n{people:,.0f}" in page.inner_text("#detail")


def test_the_pointer_tells_the_value_under_it(open_page, answer):
    page = open_page(answer).page
    show(page, "people")
    page.mouse.move(*spot_of(page, answer, answer.cells.geometry.loc["01-08"].centroid))
    people = answer.cells["people"].loc["01-08"]
    assert page.inner_text(".leaflet-tooltip") == f"People: {people:,.0f}"
    page.mouse.move(5, 5)
    settled(page)
    assert page.locator(".leaflet-tooltip").count() == 0


def test_the_walk_to_a_site_is_coloured_by_minutes(open_page, answer):
    page = open_page(answer).page
    beneath = picture(page)
    page.locator("#list [data-site='0']").first.click()
    assert page.inner_text("#legend h2") == "Minutes on foot"
    assert "School 0" in page.inner_text("#legend")
    labels = legend(page)
    assert labels[-1] == "not within reach"
    assert labels[0] == "up to 2 minutes"
    seen = colours(page)
    near = np.unique(np.ceil(answer.walks.minutes[:, [0]].toarray()[:, 0] / 2))
    assert len([one for one in seen if one[3]]) == len(near)
    page.uncheck("#legend input[name=minutes]")
    assert page.inner_text("#legend h2") == "Need"
    assert picture(page) == beneath
    page.check("#legend input[name=minutes]")
    assert page.inner_text("#legend h2") == "Minutes on foot"
    page.click(".zoom-walk")
    assert colours(page)
    page.click(".back")
    settled(page)
    assert page.inner_text("#legend h2") == "Need"


def test_choosing_a_layer_puts_the_walk_away(open_page, answer):
    page = open_page(answer).page
    page.locator("#list [data-site='0']").first.click()
    show(page, "people")
    settled(page)
    assert page.inner_text("#legend h2") == "People"
    assert not page.locator("#legend input[name=minutes]").is_checked()


def test_the_set_on_the_map_follows_the_set(open_page, answer):
    page = open_page(answer).page
    assert page.locator(".pin").all_inner_texts() == ["1", "2", "3"]
    out = answer.sites.index[answer.sites["phase"].isna()][0]
    at = answer.sites.index.get_loc(out)
    page.locator(f"#list [data-site='{at}']").first.click()
    page.locator("#detail .acts button").first.click()
    page.wait_for_timeout(400)
    assert page.locator(".pin.pinned").count() == 1
    assert "kept in by you" in page.inner_text("#legend")


def test_within_reach_follows_the_set(open_page, answer):
    page = open_page(answer).page
    show(page, "served_after")
    before = picture(page)
    at = answer.sites.index.get_loc(answer.sites.index[answer.sites["phase"].isna()][0])
    page.locator(f"#list [data-site='{at}']").first.click()
    page.locator("#detail .acts button").first.click()
    page.wait_for_timeout(400)
    page.click(".back")
    assert picture(page) != before


def test_sites_are_coloured_on_their_layers(open_page, answer):
    page = open_page(answer).page
    show(page, "site.station")
    settled(page)
    assert page.locator(".pin.rung").count() == 3
    assert [one for one in colours(page) if one[3]] == [(*PAPER, 255)]
    page.check("#legend input[name=scores]")
    settled(page)
    assert "score, 0 to 100" in page.inner_text("#legend")


def test_patterns_stand_beside_colours(open_page, answer):
    page = open_page(answer).page
    plain = len(colours(page))
    page.check("#legend input[name=patterns]")
    assert len(colours(page)) > plain
    assert page.locator("#legend .shown canvas").count() == 8
    page.uncheck("#legend input[name=patterns]")
    assert len(colours(page)) == plain


def test_a_point_is_a_cell_too(open_page, answer):
    cells = answer.cells.set_geometry(answer.cells.geometry.centroid)
    opened = open_page(replace(answer, cells=cells))
    page = opened.page
    assert {(*YELLOW, 255), (*NAVY, 255)} <= set(colours(page))
    page.mouse.click(*spot_of(page, answer, cells.geometry.loc["06-01"]))
    assert f"People\n{cells['people'].loc['06-01']:,.0f}" in page.inner_text("#detail")
    assert opened.trouble == []


def test_holes_and_many_parts_are_drawn_as_they_are(open_page, answer):
    cells = answer.cells.copy()
    frame = cells.geometry.loc["06-01"]
    hole = shapely.difference(frame, shapely.buffer(frame.centroid, 60))
    cells.loc["06-01", "geometry"] = hole
    page = open_page(replace(answer, cells=cells)).page
    spot = spot_of(page, answer, frame.centroid)
    page.mouse.click(*spot)
    assert page.locator("#detail").is_hidden()
    page.mouse.click(
        *spot_of(page, answer, shapely.Point(frame.bounds[0] + 8, frame.bounds[1] + 8))
    )
    assert page.locator("#detail").is_visible()


def test_the_public_map_tells_classes_only(open_page, public_answer):
    page = open_page(public_answer).page
    show(page, "people")
    assert legend(page)[0] == "below 10"
    page.mouse.move(
        *spot_of(page, public_answer, public_answer.cells.geometry.loc["00-00"].centroid)
    )
    assert page.inner_text(".leaflet-tooltip") == "People: below 10"
    show(page, "demand")
    assert legend(page)[0] == "below 10"


def test_zooming_and_moving_keep_the_cells_under_the_pointer(open_page, answer):
    page = open_page(answer, reduced_motion="reduce").page
    page.focus("#map")
    for key in ("+", "+", "ArrowLeft", "ArrowUp", "-"):
        page.keyboard.press(key)
        settled(page)
    assert {colour[3] for colour in colours(page)} <= {0, 255}
    page.click("#map .whole")
    settled(page)
    spot = spot_of(page, answer, answer.cells.geometry.loc["06-01"].centroid)
    page.mouse.click(*spot)
    people = answer.cells["people"].loc["06-01"]
    assert f"People\n{people:,.0f}" in page.inner_text("#detail")
