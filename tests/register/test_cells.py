"""Raw cells as values: what is read, what is refused, and that nothing is guessed."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.register.cells import Covered, Formula, label, personal, repeated, values_of
from siteplanner.register.columns import BY_KEY, LOG, OFFICERS
from siteplanner.register.spreadsheet_text import number_text
from siteplanner.register.wording import Words, folded, languages

COST, STATUS, WHEN, REASON = (BY_KEY[key] for key in ("capital_cost", "status", "when", "reason"))


def read(column, raw, language="en"):
    (value,), wrong = values_of(column, [raw], language)
    return value, wrong.get(0, "").partition(";")[0]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (1200, 1200.0),
        ("1200", 1200.0),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1,5", 1.5),
        ("1.234.567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("$ 1200", 1200.0),
        ("R$ 1.200,00", 1200.0),
        ("1 200 000", 1200000.0),
        ("-", None),
        ("", None),
    ],
)
def test_numbers_with_one_reading(raw, value):
    assert read(COST, raw) == (value, "")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("1.234", "1.234 can be read in two ways"),
        ("1,234", "1,234 can be read in two ways"),
        ("a lot", "it is no number"),
        ("1.2.3", "it is no number"),
        (True, "it is no number"),
        (-5, "it is below 0"),
        (float("nan"), "it is no number"),
        (datetime.datetime(2026, 3, 1), "it is no number"),
        (Formula("=B2*2"), "it is a formula, and what it came to is not trusted"),
        (Covered("A1:A3"), "it is part of the merged cells A1:A3"),
        ("#REF!", "it is an error of the spreadsheet"),
    ],
)
def test_numbers_that_are_not_guessed(raw, why):
    assert read(COST, raw) == (None, why)


@pytest.mark.parametrize("beside", ["5.678,9", "0.5", "1,2 million", "about 3.5", "5,678.9"])
def test_a_neighbour_never_decides_how_a_number_is_read(beside):
    values, wrong = values_of(COST, ["1.234", "1,200", beside], "es")
    assert values[:2] == [None, None]
    assert "1.234 can be read in two ways" in wrong[0]
    assert "1,200 can be read in two ways" in wrong[1]


@pytest.mark.parametrize(
    ("raw", "language", "value"),
    [
        (datetime.datetime(2026, 3, 5), "en", "2026-03-05"),
        ("2026-03-05", "en", "2026-03-05"),
        ("2026/3/5", "en", "2026-03-05"),
        ("2026年3月5日", "zh", "2026-03-05"),
        ("05/03/2026", "es", "2026-03-05"),
        ("05.03.2026", "pt", "2026-03-05"),
        ("25/03/2026", "en", "2026-03-25"),
        ("03/25/2026", "en", "2026-03-25"),
        ("03/03/2026", "en", "2026-03-03"),
    ],
)
def test_dates_as_text(raw, language, value):
    assert read(WHEN, raw, language) == (value, "")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("05/03/2026", "05/03/2026 can be two days"),
        ("2026-02-30", "there is no such day"),
        ("next week", "it is no date"),
        (46000, "it is a number, not a date"),
        (datetime.datetime(1900, 1, 1), "the year 1900 cannot be meant"),
    ],
)
def test_dates_that_are_not_guessed(raw, why):
    assert read(WHEN, raw) == (None, why)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("column", [one for one in (*OFFICERS, *LOG) if one.options])
def test_every_choice_comes_back_from_every_language(column, language):
    for value in column.options:
        shown = label(column, value, Words(language))
        assert read(column, f"  {str(shown).upper()} ", "en")[0] == value


def test_a_word_that_is_none_of_the_list_offers_the_nearest():
    values, wrong = values_of(STATUS, ["regected"], "en")
    assert values == [None]
    assert "did you mean 'rejected'?" in wrong[0]


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.org",
        "call 300 123 45 67",
        "CC 1.020.345.678",
        "+57 (1) 234-5678",
        "52998224725",
    ],
)
def test_what_points_at_a_person_is_refused_and_not_repeated(text):
    assert personal(text)
    assert read(REASON, f"said so: {text}")[0] is None
    assert text not in repeated(f"said so: {text}", "reason")


@pytest.mark.parametrize(
    "text", ["since 2026-03-05", "on 05/03/2026", "lot 12, 800 m2", "POT 2022"]
)
def test_dates_and_small_numbers_point_at_nobody(text):
    assert read(REASON, text) == (text, "")


def test_text_that_looks_like_a_formula_stays_text():
    assert read(REASON, "=1+1") == ("=1+1", "")


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1e12).map(lambda one: float(f"{one:.12g}")), st.sampled_from(".,"))
def test_a_number_written_to_a_csv_has_one_reading(number, decimal):
    written = number_text(number, decimal)
    value, why = read(COST, written)
    assert why == ""
    assert value == pytest.approx(number, rel=1e-9, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(), st.floats(), st.booleans(), st.dates())))
def test_whatever_stands_there_is_read_or_told(raws):
    for column in (COST, STATUS, WHEN, REASON):
        values, wrong = values_of(column, raws, "es")
        assert len(values) == len(raws)
        assert all(values[place] is None for place in wrong)
        assert all(why for why in wrong.values())


def test_folding_is_blind_to_capitals_accents_and_spaces():
    assert folded("  MOTIVO  de\nlá ") == "motivo de la"
