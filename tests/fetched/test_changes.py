"""What is told of a newer copy: rows that came, went and are others."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from siteplanner.fetched import told

OLD = pd.DataFrame(
    {"id": ["a", "b", "c"], "name": ["Oak", None, "Elm"], "people": [1.0, 2.0, None],
     "geometry": [Point(0, 0), Point(1, 1), Point(2, 2)]}
)  # fmt: skip


def test_by_eye():
    new = OLD.assign(
        people=[1.0, 5.0, None], name=["Oak", None, "Elm tree"],
        geometry=[Point(0, 0), Point(1, 1), Point(2, 3)],
    )  # fmt: skip
    new = pd.concat([new.iloc[1:], new.iloc[:1].assign(id="d")])
    assert told(OLD, new, "id", "name") == (
        "3 rows, before 3: 1 added (for example d 'Oak'), 1 gone (for example a 'Oak'), "
        "2 changed (for example b: people 2 → 5; "
        "c 'Elm tree': name Elm → Elm tree, another place or shape)"
    )


def test_what_is_unknown_is_called_nothing():
    new = OLD.assign(people=[None, 2.0, 3.0])
    assert told(OLD, new, "id") == (
        "3 rows, before 3: 2 changed (for example a: people 1 → nothing; c: people nothing → 3)"
    )


def test_one_row_and_many_columns():
    old = pd.DataFrame({"id": ["a"], **{f"c{k}": [1] for k in range(5)}})
    new = old.assign(**{f"c{k}": [2] for k in range(5)})
    assert told(old, new, "id") == (
        "1 row, before 1: 1 changed (for example a: c0 1 → 2, c1 1 → 2, c2 1 → 2, …)"
    )


def test_of_a_private_layer_no_row_is_shown():
    new = pd.concat([OLD.iloc[1:].assign(people=9), OLD.iloc[:1].assign(id="d")])
    said = told(OLD, new, "id", "name", examples=False)
    assert said == "3 rows, before 3: 1 added, 1 gone, 2 changed"


@pytest.mark.parametrize("name", [None, "missing"])
def test_without_names_rows_are_held_against_each_other_whole(name):
    new = pd.concat([OLD.iloc[1:], OLD.iloc[:1].assign(people=7)])
    assert told(OLD, new, name) == "3 rows, before 3: 1 are new or changed, 1 are gone or changed"


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)),
)
def test_the_counts_by_brute_force(old, new):
    one, two = (
        pd.DataFrame({"id": pd.Series(list(table), dtype="str"), "n": list(table.values())})
        for table in (old, new)
    )
    said = told(one, two, "id")
    counts = {
        "added": len(new.keys() - old.keys()),
        "gone": len(old.keys() - new.keys()),
        "changed": sum(old[key] != new[key] for key in old.keys() & new.keys()),
    }
    for word, count in counts.items():
        found = re.search(rf"(\d+) {word}", said)
        assert (int(found[1]) if found else 0) == count
    assert said.endswith("the same rows") == (not any(counts.values()))
