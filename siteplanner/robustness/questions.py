"""What is asked about weights (who is to be ahead), and what an answer is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siteplanner.model.scenario import Aggregation
from siteplanner.robustness.nesting import Flags, Floats, Ints, Tree, flat
from siteplanner.robustness.weighing import indices


@dataclass(frozen=True)
class Question:
    """Scores, weights, and how they combine.

    Parameters
    ----------
    scores
        Sites × criteria, 0 to 1; NaN is unknown.
    weights
        By criterion: share of the whole, adding up to 1.
    tree
        How the criteria nest.
    aggregation
        ``arithmetic`` or ``geometric``.
    """

    scores: Floats
    weights: Floats
    tree: Tree
    aggregation: Aggregation = "arithmetic"

    def index(self, weights: Floats) -> Floats:
        """Weigh all sites with other weights."""
        found = indices(self.scores, weights[None, :], self.tree, self.aggregation)
        return np.asarray(found[0])


@dataclass(frozen=True)
class Nearest:
    """The nearest weights found.

    Parameters
    ----------
    weights
        By criterion; None where no weights do it.
    distance
        Sum of the changes of all shares; infinite where there are none.
    bound
        No weights nearer than this do it.
    exact
        Whether nothing nearer (by more than 5e-4) can be.
    """

    weights: Floats | None
    distance: float
    bound: float
    exact: bool


NEVER = Nearest(None, np.inf, np.inf, exact=True)


def ask(
    scores: Floats,
    weights: Floats,
    tree: Tree | None = None,
    aggregation: Aggregation = "arithmetic",
) -> Question:
    """Put a question, weights brought to shares of the whole.

    Parameters
    ----------
    scores
        Sites × criteria, 0 to 1; NaN is unknown.
    weights
        By criterion; only the proportions matter.
    tree
        How the criteria nest; by default they stand side by side.
    aggregation
        How scores combine.

    Returns
    -------
    The question.

    Examples
    --------
    >>> ask(np.array([[0.5, 1.0]]), np.array([1.0, 3.0])).weights.tolist()
    [0.25, 0.75]
    """
    shares = np.asarray(weights, dtype=np.float64)
    found = np.asarray(scores, dtype=np.float64)
    return Question(found, shares / shares.sum(), tree or flat(len(shares)), aggregation)


def holds(question: Question, weights: Floats, winners: Ints, losers: Ints) -> bool:
    """Say whether, when all is ranked again, the winners are ahead of the losers.

    Parameters
    ----------
    question
        The scores.
    weights
        By criterion, adding up to 1.
    winners, losers
        Numbers of sites.

    Returns
    -------
    Whether the lowest index of the winners is above the highest of the losers.

    Examples
    --------
    >>> question = ask(np.array([[0.9], [0.5]]), np.array([1.0]))
    >>> holds(question, np.array([1.0]), np.array([0]), np.array([1]))
    True
    """
    return bool(all_hold(question, weights[None, :], winners, losers)[0])


def all_hold(question: Question, weights: Floats, winners: Ints, losers: Ints) -> Flags:
    """Say of many weightings whether the winners are ahead of the losers.

    Parameters
    ----------
    question
        The scores.
    weights
        Weightings × criteria, rows adding up to 1.
    winners, losers
        Numbers of sites.

    Returns
    -------
    By weighting; not where one of them has no index.

    Examples
    --------
    >>> question = ask(np.array([[0.9, 0.2], [0.5, 0.8]]), np.array([0.8, 0.2]))
    >>> all_hold(question, np.array([[0.8, 0.2], [0.5, 0.5]]), np.array([1]), np.array([0]))
    array([False,  True])
    """
    own = question.scores[np.concatenate([winners, losers])]
    some = indices(own, weights, question.tree, question.aggregation)
    ahead = some[:, : len(winners)].min(axis=1) > some[:, len(winners) :].max(axis=1)
    return np.asarray(ahead & ~np.isnan(some).any(axis=1))
