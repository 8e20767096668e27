"""Sentences that say how far a plan stands up, in the languages of reports."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from siteplanner.report.wording import Wording

OTHERS = ("es", "pt", "zh")
LEFT = re.compile(r"\b(?:chosen|weightings|would|rank|worse|weighed|the|together|index|shifted)\b")
"""Words that a sentence keeps only if part of it was not translated."""
RARE = (
    "Ranked again under 10,000 weightings, each weight 25 % up or down, none of the 3 best-ranked "
    "sites are among the best 3 in 90 of 100.",
    "Only one site criterion has a weight: no other weights could move the ranking.",
    "No number of sites stands out: each further one brings about as much as the last.",
    "Not chosen, but in 10 of 100 weightings: Sports hall.",
    "A: chosen in 40 of 100 weightings.",
    "A: chosen in 40 of 100 weightings; without it the best set is 0.2 % worse.",
    "Could not be answered with squares of 75 m, shifted 0 m east and 37.5 m north: no site.",
    "No weights were found that take A from among the best 3.",
    "No weights take A from the first place.",
    "No weights put A ahead of B.",
    "If A weighed 59.5 % instead of 33.1 %, B 10.0 % instead of 20.4 % and C 1.0 % instead of "
    "2.0 %, D, E would be ahead of F.",
    "If A weighed 59 % instead of 33 %, B would not be first.",
    "Need: 'a' is 0.5 at every place: it tells no place from another, whatever it weighs.",
    "Need: 'a' has a few extreme places (skew 2.4, kurtosis 8.1): look at them, or at its zero_at "
    "and full_at.",
    "Sites: 'a' and 'b' say much the same (correlation 0.95): together they count twice.",
    "Sites: 'a' weighs 33 % and has 1 % of the influence on the index: next to nothing.",
    "Need: the index repeats where people live (correlation 0.95): it adds little to a count.",
)


def templates(code: str) -> dict[str, str]:
    file = files("siteplanner.report").joinpath("sentences", f"{code}.json")
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_templates_are_the_same_in_every_language(code):
    own = templates(code)
    assert list(own) == list(templates("es"))
    for english, said in own.items():
        names = [set(re.findall(r"\{(\w+)\}", one)) for one in (english, said)]
        assert names[0] == names[1], english


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_of_a_plan_is_translated_whole(
    hexagon_plan, varied_plan, public_sets, hexagon_sure, code
):
    words = Wording(code)
    said = [*hexagon_sure.sentences, *public_sets.sentences, *varied_plan.sentences]
    said += [*hexagon_plan.sets(2).sentences] if code == "es" else []
    assert len(said) > 15
    for one in (*said, *RARE):
        found = words.sentence(one)
        assert found != one
        assert not LEFT.search(found.replace("zero_at", "")), found


@pytest.mark.parametrize("code", OTHERS)
def test_every_variant_has_a_name(hexagon_plan, code):
    from siteplanner.comparison.variants import variants_of

    words = Wording(code)
    for one in variants_of(hexagon_plan, 75.0):
        assert words.clause(one.said), one.said
        assert words.clause(one.choice), one.choice


def test_numbers_follow_and_english_stays_as_it_is():
    one = RARE[10]
    assert Wording("en").sentence(one) == one
    assert Wording("es").sentence(one) == (
        "Si A pesara 59,5 % en vez de 33,1 %, B pesara 10,0 % en vez de 20,4 % y C pesara 1,0 % "
        "en vez de 2,0 %, D, E estaría por delante de F."
    )
    assert Wording("pt").sentence("If something else happens, then so be it.").startswith("If")
