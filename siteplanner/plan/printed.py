"""What a plan writes beside its map: sheets for a workshop, a report, what people changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd

from siteplanner.plan import nearest, tried

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan


class Printed:
    """The papers of a plan.

    Examples
    --------
    >>> [name for name in vars(Printed) if not name.startswith("_")]
    ['sheets', 'report', 'equality', 'register', 'issue_register', 'told']
    """

    def sheets(self, folder: Path | str | None = None, **wanted: Any) -> Path:
        """Print the layers on sheets of paper: one PDF a sheet, and ``sheets.json``.

        Parameters
        ----------
        folder
            By default ``maps/<scenario>/sheets/`` of the project.
        **wanted
            Paper, scale, layers and so on: see `siteplanner.sheets.pages.Wanted`.

        Returns
        -------
        The folder.

        Raises
        ------
        InputError
            If what is wanted cannot be had; with all problems.
        OutputError
            If it cannot be written; what was there is untouched.
        """
        from siteplanner.sheets import pages, writing  # matplotlib is slow to load

        plan = cast("Plan", self)
        target = Path(folder) if folder is not None else plan.folder / "sheets"
        project = plan.folder.resolve().parent.parent.name
        book = writing.bind(
            plan.answer(), pages.Wanted(**wanted), project=project, names=_named_streets(plan)
        )
        return writing.write(book, target)

    def report(
        self, folder: Path | str | None = None, language: str | None = None, **more: Any
    ) -> Path:
        """Write the report: a page, a PDF of a few pages, and figures to paste.

        Parameters
        ----------
        folder
            By default ``report/`` in the folder of this plan's answer.
        language
            Code of the language; by default the scenario's.
        **more
            ``sure`` and ``font``: see `siteplanner.report.writing.write`.

        Returns
        -------
        The folder, with ``report.html``, ``report.pdf``, ``map.svg`` and ``gains.svg``.

        Raises
        ------
        InputError
            If there is no such language, or no font here has its letters.
        OutputError
            If it cannot be written; what was there is untouched.
        """
        from siteplanner.report import writing  # matplotlib is slow to load

        plan = cast("Plan", self)
        target = Path(folder) if folder is not None else plan.folder / "report"
        if plan.ranks is not None:
            more.setdefault("sure", tried.surely(plan, plan.folder / tried.FOLDER))
        return writing.write(plan.answer(), target, language=language, **more)

    def equality(self, folder: Path | str | None = None, **how: Any) -> Path:
        """Write the equality page: by group who gains, who loses, and what is not known.

        Parameters
        ----------
        folder
            By default ``equality/`` in the folder of this plan's answer.
        **how
            ``language``, ``template`` and ``offered``: see
            `siteplanner.report.equality_writing.write`.

        Returns
        -------
        The folder, with ``equality.html`` and ``equality.csv``.

        Raises
        ------
        InputError
            If there is no such language or template.
        OutputError
            If they cannot be written; what was there is untouched.
        """
        from siteplanner.report import equality_writing  # brings matplotlib's fonts along

        plan = cast("Plan", self)
        target = Path(folder) if folder is not None else plan.folder / "equality"
        return equality_writing.write(plan.answer(), nearest.walks_of(plan), target, **how)

    def register(self, folder: Path | str | None = None, **how: Any) -> Path:
        """Write the register for officers; ``how`` as for `issue_register`; gives the workbook."""
        return self.issue_register(folder, **how)[0]

    def issue_register(
        self, folder: Path | str | None = None, **how: Any
    ) -> tuple[Path, tuple[str, ...]]:
        """Write the register for officers, and say what was left alone.

        Parameters
        ----------
        folder
            By default ``register/`` in the folder of this plan's answer.
        **how
            ``layers`` and ``language``: see `siteplanner.plan.registering.issue`.

        Returns
        -------
        The workbook, and sentences.
        """
        from siteplanner.plan import registering

        plan = cast("Plan", self)
        target = Path(folder) if folder is not None else plan.folder / "register"
        return registering.issue(plan, target, **how)

    def told(
        self, before: Plan, folder: Path | str | None = None, *, font: Path | None = None
    ) -> Path:
        """Write the pages that go back to a workshop: what was said, and what it changed.

        Parameters
        ----------
        before
            The plan without what people said.
        folder
            By default ``told/`` in the folder of this plan's answer.
        font
            A font file for letters that the usual fonts lack.

        Returns
        -------
        The folder, with ``changes.pdf``, ``tally.pdf`` and ``tally.csv``.

        Raises
        ------
        InputError
            If this plan looks at no marks, or the two are about different areas.
        OutputError
            If they cannot be written; what was there is untouched.
        """
        from siteplanner.sheets import changes, tally  # matplotlib is slow to load

        plan = cast("Plan", self)
        marks = {
            name: table
            for name, table in plan.study.tables.items()
            if plan.study.layers[name].agreed is not None
        }
        change = changes.compare(before.answer(), plan.answer(), marks)
        target = Path(folder) if folder is not None else plan.folder / "told"
        return tally.write(change, target, language=plan.scenario.language, font=font)


def _named_streets(plan: Plan) -> gpd.GeoDataFrame | None:
    """Give the streets with their names, where their layer has a label."""
    network = plan.scenario.walk.network if plan.scenario.walk else None
    table = plan.study.tables.get(network or "")
    return table if table is not None and "label" in table else None
