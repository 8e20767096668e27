"""The opening hours that OpenStreetMap has are hours of a layer, as they stand."""

from __future__ import annotations

from siteplanner.sources.hours import weeks

PLACES = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="4.60" lon="-74.10"><tag k="amenity" v="library"/>
    <tag k="name" v="Biblioteca"/><tag k="opening_hours" v="Mo-Fr 08:00-12:00; PH off"/></node>
  <node id="2" lat="4.61" lon="-74.10"><tag k="amenity" v="clinic"/>
    <tag k="opening_hours" v="24/7"/></node>
  <node id="3" lat="4.62" lon="-74.10"><tag k="amenity" v="clinic"/>
    <tag k="opening_hours" v="by appointment"/></node>
  <node id="4" lat="4.63" lon="-74.10"><tag k="amenity" v="library"/></node>
</osm>
"""


def test_the_tag_is_the_column(write, reading):
    source = reading(
        write("city.osm", PLACES), hours="opening_hours", columns={"amenity": "category"}
    )
    table = source.table.iloc[source.table.geometry.y.argsort().to_numpy()]
    assert table["amenity"].tolist() == ["library", "clinic", "clinic", "library"]
    hours = table["hours"]
    open_at, known = weeks(hours)
    assert known.tolist() == [True, True, False, False]
    assert (open_at.sum(axis=1) / 2).tolist() == [20, 168, 0, 0]
    said = "\n".join(str(one) for one in source.notices)
    assert "1 of 4 rows flagged: their hours cannot be read" in said
    assert "1 of 4 rows flagged: they give no hours: unknown, not closed" in said


def test_only_elements_with_a_declared_tag_and_values_as_they_stand(write, reading):
    """One column of GDAL holds all tags that it does not know, quotation marks escaped."""
    text = (
        '<osm version="0.6"><node id="1" lat="4.6" lon="-74.1"><tag k="shop" v="bakery"/>'
        '<tag k="opening_hours" v="Mo-Fr 08:00-12:00 &quot;knock, please&quot;"/>'
        '<tag k="addr:city" v="a=&gt;b"/></node>'
        '<node id="2" lat="4.7" lon="-74.1"><tag k="bench" v="yes"/></node></osm>'
    )
    source = reading(
        write("city.osm", text), id="osm_id", hours="opening_hours",
        columns={"shop": "category", "city": {"from": "addr:city", "kind": "category"}},
    )  # fmt: skip
    assert source.table["shop"].tolist() == ["bakery"]
    assert source.table["city"].tolist() == ["a=>b"]
    assert source.table["hours"].tolist() == ['Mo-Fr 08:00-12:00 "knock, please"']
    assert "only elements with a tag 'shop', 'addr:city' are read" in source.notices[0].reason


def test_a_tag_that_no_element_has(write, refused):
    text = refused(write("city.osm", PLACES), columns={"amenity": "category", "shap": "category"})
    assert "columns.shap: layers/city.osm has no column 'shap'" in text
