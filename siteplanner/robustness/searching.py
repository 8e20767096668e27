"""Weights looked for by trying many: where programs cannot be asked, or too many would be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from siteplanner.robustness.nesting import Flags, Floats, Ints
from siteplanner.robustness.questions import Nearest, Question, all_hold
from siteplanner.robustness.weights import around, uniform

TRIES, ROUNDS, MOVES = 4_000, 60, 200
"""Weightings tried, and rounds of moves from the best of them."""
BLOCK = 256
"""Sites that are looked at together."""


def search_near(question: Question, test: Callable[[Floats], Flags]) -> Nearest:
    """Look for near weights that pass a test: many tried, the nearest drawn closer.

    Parameters
    ----------
    question
        Scores and present weights.
    test
        Says of weightings × criteria which pass.

    Returns
    -------
    What was found; something nearer may exist, so that its bound is 0.

    Examples
    --------
    >>> from siteplanner.robustness.questions import ask
    >>> question = ask(np.array([[0.9, 0.2], [0.5, 0.8]]), np.array([0.8, 0.2]))
    >>> search_near(question, lambda some: some[:, 1] > 0.4).weights.round(2).tolist()
    [0.6, 0.4]
    """
    rng, size, start = np.random.default_rng(0), len(question.weights), question.weights
    tried = uniform(TRIES, size, rng)
    if size > 1:
        near = [around(start, spread, TRIES // 4, rng) for spread in (0.1, 0.3, 0.7)]
        tried = np.vstack([tried, *near])
    passed = tried[test(tried)]
    if not len(passed):
        return Nearest(None, np.inf, 0.0, exact=False)
    order = np.argsort(np.abs(passed - start).sum(axis=1))[:20]
    best = _nearest_to(start, np.array([_drawn_closer(start, passed[at], test) for at in order]))
    for _ in range(ROUNDS):
        ways = np.tile(best, (MOVES, 1))
        rows, (one, two) = np.arange(MOVES), rng.integers(0, size, (2, MOVES))
        moves = rng.random(MOVES) * 0.1 ** rng.integers(0, 4, MOVES) * (start - best)[one]
        ways[rows, one] += moves
        ways[rows, two] -= moves
        closer = np.abs(ways - start).sum(axis=1) < np.abs(best - start).sum() - 1e-12
        ways = ways[closer & (ways.min(axis=1) >= 0) & (one != two)]
        ways = ways[test(ways)] if len(ways) else ways
        best = _nearest_to(start, ways) if len(ways) else best
    distance = float(np.abs(best - start).sum())
    return Nearest(best, distance, 0.0, exact=False)


def _nearest_to(start: Floats, ways: Floats) -> Floats:
    return np.asarray(ways[int(np.abs(ways - start).sum(axis=1).argmin())])


def _drawn_closer(start: Floats, end: Floats, test: Callable[[Floats], Flags]) -> Floats:
    """Go from weights that pass towards weights that fail, as far as they pass."""
    for _ in range(3):
        way = np.linspace(0, 1, 65)[1:, None]
        points = start + way * (end - start)
        first = int(test(points).argmax())
        start, end = (start if first == 0 else points[first - 1]), points[first]
    return end


def ahead_of_all(question: Question, some: Floats, winners: Ints, losers: Ints) -> Flags:
    """Say of many weightings whether the winners are ahead of many losers, block by block.

    Parameters
    ----------
    question, some, winners, losers
        As for `siteplanner.robustness.questions.all_hold`, which this equals; a weighting that
        fails in one block is not looked at in the next, so that memory stays small.

    Returns
    -------
    By weighting.

    Examples
    --------
    >>> from siteplanner.robustness.questions import ask
    >>> question = ask(np.array([[0.9, 0.2], [0.5, 0.8]]), np.array([0.8, 0.2]))
    >>> ahead_of_all(question, np.array([[0.8, 0.2], [0.5, 0.5]]), np.array([1]), np.array([0]))
    array([False,  True])
    """
    order = losers[np.argsort(-question.index(question.weights)[losers], kind="stable")]
    left = np.arange(len(some))
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        left = left[all_hold(question, some[left], winners, block)] if left.size else left
    found = np.zeros(len(some), dtype=bool)
    found[left] = True
    return found
