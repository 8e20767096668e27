"""What is warned of at a site stands in its panel, in the ranking and in the GeoPackage."""

from __future__ import annotations

import json
from dataclasses import replace

import geopandas as gpd
import pytest

from siteplanner.maps.contents import page_contents
from siteplanner.maps.geopackage import write_gpkg
from siteplanner.maps.outputs import site_tables
from siteplanner.maps.tables import ranking_table

HOSTILE = "floods <img src=x onerror=alert(1)>; =2+2"


@pytest.fixture
def warned(answer):
    warnings = [HOSTILE, *[""] * (len(answer.sites) - 1)]
    return replace(answer, sites=answer.sites.assign(warnings=warnings))


def test_tables_tell_the_warnings(warned, answer, tmp_path):
    table = ranking_table(warned).set_index("site")
    assert table["warnings"][warned.sites.index[0]] == HOSTILE
    assert (table["warnings"] != "").sum() == 1
    write_gpkg(site_tables(warned), tmp_path / "sites.gpkg")
    read = gpd.read_file(tmp_path / "sites.gpkg", layer="sites").set_index("site")
    assert read["warnings"][warned.sites.index[0]] == HOSTILE
    assert page_contents(warned)["sites"]["warnings"][0] == HOSTILE


def test_without_warnings_there_is_no_column(answer):
    assert "warnings" not in ranking_table(answer)
    assert page_contents(answer)["sites"]["warnings"] == []


@pytest.mark.browser
def test_the_panel_of_a_site_says_what_to_look_into(open_page, warned):
    opened = open_page(warned)
    page = opened.page
    page.locator("#list button[data-site='0']").last.click()
    page.wait_for_selector("#detail h2")
    assert page.inner_text("#detail .warned") == f"Look into this first: {HOSTILE}"
    assert page.locator("#detail img").count() == 0
    page.locator("#detail .back").click()
    page.locator("#list button[data-site='1']").last.click()
    page.wait_for_selector("#detail h2")
    assert page.locator("#detail .warned").count() == 0
    page.locator("#detail .back").click()
    page.click("#list .more")
    with page.expect_download() as found:
        page.click("#table [data-act=csv]")
    header, *rows = found.value.path().read_text("utf-8-sig").splitlines()
    assert '"warnings"' in header
    assert sum("alert(1)>; '=2+2" in row for row in rows) == 1
    with page.expect_download() as found:
        page.click("#table [data-act=geojson]")
    features = json.loads(found.value.path().read_text("utf-8"))["features"]
    assert [one["id"] for one in features if one["properties"]["warnings"]] == ["b0"]
    assert opened.said == []
    assert opened.asked == []
