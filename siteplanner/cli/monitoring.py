"""The command that says what came of a published plan."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from siteplanner.cli.saying import Steps
from siteplanner.errors import InputError, Problem
from siteplanner.monitoring import Asked, monitor
from siteplanner.project import Project
from siteplanner.sources.ledger import printable


@click.command("monitor")
@click.argument("published", type=click.Path(path_type=Path))
@click.option(
    "--openings", multiple=True, default=("openings",), show_default=True,
    help="A layer with the columns site, opened and closed; may be given several times.",
)  # fmt: skip
@click.option("--attendance", help="A layer of visitors by origin; by default 'attendance'.")
@click.option("--on", help="The day to look at, as 2026-09-30; by default today.")
@click.option("--language", help="en, es, pt or zh; by default that of the published plan.")
@click.option("--out", type=click.Path(path_type=Path), help="Not maps/monitoring/NAME/, but here.")
@click.pass_obj
def monitor_command(
    root: Path, /, published: Path, openings: tuple[str, ...], *, attendance: str | None,
    on: str | None, language: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Hold what a published plan promised against what is open and who comes.

    PUBLISHED is a folder that siteplanner publish has written.
    """
    asked = Asked(openings, attendance, _day(on), language)
    project = Project(root)
    steps = Steps()
    try:
        found = monitor(project, published, asked, out=out, progress=steps)
    finally:
        steps.close()
    click.echo("\n".join(printable(one) for one in found.sentences))
    click.echo(f"\nOpen {found.folder / 'index.html'}")


def _day(on: str | None) -> datetime.date | None:
    try:
        return None if on is None else datetime.date.fromisoformat(on)
    except ValueError:
        found, todo = f"'{on:.40}' is no day", "write year, month, day: 2026-09-30"
        raise InputError([Problem("monitor", "--on", found, todo)]) from None
