"""The page in a real Chromium, opened from disk, with no network."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytestmark = pytest.mark.browser


def points_of(page):
    """Give the printed points of the open breakdown, and the printed sum."""
    parts = [
        one for one in page.locator(".breakdown tbody .points").all_inner_texts() if one != "–"
    ]
    return [float(one) for one in parts], float(
        page.locator(".breakdown tfoot .points").inner_text()
    )


def test_opens_from_disk_and_asks_for_nothing(open_page, answer):
    opened = open_page(answer)
    assert opened.page.title() == "Care blocks: the next three"
    assert opened.trouble == []
    assert opened.page.locator(".pin").count() == 3


def test_chosen_set_comes_first_by_phase_then_the_ranking(open_page, answer):
    page = open_page(answer).page
    headings = page.locator("#list h2, #list h3").all_inner_texts()
    assert headings == [
        "The chosen sites", "Phase 1: 2 in all", "Phase 2: up to 3 in all",
        "All possible sites, ranked",
    ]  # fmt: skip
    rows = page.locator("#list button .title").all_inner_texts()
    assert rows[:3] == ["School 0", "School 2", "School 4"]
    best = answer.sites.sort_values("rank")["label"].tolist()
    assert rows[3:] == best


def test_breakdown_adds_up_for_every_site(open_page, answer):
    page = open_page(answer).page
    for at in range(len(answer.sites)):
        page.locator(f"#list button[data-site='{at}']").last.click()
        parts, total = points_of(page)
        assert sum(parts) == pytest.approx(total, abs=1e-9)
        assert total == pytest.approx(100 * answer.sites["index"].iloc[at], abs=0.051)
        page.click(".back")


def test_a_site_says_why_it_is_not_chosen_and_what_is_unknown(open_page, answer):
    page = open_page(answer).page
    page.locator("#list button[data-site='6']").click()
    detail = page.inner_text("#detail")
    assert "Not chosen" in detail
    assert "It would add" in detail
    assert "not known here" in detail
    assert "50 % of the weight" in detail
    assert "no data" in detail
    assert "“People in need” counts 67 % rather than 50 %" in detail


def test_none_within_reach_is_said_and_is_no_gap(open_page, far_answer):
    page = open_page(far_answer).page
    page.locator("#list button[data-site='3']").last.click()
    detail = page.inner_text("#detail")
    station = page.locator(".breakdown tbody").nth(1).inner_text()
    assert "none within reach" in station
    assert "33 %" in station
    assert "the other criteria carry its weight" not in detail
    assert points_of(page)[0][1] == 0
    page.click("#layers > summary")
    page.check("#layers input[value='site.station']")
    page.locator("#legend", has_text="none within reach").wait_for()


def test_where_no_set_can_be_formed_a_chosen_site_says_what_the_plan_says(open_page, answer):
    choice = answer.scenario.choice.model_copy(update={"model": "p_median"})
    answer = replace(answer, scenario=answer.scenario.model_copy(update={"choice": choice}))
    page = open_page(answer).page
    page.locator("#list button[data-site='0']").first.click()
    assert page.locator("#detail .why").count() == 0
    why = "It newly reaches 900 people in need."
    sites = answer.sites.assign(why=[why, *[""] * 7])
    page = open_page(replace(answer, sites=sites)).page
    page.locator("#list button[data-site='0']").first.click()
    assert page.inner_text("#detail .why") == why
    assert "People in need it would newly reach alone" in page.inner_text("#detail dl")


def test_others_that_the_data_cannot_tell_apart_are_counted(open_page, answer):
    sites = answer.sites.assign(alike=[3, *[0] * 7])
    page = open_page(replace(answer, sites=sites)).page
    page.locator("#list button[data-site='0']").first.click()
    assert "Others this data cannot tell from it\n3" in page.inner_text("#detail dl")
    page.click(".back")
    page.locator("#list button[data-site='1']").click()
    assert "cannot tell from it" not in page.inner_text("#detail dl")


def test_a_name_in_the_breakdown_is_not_broken_inside_a_word(open_page, answer):
    criteria = answer.criteria.copy()
    criteria.loc["station", "title"] = "Escolas municipais"
    page = open_page(replace(answer, criteria=criteria), width=1000).page
    page.locator("#list button[data-site='0']").first.click()
    name = page.locator(".breakdown th bdi", has_text="Escolas")
    assert name.bounding_box()["height"] < 24


def test_a_wide_table_on_a_phone_says_that_it_goes_on(open_page, answer):
    wide = answer.outcomes["by_units"].copy()
    for number in range(8):
        wide[f"people in need column {number}"] = 100.0
    wide_answer = replace(answer, outcomes={"by_units": wide})
    page = open_page(wide_answer, width=390).page
    assert page.locator(".sideways").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not open_page(answer, width=1280).page.locator(".sideways").first.is_visible()


def test_click_on_the_map_opens_the_site(open_page, answer):
    page = open_page(answer).page
    page.locator(".pin").nth(1).click()
    assert page.inner_text("#detail h2") == "School 2"
    left, top = page.evaluate(
        """() => { const box = document.querySelector('#map').getBoundingClientRect();
                   return [box.left, box.top]; }"""
    )
    for down in range(150, 600, 50):
        page.mouse.click(left + 200, top + down)
        if page.inner_text("#detail h2") == "This spot on the map":
            break
    assert page.inner_text("#detail h2") == "This spot on the map"
    assert "People in need" in page.inner_text("#detail dl")


def test_layer_switch_changes_legend_and_map(open_page, answer):
    page = open_page(answer).page
    page.click("#layers > summary")
    for layer, title, unit in (
        ("people", "People", "people"),
        ("site.station", "Way to a station", "m"),
        ("served_after", "Within reach with the chosen sites", "within reach or not"),
    ):
        before = page.evaluate("document.querySelector('#map canvas').toDataURL()")
        page.check(f"#layers input[value='{layer}']")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => "
                      "requestAnimationFrame(done)))")  # fmt: skip
        assert page.inner_text("#legend h2") == title
        assert page.inner_text("#legend p").startswith(unit)
        assert page.evaluate("document.querySelector('#map canvas').toDataURL()") != before
    assert page.locator("#legend li").all_inner_texts()[:2] == ["not within reach", "within reach"]
    assert page.locator("#layers input[type=radio]:disabled").count() == 2


def test_keyboard_alone_opens_a_site_and_comes_back(open_page, answer):
    page = open_page(answer).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(3):  # where the numbers come from, then the sites
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.site") == "2"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.innerText") == "School 2"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.site") == "2"
    page.focus("#layers > summary")
    page.keyboard.press("Enter")
    page.locator("#layers input[value=need]").wait_for(state="visible")
    page.focus("#layers input[value=need]")
    page.locator("#layers input[value=need]:focus").wait_for()
    page.keyboard.press("ArrowDown")
    page.locator("#legend h2", has_text="Poverty").wait_for()


def test_hostile_text_is_shown_and_never_run(open_page, hostile_answer):
    opened = open_page(hostile_answer)
    page = opened.page
    page.click("#layers > summary")
    labels = page.locator("#list .rows button .title").all_text_contents()
    for label in hostile_answer.sites["label"]:
        assert label in labels
    for at in range(len(hostile_answer.sites)):
        page.locator(f"#list button[data-site='{at}']").last.click()
        assert page.locator("#detail h2").text_content() == hostile_answer.sites["label"].iloc[at]
        page.locator("#layers input:not(:disabled)").nth(at).click()
        page.click(".back")
    page.locator(".pin").first.hover(force=True)
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, svg, iframe").count() == 0
    assert opened.trouble == []
    for text in ("{{ 7*7 }}", "${window.hacked=3}", "=cmd()", "<img src=x onerror="):
        assert text in page.text_content("#method")


def test_hostile_text_stays_harmless_without_the_policy(browser, hostile_answer, tmp_path):
    import re

    from siteplanner.maps import render

    text = re.sub(r"<meta http-equiv=[^>]*>", "", render(hostile_answer))
    path = tmp_path / "bare.html"
    path.write_text(text, encoding="utf-8", newline="\n")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    page.locator("#list button").first.click()
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    page.close()


@pytest.mark.parametrize(("width", "height"), [(390, 800), (640, 400), (1280, 800)])
def test_nothing_sticks_out_sideways(open_page, hostile_answer, width, height):
    page = open_page(hostile_answer, width=width, height=height).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#list button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_made_up_town_says_so(open_page, answer):
    page = open_page(answer).page
    assert not page.locator("#made-up").is_visible()
    layers = {
        name: one.model_copy(update={"fictional": True}) for name, one in answer.layers.items()
    }
    page = open_page(replace(answer, layers=layers)).page
    assert "Made-up town" in page.inner_text("#made-up")


def test_no_sites_and_no_streets_is_a_page_too(open_page, answer):
    none = {
        name: getattr(answer, name).iloc[:0]
        for name in ("site_values", "site_scores", "contributions", "confidence")
    }
    empty = replace(
        answer, sites=answer.sites.iloc[:0], existing=answer.existing.iloc[:0], streets=None, **none
    )
    opened = open_page(empty)
    assert opened.trouble == []
    assert "No possible site is left" in opened.page.inner_text("#list")


def test_a_map_of_need_alone_opens(open_page, need_answer):
    opened = open_page(need_answer)
    assert opened.trouble == []
    assert "ranked" not in opened.page.inner_text("#list")
    assert "What makes a good site" not in opened.page.inner_text("#method")
    page = opened.page
    assert "3 places exist." in page.inner_text("#list")
    spots = page.locator("#list .rows button")
    assert spots.count() == 10
    cells = need_answer.cells[need_answer.cells["in_area"]]
    assert spots.first.locator(".title").inner_text() == cells["need"].idxmax()
    assert spots.first.locator(".score").inner_text().startswith(f"{100 * cells['need'].max():.0f}")
    spots.first.click()
    assert page.inner_text("#detail h2") == cells["need"].idxmax()
    page.click(".back")
    assert page.evaluate("document.activeElement.closest('.rows') !== null")
    assert opened.trouble == []


def test_public_map_of_need_lists_classes_for_spots(open_page, need_answer):
    scenario = need_answer.scenario.model_copy(update={"audience": "public"})
    page = open_page(replace(need_answer, scenario=scenario)).page
    labels = page.locator("#legend li").all_inner_texts()
    scores = page.locator("#list .rows .score").all_inner_texts()
    assert len(scores) == 10
    assert all(any(one.startswith(label) for label in labels) for one in scores)


def test_public_page_says_what_it_withholds(open_page, public_answer):
    public_answer.site_values.loc["b1", "reach"] = 3.0
    page = open_page(public_answer).page
    page.locator("#list button[data-site='1']").click()
    assert "fewer than 10" in page.inner_text("#detail dl")
    assert "Site index\nwithheld" in page.inner_text("#detail dl")
    reach = page.locator(".breakdown tbody").first.inner_text().split()
    assert reach[-7:] == ["fewer", "than", "10", "withheld", "67", "%", "withheld"]
    assert "the other criteria carry its weight" not in page.inner_text("#detail")
    assert "withheld" in page.inner_text("#method")


def test_multiplied_index_is_shown_as_factors(open_page, answer):
    from siteplanner.model import Index

    scenario = answer.scenario.model_copy(update={"index": Index(site="geometric")})
    page = open_page(replace(answer, scenario=scenario)).page
    page.locator("#list button").first.click()
    assert "×" in page.inner_text(".breakdown")
    assert "multiply" in page.inner_text("#detail")


def test_what_is_proven_is_said_to_be_proven_although_gains_are_rounded(open_page, answer):
    phases = answer.walks.phases
    last = phases.index[-1]
    for gap, told in ((0.0, "this is proven"), (0.02, "more than 2")):
        own = phases.copy()
        own.loc[last, "bound"] = 1.004 * own.loc[last, "objective"]
        own.loc[last, "gap"] = gap
        opened = open_page(replace(answer, walks=replace(answer.walks, phases=own)))
        assert told in opened.page.inner_text("#list")
