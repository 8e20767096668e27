"""What a public answer must not tell: small counts of people.

A count of fewer than ten people, on a block or in a district, can point at a family.  With
``audience = "public"`` such counts become NaN in tables and ``<10`` on the page, and with them
every number of the same row from which they follow: the score and the contribution of a
criterion, the index they add up to, the other counts of one group in one place.  Of single
cells the page carries classes only, and there is no ``cells.gpkg``.  A count of 0 stays: it
points at nobody.

All other counts are told in tens, and what is reckoned from one just as coarsely, so that a
family more or less does not show in the difference of two rows or of two published versions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner.maps.answer import Answer
from siteplanner.maps.shares import coarse_fairness, coarse_share
from siteplanner.model import Criterion
from siteplanner.model.criterion import CELLS

SMALLEST = 10
"""Smallest count of people that a public answer tells."""
UNCOUNTED = frozenset(
    {"share", "percent", "index", "minutes", "min", "m", "mean", "decile", "sites", "gap", "rank"}
    | {"value", "places"}
)
"""Words in column names that say that a number of an outcome table counts nobody."""

COUNTS = re.compile("people|need|demand|newly")
"""What the name of a column of `Answer.sites` holds if it counts people."""
RATIOS = frozenset({"share", "percent", "mean", "gap"})
"""Words in names of columns from which a count of the same row can be worked out."""
RELATED = frozenset({"before", "after", "newly", "left_out"})
"""Counts of one group in one place: with the total, each follows from the others."""
SHARES = frozenset({"share", "not_served"})
"""Measures that give a count of people when multiplied by the people there."""
PER_PERSON = frozenset({"two_step", "enhanced_two_step", "balance"})
SMALL_COUNT = re.compile(
    r"(?P<before>\b(?:(?:adds?(?: least)?|at least|reach|reaches|comes to) \(?|for (?=\d people)))"
    r"[1-9](?![\d.,]*\d)(?! ?%)"
)
"""A count of fewer than ten in one of our sentences, not the 4 of a place called School 4."""
COUNT = re.compile(
    r"(?P<before>\b(?:adds?(?: least)?|at least|reach|reaches|comes to) \(?)"
    r"(?P<count>\d{1,3}(?:,\d{3})+|\d+)(?![.,]?\d| ?%)"
)
"""Any count of people in one of our sentences."""
ANY_COUNT = re.compile(r"\badds? |%|\d people|newly reaches")


def counts_people(column: str) -> bool:
    """Say whether a number column of an outcome table counts people, by its name.

    Examples
    --------
    >>> counts_people("people newly"), counts_people("share_after")
    (True, False)
    """
    return UNCOUNTED.isdisjoint(_words(column))


def is_public(answer: Answer) -> bool:
    """Say whether the answer is for everybody to see."""
    return answer.scenario.audience == "public"


def withheld(counts: pd.Series) -> pd.Series:
    """Make counts above 0 and below `SMALLEST` NaN.

    Examples
    --------
    >>> withheld(pd.Series([0.0, 3.0, 10.0])).tolist()
    [0.0, nan, 10.0]
    """
    return counts.mask(_small(counts))


def in_tens(counts: pd.Series) -> pd.Series:
    """Withhold small counts, and tell the others to the nearest ten.

    Examples
    --------
    >>> in_tens(pd.Series([0.0, 3.0, 14.0])).tolist()
    [0.0, nan, 10.0]
    """
    return SMALLEST * (withheld(counts) / SMALLEST).round()


def released(answer: Answer) -> Answer:
    """Give the answer as its audience may have it.

    Whatever is written from an answer, ``plan.json`` too, has to be taken from this; a table
    that is not part of an answer goes through `released_table`.

    Parameters
    ----------
    answer
        The whole answer.

    Returns
    -------
    The same object for an internal audience.  For the public a copy in which small counts of
    people are NaN, with what would give them away: in cells, sites, criteria, outcomes and
    sentences.  Its cells still hold numbers of single cells, for drawing only.
    """
    if not is_public(answer):
        return answer
    sites = answer.sites.copy()
    for column in sites.select_dtypes("number"):
        if counts_people(str(column)) and COUNTS.search(str(column)):
            sites[column] = in_tens(sites[column].astype(float))
    for column in ("people_reached", "need_reached"):
        sites[column] = in_tens(sites[column].astype(float))
    sites["need_reached"] = sites["need_reached"].mask(sites["people_reached"].isna())
    at_sites = withheld_values(answer, "site")
    weighed = answer.criteria_of("site")["share"].fillna(0) > 0
    no_index = at_sites[[name for name in at_sites if weighed.get(name, False)]].any(axis=1)
    sites["index"] = sites["index"].mask(no_index)
    few = no_index | (sites["need_reached"].isna() & answer.sites["need_reached"].notna())
    for column in {"why", "why_not"}.intersection(sites):
        sites[column] = _public_sentences(sites[column], few)
    at_cells = withheld_values(answer, "need")
    measured = _coarse(answer)
    tables = {name: released_table(table) for name, table in answer.outcomes.items()}
    sites["index"] = measured.index.mask(sites["index"].isna())
    return replace(
        answer,
        cells=_public_cells(answer),
        need_values=_masked(answer.need_values, at_cells),
        need_scores=_masked(answer.need_scores, at_cells),
        sites=sites,
        site_values=_masked(measured.values, at_sites),
        site_scores=_masked(measured.scores, at_sites),
        contributions=_masked(measured.contributions, at_sites),
        outcomes=coarse_fairness(tables, answer.cells),
        notices=tuple(_public_words(one) for one in answer.notices),
        limits=tuple(_public_words(one) for one in answer.limits),
        choice_note=_public_words(answer.choice_note),
    )


def released_table(table: pd.DataFrame) -> pd.DataFrame:
    """Withhold the small counts of a table of outcomes, and what would give them away.

    Where one of the counts before, after, newly and left out of a row is small, all four are
    withheld, because each follows from the others; so are the row's shares.  Others: in tens.

    Parameters
    ----------
    table
        Counts of people, and shares of them, by group, phase, decile or district.

    Returns
    -------
    A copy with NaN where a number is withheld.

    Examples
    --------
    >>> table = pd.DataFrame({"total": [90.0], "before": [4.0], "newly": [60.0], "share": [0.7]})
    >>> released_table(table).iloc[0].tolist()
    [90.0, nan, nan, nan]
    """
    numeric = [str(one) for one in table.select_dtypes("number").columns]
    counted = [one for one in numeric if counts_people(one)]
    small = table[counted].astype(float).apply(_small)
    hidden = small.copy()
    for column in counted:
        family, _, part = column.rpartition(" ")
        related = [one for one in counted if one.rpartition(" ")[0] == family]
        if part in RELATED:
            hidden[column] |= small[related].any(axis=1)
    public = table.copy()
    for column in numeric:
        if column in hidden:
            public[column] = in_tens(table[column].astype(float)).mask(hidden[column])
        elif not RATIOS.isdisjoint(_words(column)):
            public[column] = coarse_share(table, column).mask(small.any(axis=1))
    return public


def counting_criteria(answer: Answer, level: str) -> set[str]:
    """Name the criteria of one level whose values are counts of people."""
    units = answer.criteria_of(level)["unit"].astype(str)
    found = set(units.index[units.str.startswith("people")])
    for at, name, one in answer.scenario.criteria():
        counts = one.measure == "need_reached" or _counts_marks(one, answer)
        if at == level and (counts or _sums_people(one, answer)):
            found.add(name)
    return found


def withheld_values(answer: Answer, level: str) -> pd.DataFrame:
    """Say which values of the criteria of one level are, or give away, a small count.

    Parameters
    ----------
    answer
        The whole answer.
    level
        ``need`` or ``site``.

    Returns
    -------
    True where a value is withheld from the public; the index and columns of the values.
    """
    values = answer.need_values if level == "need" else answer.site_values
    table = answer.cells["people"] if level == "need" else answer.sites["people_reached"]
    people = table.reindex(values.index).astype(float)
    hidden = pd.DataFrame(False, index=values.index, columns=values.columns)
    for at, name, one in answer.scenario.criteria():
        if at != level or name not in values:
            continue
        value = values[name].astype(float)
        if one.measure in SHARES:
            hidden[name] = value.notna() & (_small(people) | _small(value * people))
        elif one.measure in PER_PERSON or (one.measure == "count" and one.of):
            hidden[name] = value.notna() & _small(people)
    for name in counting_criteria(answer, level).intersection(values):
        hidden[name] |= _small(values[name].astype(float))
    return hidden


def _words(column: str) -> list[str]:
    return re.split(r"[_ ]", column)


def _small(counts: pd.Series) -> pd.Series:
    """Say which counts are small; a loss of few people is as telling as a gain."""
    return (counts.abs() > 0) & (counts.abs() < SMALLEST)


def _counts_marks(criterion: Criterion, answer: Answer) -> bool:
    """Say whether a criterion counts marks whose makers have not agreed to be published."""
    known = [answer.layers[name] for name in criterion.layer if name in answer.layers]
    return criterion.measure == "count" and any(one.agreed is False for one in known)


def _sums_people(criterion: Criterion, answer: Answer) -> bool:
    if criterion.measure != "sum":
        return False
    for name in criterion.layer:
        if name in answer.layers and answer.layers[name].agreed:
            continue  # a workshop that lets its counts be published
        column = (
            answer.layers[name].columns.get(criterion.column or "")
            if (name in answer.layers)
            else None
        )
        if name == CELLS or (column is not None and column.kind == "count"):
            return True
    return False


@dataclass(frozen=True)
class _Coarse:
    """How sites were measured, with counts in tens and what follows from them as coarse."""

    values: pd.DataFrame
    scores: pd.DataFrame
    contributions: pd.DataFrame
    index: pd.Series


def _coarse(answer: Answer) -> _Coarse:
    """Tell counts of people in tens, their scores in hundredths, and the index made of those."""
    values, scores, contributions = (
        one.copy() for one in (answer.site_values, answer.site_scores, answer.contributions)
    )
    index = answer.sites["index"].astype(float)
    for name in counting_criteria(answer, "site").intersection(scores):
        values[name] = in_tens(values[name].astype(float))
        rounded = scores[name].astype(float).round(2)
        if answer.scenario.index.site == "arithmetic" and name in contributions:
            exact = scores[name].where(scores[name] > 0)
            change = contributions[name] * (rounded / exact - 1)
            contributions[name] += change.fillna(0.0)
            index = index + change.reindex(index.index).fillna(0.0)
        elif name in contributions:
            contributions[name] = contributions[name].astype(float).round(2)
            index = index.round(2)
        scores[name] = rounded
    return _Coarse(values, scores, contributions, index.clip(0, 1))


def _masked(table: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    table = table.copy()
    for name in hidden.columns.intersection(table.columns):
        gone = hidden[name].reindex(table.index, fill_value=False)
        if gone.any():
            table[name] = table[name].astype(float).mask(gone)
    return table


def _public_cells(answer: Answer) -> gpd.GeoDataFrame:
    cells = answer.cells.copy()
    hidden = pd.Series(False, index=cells.index)
    for column in answer.count_columns:
        counts = withheld(cells[column].astype(float))
        hidden |= counts.isna() & cells[column].notna()
        cells[column] = counts
    cells["demand"] = cells["demand"].mask(hidden)
    return cells


def _public_sentences(sentences: pd.Series, few: pd.Series) -> pd.Series:
    """Take small counts out of sentences about sites, and all counts where few are reached."""
    plain = sentences.fillna("").astype(str)
    small, some = (
        np.array([bool(pattern.search(one)) for one in plain], dtype=bool)
        for pattern in (SMALL_COUNT, ANY_COUNT)
    )
    told = small | (few.to_numpy(dtype=bool) & some)
    chosen = sentences.name == "why"
    words = "It newly reaches few people in need." if chosen else "It would add few people."
    plain = plain.mask(told, words).map(_sentence_in_tens)
    no_index = plain.str.replace(r"Its index, [\d.,]+, is", "Its index is", regex=True)
    return plain.mask(few, no_index)


def _sentence_in_tens(sentence: str) -> str:
    """Tell the counts of a sentence in tens.

    Examples
    --------
    >>> _sentence_in_tens("It newly reaches 1,834 people in need; it adds 12 %.")
    'It newly reaches 1,830 people in need; it adds 12 %.'
    """

    def tens(found: re.Match[str]) -> str:
        count = int(found["count"].replace(",", ""))
        return f"{found['before']}{SMALLEST * round(count / SMALLEST):,}"

    return COUNT.sub(tens, sentence)


def _public_words(sentence: str) -> str:
    """Take counts of fewer than ten people out of a sentence about the whole plan."""
    if not SMALL_COUNT.search(sentence):
        return _sentence_in_tens(sentence)
    sentence = re.sub(r"; no set of .*", ".", sentence, flags=re.DOTALL)
    return SMALL_COUNT.sub(lambda found: f"{found['before']}fewer than {SMALLEST}", sentence)
