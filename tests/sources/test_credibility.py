"""Numbers that can be read but cannot be meant: percent in rates, and total rows."""

from __future__ import annotations

import numpy as np
import pytest


def said(source):
    return "\n".join(str(one) for one in source.notices)


@pytest.fixture
def column(write):
    """Write one column of numbers beside names and places."""

    def put(numbers, names=None, name="a.csv"):
        names = names or [f"p{n}" for n in range(len(numbers))]
        rows = zip(names, numbers, strict=True)
        lines = (f"{who},-74.{n:03},4.6,{what}\n" for n, (who, what) in enumerate(rows))
        return write(name, "no,lon,lat,n\n" + "".join(lines))

    return put


@pytest.mark.parametrize("unit", ["%", "percent", "Percent of homes", "% of homes"])
def test_percent_become_shares(column, reading, unit):
    columns = {"n": {"kind": "rate", "unit": unit}}
    source = reading(column([9.5, 45.1, ""]), id="no", columns=columns)
    np.testing.assert_allclose(source.table["n"], [0.095, 0.451, np.nan])
    assert said(source) == (
        "layers/things: 2 of 3 rows mended: 'n' is in percent (9.5 to 45.1) and divided by 100"
    )
    assert source.layer.columns["n"].unit == "share" + " of homes" * ("homes" in unit)


def test_shares_stay_as_they_are(column, reading):
    source = reading(column([0, 0.5, 1.001]), columns={"n": {"kind": "rate", "unit": "share"}})
    assert sorted(source.table["n"]) == [0, 0.5, 1.001]
    assert source.notices == ()
    assert source.layer.columns["n"].unit == "share"


@pytest.mark.parametrize(
    ("numbers", "unit", "sentence"),
    [
        (
            [9.5, 45.1],
            "",
            'values from 9.5 to 45.1 in a rate, which is 0 to 1; write unit = "%" if they are '
            'percent, or kind = "value"',
        ),
        (
            [9.5, 145],
            "%",
            "values from 9.5 to 145 % in a rate, which is 0 to 100 %; mend the numbers, or write "
            'kind = "value"',
        ),
        (
            [-99, 0.5],
            "",
            "values from -99 to 0.5 in a rate, which is 0 to 1; empty the cells if that means "
            'unknown, or write kind = "value"',
        ),
    ],
)
def test_numbers_that_are_no_rate(column, reading, refused, numbers, unit, sentence):
    name = column(numbers)
    found = refused(name, columns={"n": {"kind": "rate", "unit": unit}})
    assert found == f"layers/things.toml: columns.n: {sentence}"
    assert sorted(reading(name, columns={"n": {"unit": unit}}).table["n"]) == numbers


@pytest.mark.parametrize("total", [55, 55.2])
def test_a_total_row_is_refused(column, refused, total):
    name = column([*range(1, 11), total], [*map(str, range(10)), "all"])
    sentence = "alone holds as many n as all others together: a total row; delete it"
    assert refused(name, id="no", columns={"n": "count"}) == f"layers/a.csv: row 'all' {sentence}"
    assert refused(name, label="no", columns={"n": "count"}).startswith("layers/a.csv: row 'all'")
    assert refused(name, columns={"n": "count"}) == f"layers/a.csv: row 11 {sentence}"


def test_a_total_row_of_several_columns_is_named_once(column, refused):
    name = column([*range(1, 11), 55])
    sentence = refused(name, columns={"n": "count", "m": {"from": "n", "kind": "count"}})
    assert "row 11 alone holds as many n, m as all others together" in sentence
    assert len(sentence.splitlines()) == 1


def test_a_few_rows_need_the_word(column, refused, reading):
    columns = {"n": "count"}
    assert "row 'TOTAL' alone" in refused(column([1, 2, 3, 6], [*"abc", "TOTAL"]), id="no",
                                          columns=columns)  # fmt: skip
    assert reading(column([1, 2, 3, 6], name="b.csv"), id="no", columns=columns).notices == ()
    few = column([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], name="c.csv")
    assert reading(few, id="no", columns=columns).notices == ()


@pytest.mark.parametrize("most", [53, 29])
def test_a_row_with_a_third_is_flagged(column, reading, most):
    source = reading(column([*range(1, 11), most]), id="no", columns={"n": "count"})
    share = round(100 * most / (55 + most))
    assert said(source) == (
        f"layers/things: 1 of 11 rows flagged: row 'p10' alone holds {share} % of 'n'"
    )
    assert len(source.table) == 11


def test_rows_below_a_third_and_other_kinds_are_left_alone(column, reading):
    assert reading(column([*range(1, 11), 25]), columns={"n": "count"}).notices == ()
    assert reading(column([*range(1, 11), 55]), columns={"n": "value"}).notices == ()
