"""The smallest change of weights that unseats a site, and a sentence that says it.

Every sentence is checked: with the very shares it names (rounded as it names them) all sites
are ranked again, and with slightly less of the change nothing has happened yet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteplanner.model.criterion import Criteria
from siteplanner.model.scenario import Aggregation
from siteplanner.robustness.changes import get_ahead
from siteplanner.robustness.dropping import drop_out
from siteplanner.robustness.nesting import Floats, flat, nest
from siteplanner.robustness.questions import Nearest, Question, ask, holds

DECIMALS = (0, 1, 2, 3)
"""Decimals of a percentage that a sentence tries, until what it says holds."""
BACK = (1e-3, 1e-2, 0.1, 0.5)
"""Share of the change that is taken back to look at its other side: more of it where sites are
as good as level."""


@dataclass(frozen=True)
class Unseating:
    """The smallest change of weights that does it.

    Parameters
    ----------
    possible
        Whether any weights do it (where only a search was possible: whether some were found).
    shares
        By criterion: ``now``, ``then`` (just over the edge) and ``said`` (as the sentence
        rounds them); shares of the whole.  NaN where no weights do it.
    moved
        Share of the weight that moves from some criteria to others, 0 to 1.
    at_least
        No smaller change does it.
    exact
        Whether ``moved`` is the smallest, or only the smallest found.
    verified
        Whether ranking again shows the change with ``said`` and ``then``, and not yet with a
        thousandth less of it (with a little more less, where the sites are as good as level).
    sentence
        In plain words.
    """

    possible: bool
    shares: pd.DataFrame
    moved: float
    at_least: float
    exact: bool
    verified: bool
    sentence: str


@dataclass(frozen=True)
class Weighting:
    """What is weighed now, and what the sentences call it.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion, 0 to 1; NaN is unknown.
    weights
        By criterion; only the proportions matter.
    criteria
        How the criteria nest; by default they stand side by side.  ``weights`` are then read
        from it, and may be None.
    aggregation
        How scores combine.
    titles
        What a criterion or a site is called in sentences; by default its id.
    """

    scores: pd.DataFrame
    weights: pd.Series | None = None
    criteria: Criteria | None = None
    aggregation: Aggregation = "arithmetic"
    titles: Mapping[Hashable, str] | None = None

    def question(self) -> tuple[Question, list[str]]:
        """Give the arrays, and the names of the criteria."""
        if self.criteria is not None:
            nesting = nest(self.criteria)
            names, tree, shares = list(nesting.names), nesting.tree, nesting.shares
        elif self.weights is not None:
            given = self.weights[self.weights > 0]
            names, shares = list(given.index), given.to_numpy(dtype=np.float64)
            tree = flat(len(names))
        else:
            msg = "give weights or criteria"
            raise ValueError(msg)
        scores = self.scores[names].to_numpy(dtype=np.float64)
        return ask(scores, shares, tree, self.aggregation), names

    def title(self, name: Hashable) -> str:
        """Give what something is called."""
        return (self.titles or {}).get(name, str(name))


def overtake(now: Weighting, site: Hashable, rival: Hashable) -> Unseating:
    """Find the smallest change of weights that puts a rival ahead of a site.

    Parameters
    ----------
    now
        Scores and weights.
    site, rival
        Ids of the two.

    Returns
    -------
    The change.  Exact, except where the two know a group in part or a geometric index has
    scores of 0: see `siteplanner.robustness.changes`.

    Examples
    --------
    >>> scores = pd.DataFrame({"need": [0.9, 0.5], "land": [0.2, 0.8]}, index=["a", "b"])
    >>> overtake(Weighting(scores, pd.Series({"need": 4, "land": 1})), "a", "b").sentence
    'If land weighed 41 % instead of 20 % and need 59 % instead of 80 %, b would be ahead of a.'
    """
    question, names = now.question()
    one, two = _places(now.scores, site, rival)
    found = get_ahead(question, np.array([two]), np.array([one]))
    ahead = f"{now.title(rival)} would be ahead of {now.title(site)}"
    never = f"put {now.title(rival)} ahead of {now.title(site)}"
    return _told(
        now,
        question,
        names,
        found,
        (lambda weights: holds(question, weights, np.array([two]), np.array([one])), ahead, never),
    )


def lead(now: Weighting, site: Hashable) -> Unseating:
    """Find the smallest change of weights that puts a site first.

    Parameters
    ----------
    now
        Scores and weights.
    site
        Id of the site.

    Returns
    -------
    The change; exact as for `overtake`.

    Examples
    --------
    >>> scores = pd.DataFrame({"need": [0.9, 0.5], "land": [0.2, 0.8]}, index=["a", "b"])
    >>> lead(Weighting(scores, pd.Series({"need": 4, "land": 1})), "b").moved
    0.2
    """
    question, names = now.question()
    (one,) = _places(now.scores, site)
    ranked = np.asarray(~np.isnan(question.scores).all(axis=1))
    others = np.flatnonzero(ranked & (np.arange(len(question.scores)) != one))
    if not others.size:
        msg = "there is no other site to be ahead of"
        raise ValueError(msg)
    found = get_ahead(question, np.array([one]), others)
    first, never = f"{now.title(site)} would be first", f"put {now.title(site)} first"
    return _told(
        now,
        question,
        names,
        found,
        (lambda weights: holds(question, weights, np.array([one]), others), first, never),
    )


def drop(now: Weighting, site: Hashable, p: int = 1) -> Unseating:
    """Find the smallest change of weights under which a site is not among the best p.

    Parameters
    ----------
    now
        Scores and weights.
    site
        Id of the site.
    p
        How many are among the best; with 1, the site loses the first place.

    Returns
    -------
    The change.  Exact for p = 1 as for `overtake`; for more where all sites know all
    criteria, unless ``exact`` says that the search met its limit: then ``at_least`` bounds it.

    Examples
    --------
    >>> scores = pd.DataFrame({"need": [0.9, 0.5], "land": [0.2, 0.8]}, index=["a", "b"])
    >>> drop(Weighting(scores, pd.Series({"need": 4, "land": 1})), "a").sentence
    'If land weighed 41 % instead of 20 % and need 59 % instead of 80 %, a would not be first.'
    """
    question, names = now.question()
    (one,) = _places(now.scores, site)

    def out(weights: Floats) -> bool:
        index = question.index(weights)
        return bool(np.isnan(index[one]) or (index > index[one]).sum() >= p)

    among = "first" if p == 1 else f"among the best {p}"
    words = f"{now.title(site)} would not be {among}"
    never = f"take {now.title(site)} from {'the first place' if p == 1 else among}"
    return _told(now, question, names, drop_out(question, one, p), (out, words, never))


def _places(scores: pd.DataFrame, *sites: Hashable) -> list[int]:
    missing = [str(one) for one in sites if one not in scores.index]
    if missing:
        msg = f"there is no site {', '.join(missing)}"
        raise ValueError(msg)
    if len(set(sites)) < len(sites):
        msg = "name two different sites"
        raise ValueError(msg)
    return [int(scores.index.get_indexer_for(pd.Index([one]))[0]) for one in sites]


def _told(
    now: Weighting,
    question: Question,
    names: list[str],
    found: Nearest,
    wanted: tuple[Callable[[Floats], bool], str, str],
) -> Unseating:
    test, words, never = wanted
    present = question.weights
    table = pd.DataFrame(
        {"now": present, "then": np.nan, "said": np.nan},
        index=pd.Index(names, name="criterion"),
    )
    moved, at_least = found.distance / 2, found.bound / 2
    if found.weights is None:
        sentence = f"No weights {'' if found.exact else 'were found that '}{never}."
        return Unseating(
            possible=False, shares=table, moved=np.inf, at_least=at_least, exact=found.exact,
            verified=found.exact, sentence=sentence,
        )  # fmt: skip
    table["then"] = found.weights
    if found.distance == 0:
        table["said"] = present
        sentence = f"With the weights as they are, {words.replace('would not be', 'is not')}."
        sentence = sentence.replace("would be", "is")
        return Unseating(
            possible=True, shares=table, moved=0.0, at_least=0.0, exact=True,
            verified=test(present), sentence=sentence,
        )  # fmt: skip
    said, decimals = _rounded(present, found.weights, test)
    table["said"] = said
    change = found.weights - present
    not_yet = any(not test(found.weights - back * change) for back in BACK)
    verified = test(said) and test(found.weights) and not_yet
    return Unseating(
        possible=True,
        shares=table,
        moved=round(moved, 6),
        at_least=round(at_least, 6),
        exact=found.exact,
        verified=verified,
        sentence=_sentence(now, table, decimals) + f", {words}.",
    )


def _rounded(present: Floats, then: Floats, test: Callable[[Floats], bool]) -> tuple[Floats, int]:
    """Round the new shares as coarsely as what is said still holds."""
    for decimals in DECIMALS:
        step = 10.0 ** (-decimals - 2)
        further = np.where(then > present, np.ceil(then / step), np.floor(then / step)) * step
        for rounded in (np.round(then / step) * step, further):
            said = np.where(np.abs(then - present) < step / 2, present, rounded)
            total = said.sum()
            same = np.allclose(np.round(said / total / step), np.round(said / step))
            if same and test(said / total):
                return said / total, decimals
    return then, DECIMALS[-1]


def _sentence(now: Weighting, table: pd.DataFrame, decimals: int) -> str:
    step = 10.0 ** (-decimals - 2)
    change = table["said"] - table["now"]
    named = change[change.abs() > step / 2].sort_values(key=lambda one: -one.abs(), kind="stable")
    named = pd.concat([named[named > 0], named[named < 0]])
    parts = []
    for at, name in enumerate(named.index):
        then, before = (_percent(table[one][name], decimals) for one in ("said", "now"))
        parts.append(f"{now.title(name)}{'' if at else ' weighed'} {then} instead of {before}")
    listed = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    return f"If {listed}"


def _percent(share: float, decimals: int) -> str:
    return f"{100 * share:.{decimals}f} %"
