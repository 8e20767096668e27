"""Changes between two versions, by eye, in every language."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest

import siteplanner
from siteplanner.maps.messages import languages
from siteplanner.publication.changes import MOST_KEYS, tell_changes
from siteplanner.publication.wording import PublishedWords, words_of

FOLDER = Path(siteplanner.__file__).parent / "publication"
PYTHON = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.py")))


def row(group: str, newly: float | None, left: float | None) -> dict[str, object]:
    return {"place": "area", "group": group, "newly": newly, "left_out": left}


BEFORE = {
    "siteplanner": "0.1.0",
    "scenario": {"name": "a", "title": "Parks", "walk": {"limit_m": 500}, "choice": {"count": [2]}},
    "layers": {
        "lots": {"title": "Lots", "sha256": "aa", "year": 2021},
        "people": {"title": "People", "sha256": "bb", "year": None},
    },
    "choice": {
        "sites": [
            {"site": "s1", "label": "Mill", "phase": 1},
            {"site": "s2", "label": "Depot", "phase": 1},
            {"site": "s3", "label": "", "phase": 2},
        ]
    },
    "outcomes": {"by_group": [row("people", 1234.4, 500.0), row("people in need", 300.0, 90.0)]},
}


def changed() -> dict[str, object]:
    after = copy.deepcopy(BEFORE)
    after["siteplanner"] = "0.2.0"
    after["scenario"]["walk"] = {"limit_m": 800}
    after["scenario"]["audience"] = "public"
    after["layers"]["lots"] |= {"sha256": "cc", "year": 2025}
    del after["layers"]["people"]
    after["layers"]["stops"] = {"title": "Stops", "sha256": "dd", "year": 2024}
    after["choice"]["sites"] = [
        {"site": "s2", "label": "Depot", "phase": 2},
        {"site": "s3", "label": "", "phase": 2},
        {"site": "s4", "label": "Kiosk", "phase": 1},
    ]
    after["outcomes"]["by_group"] = [row("people", 1500.0, None), row("people in need", 300.2, 9.0)]
    return after


def test_every_kind_of_change_is_told():
    assert tell_changes(BEFORE, changed(), words_of("en")) == [
        "Made with siteplanner 0.2.0, before with 0.1.0.",
        "It was for the office, it is for the public.",
        "In the scenario, walk.limit_m: 500 before, 800 now.",
        "Data that changed: Lots (2025).",
        "Layers that are new: Stops (2024).",
        "Layers that are no longer looked at: People.",
        "Places that came in: Kiosk.",
        "Places that went out: Mill.",
        "Built in another phase: Depot (1 → 2).",
        "People in the area newly within reach: 1,234 before, 1,500 now.",
        "People in need newly within reach: 300, as before.",
        "People in the area still without a place within reach: 500 before, withheld now.",
    ]


def test_backwards_it_is_told_the_other_way_round():
    said = tell_changes(changed(), BEFORE, words_of("en"))
    assert "Places that came in: Mill." in said
    assert "Built in another phase: Depot (2 → 1)." in said
    assert "In the scenario, walk.limit_m: 800 before, 500 now." in said


def test_the_same_plan_and_the_same_answer():
    words = words_of("en")
    assert tell_changes(BEFORE, copy.deepcopy(BEFORE), words) == [
        "Nothing: it is the same plan to the byte."
    ]
    other = {**BEFORE, "notices": ["another notice"]}
    assert tell_changes(BEFORE, other, words)[0] == "The set of places is the same."
    assert tell_changes({}, {"notices": []}, words) == [
        "Nothing: scenario, data and set are the same."
    ]


@pytest.mark.parametrize("language", languages())
def test_numbers_and_words_follow_the_language(language):
    said = tell_changes(BEFORE, changed(), words_of(language))
    assert len(said) == 12
    assert not any(re.search(r"[{}]", one) for one in said)
    newly = {"en": "1,234", "es": "1.234", "pt": "1.234", "zh": "1,234"}[language]
    assert newly in said[9]


def test_many_keys_are_counted_and_long_ones_show_where_they_differ():
    before, after = ({"scenario": {f"k{n:02}": add for n in range(20)}} for add in (1, 2))
    said = tell_changes(before, after, words_of("en"))
    assert len(said) == MOST_KEYS + 1
    assert said[-1] == "In the scenario 8 more keys differ."
    long = "x" * 300
    one, other = ({"scenario": {"notes": [f"{long} {end}"]}} for end in ("old end", "new end"))
    (told,) = tell_changes(one, other, words_of("en"))
    assert "old end before" in told
    assert "new end now" in told


@pytest.mark.parametrize(
    "odd",
    [
        {}, {"choice": None}, {"choice": {"sites": None}}, {"choice": {"sites": [3, {}]}},
        {"outcomes": {"by_group": [None, {"place": "area"}]}}, {"scenario": None, "layers": None},
    ],
)  # fmt: skip
def test_plans_of_other_versions_can_lack_anything(odd):
    assert tell_changes(odd, BEFORE, words_of("en"))
    assert tell_changes(BEFORE, odd, words_of("en"))


def messages(code: str) -> dict[str, str]:
    import json

    return json.loads((FOLDER / "messages" / f"{code}.json").read_text("utf-8"))


@pytest.mark.parametrize("code", languages())
def test_no_message_is_missing_extra_or_holds_other_names(code):
    english = messages("en")
    assert set(messages(code)) == set(english)
    for key, text in messages(code).items():
        assert text.strip(), key
        names = [set(re.findall(r"\{(\w+)\}", one)) for one in (text, english[key])]
        assert names[0] == names[1], key


def test_every_message_is_used_and_every_word_asked_for_is_there():
    starts = tuple(re.findall(r'f"([a-z_]+\.)', PYTHON))
    keys = {key.partition("#")[0] for key in messages("en")}
    assert [key for key in keys if f'"{key}"' not in PYTHON and not key.startswith(starts)] == []
    given = dict.fromkeys(("n", "names", "name", "told", "sites", "all", "day"), "x")
    for key in set(re.findall(r'say\(\s*"([a-z_.]+)"', PYTHON)):
        own = messages("en").get(key, "")
        assert PublishedWords("en").say(key, **given | dict.fromkeys(re.findall(r"\w+", own), "x"))
