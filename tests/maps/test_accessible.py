"""The page for readers who use a keyboard, a screen reader, large print or a phone."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

WIDTHS = {"desktop": (1280, 800), "phone": (360, 740)}


def violations(page):
    """Run axe-core on what is shown now; a line for each broken rule."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}}).response
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}"
        for one in found["violations"]
    ]


def open_first_site(page):
    page.locator("#list [data-site]").first.click()


def compare_with_another(page):
    page.locator("#detail button", has_text="Compare").click()


VIEWS = {
    "first": lambda _: None,
    "site": open_first_site,
    "changed": lambda page: page.locator(".twice:enabled").last.click(),
    "table": lambda page: page.locator("#list .more").click(),
    "compare": lambda page: (open_first_site(page), compare_with_another(page)),
    "layers": lambda page: page.locator("#layers > summary").click(),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(open_page, answer, view, width):
    wide, high = WIDTHS[width]
    page = open_page(answer, width=wide, height=high, bypass_csp=True).page
    if width == "phone":
        page.locator("#whatif > summary").click()
    VIEWS[view](page)
    page.wait_for_timeout(400)
    assert not violations(page)


def test_axe_finds_nothing_without_sites(open_page, need_answer):
    assert not violations(open_page(need_answer, bypass_csp=True).page)


@pytest.mark.parametrize("width", [360, 640, 1280])
def test_nothing_is_wider_than_the_screen(open_page, answer, width):
    page = open_page(answer, width=width, height=800).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    open_first_site(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_can_be_done_by_keyboard(open_page, answer):
    page = open_page(answer).page
    seen = []
    for _ in range(80):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(() => { const one = document.activeElement;"
                " return one.id || one.dataset.site || one.className || one.tagName; })()"
            )
        )
    for wanted in ("language", "preset", "w-site-reach", "size"):
        assert wanted in seen, (wanted, seen)
    page.locator("#w-site-reach").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(400)
    assert "not the published plan" in page.locator("#standing").inner_text()
    assert page.evaluate("document.activeElement.id") == "w-site-reach"


def test_what_changed_is_told_to_a_screen_reader(open_page, answer):
    page = open_page(answer).page
    page.locator(".twice:enabled").last.click()
    page.wait_for_timeout(1200)
    assert "sites" in page.locator("#told").inner_text()


def test_small_targets_are_large_enough(open_page, answer):
    page = open_page(answer).page
    small = page.locator("button:visible, select:visible, input:visible").evaluate_all(
        "all => all.map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 16 || box.height < 16).map(([text]) => text)"
    )
    assert not small


def test_print_shows_the_answer_and_no_controls(open_page, answer):
    page = open_page(answer).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for gone in ("#whatif", "#layers", "#top", ".leaflet-control-zoom", ".more"):
        assert not page.locator(gone).first.is_visible(), gone
    for there in ("h1", "#map", "#legend", "#list .badge", ".gains", "#method"):
        assert page.locator(there).first.is_visible(), there
    assert page.locator("#where").bounding_box()["width"] <= 700
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#where").evaluate("one => one.style.width") == ""
