"""A plan: every step's table, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from siteplanner import choice, fairness, index, maps, outcomes, sites, study, walk
from siteplanner.choice import Ground
from siteplanner.errors import nearest_names
from siteplanner.model import Notice, Scenario
from siteplanner.plan import answer as answers
from siteplanner.plan import provenance, words
from siteplanner.plan.printed import Printed
from siteplanner.plan.tested import Tested
from siteplanner.plan.timed import Timed
from siteplanner.sources import Source

if TYPE_CHECKING:
    import folium


@dataclass(frozen=True)
class Level:
    """One level of the index, cells or sites: from measures to scores to index.

    Parameters
    ----------
    measures
        Rows × criteria: each value in its own unit, NaN unknown.
    scores
        Rows × criteria: 0..1, NaN unknown.
    index
        The weighted index of each row with its contributions.

    Examples
    --------
    >>> list(Level.__dataclass_fields__)
    ['measures', 'scores', 'index']
    """

    measures: pd.DataFrame
    scores: pd.DataFrame
    index: index.Weighed


@dataclass(frozen=True, repr=False, eq=False)
class Plan(Tested, Timed, Printed):
    """What a scenario answers, step by step; every number can be looked up.

    Parameters
    ----------
    scenario, sources
        What went in.
    study
        Area, region, working CRS, and the layers in it.
    cells
        People by cell with ``need`` (0..1), ``demand`` (people × need), ``served_before``
        and ``served_after`` (0..1).
    need
        How need was measured, scored and weighed on the cells.
    walk
        The streets and catchments; None for a map of need.
    existing
        The places that already serve; empty where the scenario names none.
    sites
        Candidates with ``people_reached`` and ``need_reached``, and those ruled out; None
        where the scenario has no [sites].
    place
        How the sites were measured, scored and weighed.
    ranking
        Label, rank and index of the sites, best first, and how many others are ``alike``: they
        score the same in every criterion, so the data cannot separate them.
    choice
        The set by phase, its bound, and why the other sites are not in it.
    outcomes
        Who is newly within reach and who is left out.
    fairness
        How evenly that is shared: the neediest tenth, walks, who just misses, what happens next
        door; None without sites.
    ground
        What the choice knew about the sites beside who reaches them; None without sites.
    ranks
        How far each rank stands up: see `sureness.ranks_of`; None without sites.
    notices
        Every row dropped, mended, clipped or flagged on the way.
    folder
        Where `save` writes unless told otherwise.

    Examples
    --------
    >>> "why" in dir(Plan)
    True
    """

    scenario: Scenario
    sources: Mapping[str, Source]
    study: study.Study
    cells: gpd.GeoDataFrame
    need: Level
    walk: walk.AnyWalker | None
    existing: gpd.GeoDataFrame
    sites: sites.Candidates | None
    place: Level | None
    ranking: pd.DataFrame
    choice: choice.Chosen | None
    outcomes: outcomes.Reached | None
    fairness: fairness.Judged | None = None
    ground: Ground | None = None
    ranks: pd.DataFrame | None = None
    notices: tuple[Notice, ...] = ()
    folder: Path = field(default=Path("maps"))

    def why(self, site: str) -> pd.DataFrame:
        """Explain a site's index: value, score, share of the weight, and contribution.

        Parameters
        ----------
        site
            The site's id, or its name where only one site has it.

        Returns
        -------
        One row a criterion; ``contribution`` adds up to the site's index (or, where the
        scenario aggregates geometrically, multiplies to it).

        Raises
        ------
        KeyError
            If it is not among the ranked sites; the message says why, or offers names.
        """
        site = self._id_of(site)
        if self.place is None or site not in self.ranking.index:
            raise KeyError(self.why_not(site))
        place = self.place
        return pd.DataFrame(
            {
                "value": place.measures.loc[site],
                "score": place.scores.loc[site],
                "share": place.index.shares.reindex(place.scores.columns),
                "contribution": place.index.contributions.loc[site].reindex(place.scores.columns),
            }
        ).rename_axis("criterion")

    def why_not(self, site: str) -> str:
        """Say in a sentence why a site is not in the set; empty for a chosen one.

        Parameters
        ----------
        site
            The site's id, or its name where only one site has it.

        Returns
        -------
        A sentence.

        Raises
        ------
        KeyError
            If there is no such site; the message offers the nearest names.
        """
        site = self._id_of(site)
        if self.sites is not None and site in self.sites.excluded.index:
            return f"It was ruled out: {self.sites.excluded['reason'][site]}."
        return "" if self.choice is None else str(self.choice.why_not.get(site, ""))

    def answer(self) -> maps.Answer:
        """Gather the tables that maps, sheets and GeoPackages are drawn from."""
        return answers.gather(self)

    def to_folium(self) -> folium.Map:
        """Draw the plan for a notebook; text from the data cannot run."""
        from siteplanner.maps.folium_map import draw  # folium is slow to load

        return draw(self.answer())

    def to_html(self) -> str:
        """Draw the plan as one page that opens from disk without any network."""
        return maps.render(self.answer())

    def panel(self, *, height_px: int = 720) -> maps.Panel:
        """Show the page of `to_html` in a notebook, in a sandboxed frame of its own."""
        return maps.Panel(self.to_html(), height_px=height_px)

    def summary(self) -> str:
        """Sum the plan up in a few lines of plain words."""
        return words.summary(self)

    def save(self, folder: Path | str | None = None, *, started: float | None = None) -> Path:
        """Write the answer: map, GeoPackages, ranking, ``plan.json`` and ``run.json``.

        Everything is written beside the folder first and then moved, so that a run that
        fails leaves the last answer whole.  A GeoPackage or a project that somebody has edited
        since is kept under another name; ``run.json`` says which.

        Parameters
        ----------
        folder
            By default ``maps/<scenario>/`` of the project.
        started
            `time.perf_counter` at the start of the run, for ``run.json``.

        Returns
        -------
        The folder.

        Raises
        ------
        OutputError
            If it cannot be written; what was there is untouched.
        """
        target = Path(folder) if folder is not None else self.folder
        answer = self.answer()
        kept = maps.kept_edits(target, public=self.scenario.audience == "public")
        files = {
            **kept.writers(),
            **maps.writers(answer),
            "plan.json": provenance.writer(provenance.trace(self, maps.released(answer))),
            "run.json": maps.noting(provenance.run(started), kept),
        }
        kept.put_away()
        maps.publish(files, target)
        return target

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return words.html_summary(self)

    def _id_of(self, name: str) -> str:
        """Give the id of a site called by its id or by a name that is its own."""
        if self.sites is None:
            msg = "this scenario has no [sites]: it is a map of need"
            raise KeyError(msg)
        labels = pd.concat([self.sites.table["label"], self.sites.excluded["label"]])
        if name in labels.index:
            return name
        called = labels.index[labels == name]
        if len(called) == 1:
            return str(called[0])
        many = f"{len(called)} sites are called '{name}'" if len(called) else f"no site '{name}'"
        known = called if len(called) else [*labels.index, *labels]
        msg = f"{many}; {nearest_names(str(name), map(str, known))}"
        raise KeyError(msg)
