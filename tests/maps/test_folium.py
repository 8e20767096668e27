"""The notebook map: what reaches folium's templates, and what a browser runs of it."""

from __future__ import annotations

import re

import pytest

from siteplanner.maps import leaflet
from siteplanner.maps.folium_map import draw, safe_text


def test_text_shows_as_it_is_and_holds_nothing_a_template_reads(hostile_answer):
    import html

    for label in hostile_answer.sites["label"]:
        safe = safe_text(label)
        assert not set("{}$`\\%<>\"'") & set(safe)
        assert html.unescape(safe) == label


def test_control_characters_go():
    assert safe_text("a\u0000b\u2028c\u2029d\ne") == "a b c d e"


def test_map_has_no_tiles_and_its_layers(answer):
    text = draw(answer).get_root().render()
    assert "L.tileLayer" not in text
    for name in ("Need", "Existing places", "Chosen sites", "Other possible sites"):
        assert name in text


def test_public_map_withholds_what_the_page_does(public_answer):
    public_answer.site_values.loc["b1", "reach"] = 3.0
    text = draw(public_answer).get_root().render()
    assert '"People within reach": "\\u0026lt;10"' in text or "&lt;10" in text
    assert '"Index": "withheld"' in text
    assert "It reaches 7 people" not in text


def test_template_text_is_not_evaluated(hostile_answer):
    text = draw(hostile_answer).get_root().render()
    assert "49" not in re.findall(r"[^0-9.\-]49[^0-9.]", text)
    assert "&#123;&#123; 7*7 &#125;&#125;" in text
    assert "<img src=x" not in text
    assert "${window" not in text


@pytest.mark.browser
def test_hostile_text_does_not_run(browser, hostile_answer, tmp_path):
    map_ = draw(hostile_answer)
    map_.default_js, map_.default_css = [], []
    text = map_.get_root().render()
    text = re.sub(r'<(script|link)[^>]*(src|href)="https[^>]*>(</script>)?', "", text)
    text = text.replace("<head>", f"<head><script>{leaflet.script()}</script>", 1)
    path = tmp_path / "folium.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda one: errors.append(str(one)))
    page.on("dialog", lambda one: (errors.append(one.message), one.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_timeout(300)
    assert page.evaluate("Object.values(window).filter((one) => one instanceof L.Map).length") == 1
    page.evaluate(
        """() => { const map = Object.values(window).find((one) => one instanceof L.Map);
                   map.eachLayer((one) => { if (one.openTooltip) { one.openTooltip(); } }); }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".leaflet-tooltip img").count() == 0
    assert errors == []
    page.close()
