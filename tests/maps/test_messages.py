"""The page's words: whole in every language, used, and shown in the language asked for."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

import siteplanner
from siteplanner import maps
from siteplanner.errors import InputError
from siteplanner.maps.messages import languages, read, unknown_language

from .conftest import make_answer, make_scenario

MESSAGES = read()
ENGLISH = MESSAGES["en"]
OTHERS = [code for code in MESSAGES if code != "en"]
FORMS = {"en": {"one", "other"}, "es": {"one", "other"}, "pt": {"one", "other"}, "zh": {"other"}}
"""Plural forms that a language needs; of those that it has besides, "other" stands in."""
SHELL = Path(str(files(maps))) / "shell"
SCRIPTS = {
    path.name: re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for path in SHELL.glob("*.js")
}
PACKAGE = SHELL.parents[1]
ELSEWHERE = {path.parent for path in PACKAGE.glob("*/messages")} - {PACKAGE / "maps"}
"""Rooms with messages of their own."""
PYTHON = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent not in ELSEWHERE
)
PAGE = (SHELL / "page.html").read_text(encoding="utf-8")
EVERYTHING = "\n".join([*SCRIPTS.values(), PYTHON, PAGE])


def stems(code: str) -> set[str]:
    return {key.partition("#")[0] for key in MESSAGES[code]} - {"sentences"}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("code", OTHERS)
def test_no_message_is_missing_or_extra(code):
    assert stems(code) == stems("en")


@pytest.mark.parametrize("code", list(MESSAGES))
def test_plural_forms_are_complete(code):
    plural = {key.partition("#")[0] for key in ENGLISH if "#" in key}
    for stem in plural:
        found = {key.partition("#")[2] for key in MESSAGES[code] if key.startswith(f"{stem}#")}
        assert found >= FORMS.get(code, {"other"}), stem
    assert not [key for key in MESSAGES[code] if key in plural]


@pytest.mark.parametrize("code", OTHERS)
def test_translations_have_the_same_placeholders(code):
    for key, text in MESSAGES[code].items():
        if key == "sentences":
            continue
        stem, _, form = key.partition("#")
        asked = placeholders(ENGLISH[f"{stem}#other"] if form else ENGLISH[key])
        least = placeholders(ENGLISH[key]) - {"n"} if form == "one" else asked
        assert least <= placeholders(text) <= asked, key


@pytest.mark.parametrize("code", list(MESSAGES))
def test_messages_hold_no_markup(code):
    own = MESSAGES[code]
    for text in [*own.get("sentences", {}).values(), *own.values()]:
        if isinstance(text, str):
            assert not re.search(r"<[a-zA-Z/!]|&#?\w+;", text), text
    assert own["language"]
    assert own["locale"].startswith(code)


def test_every_message_asked_for_exists():
    known = stems("en")
    first = {key.partition(".")[0] for key in known if "." in key} - {"need", "site"}
    dotted = re.compile(rf'"((?:{"|".join(sorted(first))})\.[a-z_.]*[a-z_])"')
    for name, script in SCRIPTS.items():
        asked = set(re.findall(r'\bt\("([^"]+)"', script)) | set(dotted.findall(script))
        asked |= {
            key for pair in re.findall(r'\bt\([^"(`]*\? "([^"]+)"\s*: "([^"]+)"', script)
            for key in pair
        }  # fmt: skip
        assert asked <= known, name
    assert set(re.findall(r'data-[tl]="([^"]+)"', PAGE)) <= known
    assert set(re.findall(r'"(?:t|\w+_key)": "([^"]+)"', PYTHON)) <= known


def test_every_message_is_used():
    """A key stands in the sources, or is put together there of parts that do."""
    words = set(re.findall(r"\w+", EVERYTHING))
    whole = set(re.findall(r'["`\']([\w.]+)["`\']', EVERYTHING))
    built = [
        re.compile(re.sub(r"\\?\$?\\\{.*?\\\}", r"([a-z_]+)", re.escape(one)))
        for one in set(re.findall(r'[`"]([a-z_]+\.[\w.]*\$?\{[\w.]+\}\w*)[`"]', EVERYTHING))
    ]

    def used(key: str) -> bool:
        matches = (pattern.fullmatch(key) for pattern in built)
        return key in whole or any(set(one.groups()) <= words for one in matches if one)

    assert sorted(key for key in stems("en") - {"language", "locale"} if not used(key)) == []


def test_a_language_without_a_file_is_a_problem():
    assert languages()[0] == "en"
    assert [unknown_language(make_scenario(language=code)) for code in languages()] == [[]] * 4
    (problem,) = unknown_language(make_scenario(language="eo"))
    assert str(problem) == (
        "scenarios/care_blocks.toml: language: no language 'eo'; known are: en, es, pt, zh"
    )


def test_a_project_says_so_at_the_door(tmp_path):
    project = siteplanner.init(tmp_path / "town")
    file = project.root / "scenarios" / "in_esperanto.toml"
    file.write_text('extends = "care_blocks"\ntitle = "Urbo"\nlanguage = "eo"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"in_esperanto.toml: language: no language 'eo'"):
        project.run("in_esperanto")


# In the browser.

TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT
    | NodeFilter.SHOW_TEXT);
  const skip = "script, style, noscript, [lang=en], [lang=en] *";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === 3) {
      if (!node.parentElement.closest(skip)) { found.push(node.data.trim()); }
    } else if (!node.matches(skip)) {
      for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext"]) {
        if (node.hasAttribute(name)) { found.push(node.getAttribute(name)); }
      }
    }
  }
  return [...new Set(found)].filter(Boolean);
}"""


def english_only(code: str) -> list[re.Pattern[str]]:
    """Give patterns of English messages that the language says otherwise."""
    own = MESSAGES[code]
    patterns = []
    for key, text in ENGLISH.items():
        plain = re.sub(r"\{\w+\}", "", text)
        if own.get(key) != text and len(plain.strip()) >= 4 and key != "language":
            pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(text))
            patterns.append(re.compile(pattern))
    return patterns


DATA = {"People in need", "Streets"}
"""Titles of criteria and layers that the page has a message for as well."""


@pytest.mark.browser
@pytest.mark.parametrize("code", OTHERS)
def test_a_page_in_another_language_shows_no_english_message(code, open_page):
    page = open_page(make_answer(make_scenario(language=code))).page
    assert page.get_attribute("html", "lang") == code
    seen = set(page.evaluate(TEXTS))
    page.click("#list button.more")
    page.wait_for_selector("dialog[open]")
    seen |= set(page.evaluate(TEXTS))
    page.keyboard.press("Escape")
    for site in (0, 1):  # one is in the set, one is not
        page.evaluate(f"document.querySelector('#list [data-site=\"{site}\"]').click()")
        page.wait_for_timeout(300)
        seen |= set(page.evaluate(TEXTS))
    page.click("#whatif button.twice:enabled >> nth=0")
    page.click("#whatif button.by:enabled >> nth=0")
    page.wait_for_timeout(1000)
    seen |= set(page.evaluate(TEXTS))
    patterns = english_only(code)
    told = [(text, one.pattern) for text in seen for one in patterns if one.fullmatch(text)]
    assert len(seen) > 200
    assert [one for one in told if one[0] not in DATA] == []


@pytest.mark.browser
def test_the_language_can_be_changed_and_numbers_follow(open_page):
    opened = open_page(make_answer(make_scenario()))
    page = opened.page
    assert "9,000" in page.inner_text("#method")
    assert "Children" in page.inner_text("#method")
    assert "Hills are ignored." in page.inner_text("#method")
    page.select_option("#language", "es")
    assert "9.000" in page.inner_text("#method")
    assert MESSAGES["es"]["method.title"] == page.inner_text("#method-title")
    assert page.get_attribute("#method li bdi[lang=en]", "lang") == "en"
    page.select_option("#language", "en")
    assert "9,000" in page.inner_text("#method")
    assert not page.query_selector("#method bdi[lang=en]")
    assert opened.trouble == []
