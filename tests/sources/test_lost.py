"""What joins nothing is told in people, lost digits are named, and no cell of the CSV runs."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.model import Layer
from siteplanner.sources.matching import FORMULA, Table, harmless, lost_digits, match, save
from siteplanner.sources.pairs import Side
from siteplanner.sources.reading import _counts

UNITS = Side(pd.Series(["001", "002", "11001000017"], index=["a", "b", "c"]))


def fitted(keys, people=None, there=UNITS, total=None):
    counts = None if people is None else pd.DataFrame({"people": people})
    table = Table(pd.Series(keys, dtype=object), counts=counts, total=total)
    return match("census", table, "units", there, {})


def test_people_of_rows_that_join_nothing():
    found = fitted(
        ["001", "X", None, "Y", "All"], [5.0, 7.0, np.nan, 8.0, 20.0], total=pd.Index([4])
    )
    assert found.held("not there") == "they hold 15 of 20 people"  # the total is no place
    assert found.held("no key") == ""  # nobody knows how many
    assert found.held("not there", "no key") == "they hold 15 of 20 people"
    assert "# what joins nothing: they hold 15 of 20 people" in str(found)
    assert fitted(["001", "X"]).held("not there") == ""


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(["001", "002", "X", None]), st.integers(0, 9)), min_size=1)
)
def test_the_people_by_brute_force(rows):
    keys, people = zip(*rows, strict=True)
    lost = [number for key, number in rows if key == "X"]
    said = fitted(list(keys), [float(one) for one in people]).held("not there")
    assert said == (f"they hold {sum(lost)} of {sum(people)} people" if lost else "")


def test_of_a_private_layer_no_people_are_told():
    keys = {"name": "a", "title": "A", "source": "a.csv", "kind": "table",
            "columns": {"people": {"kind": "count"}}}  # fmt: skip
    table = pd.DataFrame({"people": [1.0]})
    assert _counts(Layer.model_validate(keys), table) is not None
    assert _counts(Layer.model_validate({**keys, "private": {"cell_m": 500}}), table) is None


def test_digits_that_a_spreadsheet_took_are_named():
    rounded = lost_digits(fitted(["1.1001E+10", "001"]))
    assert rounded == [
        "census: a spreadsheet has rounded 1.1001E+10, and the last digits are lost: "
        "fetch the table again and open that column as text"
    ]
    bare = lost_digits(fitted(["1", "2"]))
    assert bare == [
        "census: zeros in front are lost (1 for 001, 2 for 002): open that column as text, or "
        "confirm the pairs"
    ]
    theirs = Side(pd.Series(["1", "2", "1.1E+10"], index=["a", "b", "c"]))
    there = lost_digits(fitted(["001", "002"], there=theirs))
    assert [one.partition(":")[0] for one in there] == ["units", "units"]
    assert lost_digits(fitted(["001", "002", "11001000017"])) == []
    many = lost_digits(fitted([f"{k}.1E+10" for k in range(1, 6)]))
    assert "5.1E+10" not in many[0]
    assert "and 2 more" in many[0]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "'\t=1"),
        ("-12.5", "-12.5"),
        ("+5", "+5"),
        ("Suba", "Suba"),
        (-3.5, -3.5),
        (None, None),
    ],
)
def test_no_cell_is_a_formula(cell, written):
    assert harmless(cell) == written


def test_the_table_that_is_written(tmp_path):
    found = fitted(["=1+1", "001"])
    path = tmp_path / "joins.csv"
    save([found], path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [row["key"] for row in rows[:2]] == ["'=1+1", "001"]
    assert not any(cell.startswith(FORMULA) for row in rows for cell in row.values())
