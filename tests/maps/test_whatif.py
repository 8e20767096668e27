"""What if: weights, presets, the live set, and the address, in a real Chromium."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.browser


def names_of(page, selector="#list .rows:first-of-type .title"):
    return page.locator(selector).all_inner_texts()


def ranking_of(page):
    return page.locator("#list .rows").last.locator(".title").all_inner_texts()


def slider(page, name):
    return page.locator(f"#w-{name}")


def push(page, name, place):
    """Move a slider as a hand does."""
    slider(page, name).evaluate(
        """(one, place) => { one.value = place;
        one.dispatchEvent(new Event("input", {bubbles: true}));
        one.dispatchEvent(new Event("change", {bubbles: true})); }""",
        place,
    )
    page.wait_for_timeout(400)


def test_the_published_plan_is_shown_first(open_page, answer):
    page = open_page(answer).page
    assert page.locator("#standing").is_hidden()
    assert page.locator("#preset").input_value() == "published"
    assert page.locator("#reset").is_disabled()
    shown = [float(one) for one in page.locator("#list .rows").last.locator(
        ".score").evaluate_all("all => all.map(one => parseFloat(one.textContent))")]  # fmt: skip
    assert shown == sorted(shown, reverse=True)


def test_a_moved_weight_ranks_anew_and_says_so(open_page, answer):
    opened = open_page(answer)
    page = opened.page
    before = ranking_of(page)
    push(page, "site-reach", 0)
    after = ranking_of(page)
    stations = answer.site_scores["station"].dropna().sort_values(ascending=False)
    expected = answer.sites["label"].reindex(stations.index).tolist()
    assert after[: len(expected)] == expected
    assert after != before
    assert "not the published plan" in page.locator("#standing").inner_text()
    assert page.locator("#list .up, #list .down").count() > 0
    assert page.locator("#preset").input_value() == "own"
    page.locator("#undo").click()
    page.wait_for_timeout(200)
    assert ranking_of(page) == before
    assert page.locator("#standing").is_hidden()
    assert not opened.trouble


def test_double_counts_double(open_page, answer):
    page = open_page(answer).page
    share = page.locator("#w-site-station ~ *, output[for=w-site-station]").first
    assert page.locator("output[for=w-site-station]").inner_text() == "33 %"
    page.locator(".weight", has=slider(page, "site-station")).locator(".twice").click()
    page.wait_for_timeout(200)
    assert page.locator("output[for=w-site-station]").inner_text() == "50 %"
    assert share.count() == 1


def test_a_criterion_without_data_cannot_be_weighed(open_page, answer):
    page = open_page(answer).page
    assert slider(page, "need-carers").is_disabled()
    assert "no data" in page.locator("label[for=w-need-carers]").inner_text()


def test_no_criterion_at_all_is_no_blank_page(open_page, answer):
    opened = open_page(answer)
    push(opened.page, "site-reach", 0)
    push(opened.page, "site-station", 0)
    assert len(ranking_of(opened.page)) == len(answer.sites)
    push(opened.page, "need-poverty", 0)
    assert opened.page.locator("#list").inner_text()
    assert not opened.trouble


def test_presets_are_those_of_the_scenario(open_page, answer):
    scenario = answer.scenario.model_copy(
        update={"profiles": {"parents": type(answer.scenario).model_fields["profiles"].annotation
                             .__args__[1](title="Parents", site={"station": 8.0})}}
    )  # fmt: skip
    page = open_page(replace(answer, scenario=scenario)).page
    page.locator("#preset").select_option("parents")
    page.wait_for_timeout(200)
    assert page.locator("output[for=w-site-station]").inner_text() == "80 %"
    page.locator("#preset").select_option("equal")
    page.wait_for_timeout(200)
    assert page.locator("output[for=w-site-station]").inner_text() == "50 %"
    page.locator("#preset").select_option("published")
    page.wait_for_timeout(200)
    assert page.locator("#standing").is_hidden()


def test_another_number_of_sites_forms_another_set(open_page, answer):
    page = open_page(answer).page
    assert page.locator(".pin").count() == 3
    page.locator("#size").fill("2")
    page.locator("#size").press("Enter")
    page.wait_for_timeout(500)
    assert page.locator("#list .badge").count() == 2
    assert page.locator(".pin").count() == 2
    text = page.locator("#list .gist").inner_text()
    assert "2 sites newly bring" in text
    assert "limit" in text or "can newly reach" in text


def test_the_address_brings_everything_back(open_page, answer):
    opened = open_page(answer)
    page = opened.page
    push(page, "site-station", 100)
    page.locator("#size").fill("2")
    page.locator("#size").press("Enter")
    page.wait_for_timeout(500)
    address, ranking, chosen = page.url, ranking_of(page), names_of(page)
    assert "site.station=" in address
    assert "count=2" in address
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("html[data-ready=yes]")
    assert ranking_of(page) == ranking
    assert names_of(page) == chosen
    assert not opened.trouble


@pytest.mark.parametrize(
    "spoilt",
    [
        "site.station=-3",
        "site.nobody=1",
        "count=1e9",
        "keep=nowhere",
        "need.poverty=NaN",
        "strike=%E0%A4%A",
        "view=99/0/0",
        "language=xx",
        "<script>window.hacked=1</script>",
        quote("=cmd()|'/c calc'!A1"),
    ],
)
def test_a_spoilt_address_is_told_and_left_out(open_page, answer, spoilt):
    opened = open_page(answer)
    page = opened.page
    address = page.url.partition("#")[0]
    page.goto("about:blank")
    page.goto(f"{address}#{spoilt}")
    page.wait_for_selector("html[data-ready=yes]")
    assert "could not be read" in page.locator("[role=alert]").inner_text()
    assert page.locator("#standing").is_hidden()
    assert page.evaluate("window.hacked") is None
    assert not opened.trouble


@pytest.mark.parametrize(("order", "there"), [("strike={0}~noise&keep={0}", True),
                                              ("keep={0}&strike={0}~noise", False)])  # fmt: skip
def test_the_last_word_of_an_address_counts(open_page, answer, order, there):
    page = open_page(answer).page
    address = page.url.partition("#")[0]
    page.goto("about:blank")
    page.goto(f"{address}#{order.format('b5')}")
    page.wait_for_selector("html[data-ready=yes]")
    page.wait_for_timeout(300)
    told = page.locator("#standing").inner_text()
    assert ("kept in" in told, "struck out" in told) == (there, not there)


def test_every_language_draws_the_whole_page(open_page, answer):
    opened = open_page(answer)
    page = opened.page
    for code in page.locator("#language option").evaluate_all("all => all.map(one => one.value)"):
        page.locator("#language").select_option(code)
        assert page.locator("html").get_attribute("lang") == code
        assert page.locator("#list .rows").count() >= 2
    assert not opened.trouble


def test_a_browser_that_is_too_old_is_told_so(open_page, answer, browser, tmp_path):
    opened = open_page(answer)
    context = opened.page.context
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(opened.page.url)
    page.wait_for_selector("html[data-ready=failed]")
    assert "2023 or later" in page.locator("[role=alert]").inner_text()
