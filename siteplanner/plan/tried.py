"""What ``siteplanner robustness`` has found of a plan, read back for its report.

A file in a folder may be old: it counts only if it says that it is about this very plan.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan

FOLDER, FILE = "robustness", "robustness.json"
WORDS = {"title", "language", "notes", "extends", "profiles"}
"""Keys of a scenario that change no number."""
LARGEST = 2**26
"""Bytes; no file of ours is larger."""
State = Literal["tried", "other", "never"]


@dataclass(frozen=True, eq=False)
class Tried:
    """What is known of how often each site is in the best set.

    Parameters
    ----------
    state
        ``tried``; ``other``: a file is there, but it is about another plan, or cannot be read;
        ``never``: there is none.
    in_set
        Index ``site``: share of the weightings around the plan's whose best set has the site,
        0..1; sites that no such set has are not in it.  Empty unless ``tried``.
    weightings
        How many were tried around the plan's weights, and anywhere.
    sentences
        What else was found, for a report.

    Examples
    --------
    >>> Tried().state
    'never'
    """

    state: State = "never"
    in_set: pd.Series | None = None
    weightings: tuple[int, int] = (0, 0)
    sentences: tuple[str, ...] = ()


def fingerprint(plan: Plan) -> str:
    """Tell a plan by what went in and what came out.

    Two plans have the same one if their scenarios (but for titles and notes), their layers and
    the bytes of their data are the same, and so are their ranks and their sets.

    Parameters
    ----------
    plan
        Any plan.

    Returns
    -------
    64 letters.  No number of people is in it, not even as a hash.
    """
    chosen = plan.choice.table["phase"] if plan.choice is not None else pd.Series(dtype=float)
    ranks = plan.ranking["rank"] if "rank" in plan.ranking else pd.Series(dtype=float)
    content = {
        "scenario": plan.scenario.model_dump(mode="json", by_alias=True, exclude=WORDS),
        "layers": {
            name: [one.sha256, one.layer.model_dump(mode="json", exclude={"source", "title"})]
            for name, one in sorted(plan.sources.items())
        },
        "ranks": [[str(site), None if pd.isna(one) else int(one)] for site, one in ranks.items()],
        "set": [[str(site), int(one)] for site, one in chosen.items()],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read(plan: Plan, folder: Path) -> Tried:
    """Read what was found of a plan.

    Parameters
    ----------
    plan
        The plan.
    folder
        Where ``robustness.json`` may lie.

    Returns
    -------
    What is known.  A file that is about another plan, or that cannot be read, is never an error:
    its state says so.
    """
    file = folder / FILE
    try:
        if file.stat().st_size > LARGEST:
            return Tried("other")
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Tried()
    except (OSError, ValueError, RecursionError):
        return Tried("other")
    if not isinstance(content, dict) or content.get("plan") != fingerprint(plan):
        return Tried("other")
    try:
        return _taken(content)
    except (KeyError, TypeError, ValueError):
        return Tried("other")


def surely(plan: Plan, folder: Path) -> dict[str, Any]:
    """Gather what a report says of how sure a plan is: for `siteplanner.report.writing.write`.

    Parameters
    ----------
    plan
        A plan with sites.
    folder
        Where ``robustness.json`` may lie.

    Returns
    -------
    ``sites``, with ``in_set`` NaN unless it was tried; ``sentences``, ``state``, ``weightings``.
    """
    found = read(plan, folder)
    ranks = plan.ranks if plan.ranks is not None else pd.DataFrame()
    shares: Any = np.nan
    if found.in_set is not None:
        shares = found.in_set.reindex(ranks.index).fillna(0.0)
    return {
        "sites": ranks.assign(in_set=shares),
        "sentences": list(found.sentences),
        "state": found.state,
        "weightings": found.weightings,
    }


def _taken(content: dict[str, Any]) -> Tried:
    rows = content["tables"]["set"]
    shares = pd.Series(
        [float(one["around"]) for one in rows], [str(one["site"]) for one in rows], dtype=float
    )
    if not shares.between(0, 1).all() or not shares.index.is_unique:
        msg = "shares are 0..1, one a site"
        raise ValueError(msg)
    many = content["weightings"]
    return Tried(
        "tried",
        shares.rename_axis("site"),
        (int(many["around"]), int(many["anywhere"])),
        tuple(str(one) for one in content["report"]),
    )
