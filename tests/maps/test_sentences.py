"""The sentences that a plan holds in English, in the other languages of the page."""

from __future__ import annotations

import json
from itertools import combinations
from types import SimpleNamespace

import pandas as pd
import pytest

from siteplanner.choice import choosing, models, reasons
from siteplanner.choice.covering import bounded, greedy
from siteplanner.choice.programs import tidying
from siteplanner.model import Choice
from siteplanner.plan import answer as plan_answer
from siteplanner.walk import straight

from .conftest import make_scenario
from .test_messages import MESSAGES, OTHERS, SCRIPTS, placeholders


@pytest.mark.parametrize("code", OTHERS)
def test_templates_of_sentences_are_the_same_in_every_language(code):
    own = MESSAGES[code]["sentences"]
    assert own.keys() == MESSAGES["es"]["sentences"].keys()
    for english, text in own.items():
        assert placeholders(english) == placeholders(text), english


@pytest.fixture(scope="module")
def translate():
    """Give the page's own function that turns a sentence into Spanish, or into None."""
    quickjs = pytest.importorskip("quickjs")
    context = quickjs.Context()
    context.eval(SCRIPTS["sentences.js"].replace("const Sentences", "var Sentences"))
    context.eval(f"var compiled = Sentences.compile({json.dumps(MESSAGES['es']['sentences'])})")
    context.eval("function translate(text) {"
                 " return Sentences.translate(compiled, text, (one) => `[${one}]`); }")  # fmt: skip
    return context.get("translate")


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("The scenario strikes it out.", "El escenario lo descarta."),
        ("It is too near to St. Anne. Hall; east, which is in the set.",
         "Está demasiado cerca de St. Anne. Hall; east, que está en el conjunto."),
        ("The scenario fixes it. It newly reaches 1,308 people in need.",
         "El escenario lo fija. Pone al alcance a [1,308] personas con necesidad más."),
        ("It would add 12, but it costs 3, and only 2 of the budget of 10 is left.",
         "Agregaría a [12], pero cuesta [3], y del presupuesto de [10] solo quedan [2]."),
        ("It newly reaches fewer than 10 people in need.",
         "Pone al alcance a [fewer than 10] personas con necesidad más."),
        ("The set was something new.", None),
        ("Somebody wrote this.", None),
        ("", None),
        ("a: 1 b. " * 200, None),
        ("It would add nobody. " * 50, None),
    ],
)  # fmt: skip
def test_sentences_are_translated_whole_or_not_at_all(translate, english, spanish):
    assert translate(english) == spanish


def test_what_a_plan_does_not_know_is_translated(translate):
    scenario = make_scenario()
    for sentence in plan_answer.limits(scenario, {}):
        assert translate(sentence), sentence
    known = {"hills": "elevation", "crossings": "crossing_s", "light": "factor"}
    for count in range(3):
        for there in combinations(known, count):
            walk = SimpleNamespace(
                elevation="heights" if "hills" in there else None,
                penalties={"one": SimpleNamespace(
                    crossing_s=9 if "crossings" in there else 0,
                    factor=2 if "light" in there else 1)},
            )  # fmt: skip
            (sentence,) = plan_answer._not_counted(walk)
            assert translate(sentence), sentence
    sentence = straight.NOTICE.reason
    assert translate(f"{sentence[0].upper()}{sentence[1:]}.")


def test_how_a_set_was_chosen_is_translated(translate):
    methods = [
        tidying.worded(100.0, bound, proven=proven, stopped=stopped)
        for bound in (100.0, 102.0, float("nan"))
        for proven in (True, False)
        for stopped in (True, False)
    ]
    methods += [
        bounded._method(value, 100.0, proven=proven, stopped=stopped)
        for value in (0.0, 99.0)
        for proven in (True, False)
        for stopped in (True, False)
    ]
    methods += [
        f"{one}: a rule of thumb, with no claim to reach most people"
        for one in choosing.RULE_SENTENCES.values()
    ]
    for method in [*methods, greedy.METHOD]:
        assert translate(f"The set was {method}."), method
    counted = [*models.COMES_TO.values(), models.SERVED, "sites", "in cost"]
    for comes_to in [*counted, "people in need newly reached by 2 places"]:
        for gap, closes in ((0.0, False), (0.02, True)):
            plan = SimpleNamespace(
                scenario=make_scenario(),
                choice=SimpleNamespace(
                    comes_to=comes_to,
                    infeasible=(),
                    closed=pd.Series([closes], index=["Old hall"]),
                    table=pd.DataFrame({"phase": [1]}),
                    method=methods[0],
                    phases=pd.DataFrame(
                        {"sites": 5, "new_demand": 1234.0, "around": [0.0, 7.0], "gap": gap,
                         "bound": 1300.0, "objective": 1234.5, "regret": [0.01, 0.0]},
                        index=[1, 2]),
                )
            )  # fmt: skip
            assert translate(plan_answer._choice_note(plan)), plan_answer._choice_note(plan)
    assert translate(plan_answer._choice_note(SimpleNamespace(choice=None)))


def test_why_a_site_is_chosen_is_translated(translate):
    table = pd.DataFrame({"new_demand": [1308.0, 20.0]}, index=["mill", "hall"])
    for model in ("max_cover", "top"):
        for closing in (True, False):
            for fixed in ((), ("mill",)):
                choice = Choice(count=2, model=model, fixed=fixed)
                for sentence in reasons.why(choice, table, closing=closing):
                    assert translate(sentence), sentence
    for sentence in reasons.OTHER_MODELS.values():
        assert translate(sentence), sentence


def test_why_a_site_is_not_chosen_is_translated(translate):
    table = pd.DataFrame(
        {"new_demand": [90.0, 20.0], "label": ["Old mill", "Hall"], "fixed": [True, False]}
    )
    left = reasons.Left(10.0, 2.0, pd.Series([3.0]).to_numpy())
    for choice in (
        Choice(count=2), Choice(count=5), Choice(count=2, capacity=9), Choice(count=2, backup=1)
    ):  # fmt: skip
        for dear in ("", left.too_dear(0)):
            for alone, more in ((100.0, 30.0), (100.0, 20.0), (100.0, 5.0), (9.0, 0.0), (0, 0)):
                overlaps = pd.Series([0.4, 0.1]).to_numpy()
                found = reasons._by_reach(choice, table, (alone, more), overlaps, dear)
                assert translate(found[1]), found


def test_the_words_of_a_public_plan_are_translated(translate):
    for sentence in (
        "It newly reaches few people in need.",
        "It would add few people.",
        "Its index is below the 20 asked.",
    ):
        assert translate(sentence), sentence
