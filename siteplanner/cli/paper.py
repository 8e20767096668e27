"""Commands for paper: sheets to print, and the way back from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from siteplanner.cli.saying import Steps, many
from siteplanner.errors import InputError, Problem
from siteplanner.project import Project


@click.command("sheets")
@click.argument("scenario")
@click.option("--paper", default="A3", show_default=True, help="A4, A3 or A1.")
@click.option("--scale", help="Such as 10000; an atlas where the area does not fit on a sheet.")
@click.option("--fit", is_flag=True, help="The whole area on one sheet: as without --scale.")
@click.option("--landscape/--portrait", default=None, help="By default what fits the area better.")
@click.option("--layers", help="With commas between, such as need,reach; else the usual ones.")
@click.option("--per-site", is_flag=True, help="A card for each possible site as well.")
@click.option("--sites", type=int, default=40, show_default=True, help="How many are shown.")
@click.option("--language", help="en, es, pt or zh; by default the scenario's.")
@click.option("--font", type=click.Path(path_type=Path), help="A font for letters not found here.")
@click.option("--out", type=click.Path(path_type=Path), help="Not maps/SCENARIO/sheets/, but here.")
@click.pass_obj
def sheets_command(root: Path, /, scenario: str, out: Path | None, **options: Any) -> None:
    """Print the layers of a scenario on sheets for a workshop: PDFs in maps/SCENARIO/sheets/."""
    wanted = _wanted(options)
    project = Project(root)
    project.scenario(scenario)  # its problems before the long part
    steps = Steps()
    try:
        made = project.run(scenario, progress=steps)
        steps("sheets")
        folder = made.sheets(out, **wanted)
    finally:
        steps.close()
    listed = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))["sheets"]
    click.echo(f"{many(len(listed), 'sheet')} in {folder}")
    click.echo("Print them at 100 %, not fitted to the page, and check the 80 mm bar.")


@click.command("scan")
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), required=True, help="layers/NAME.gpkg")
@click.option(
    "--sheets",
    "printed",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Where the printed PDFs lie, if not in maps/SCENARIO/sheets/.",
)
@click.option("--colours", default="", help="What colours say: green=support,red=objection.")
@click.option("--group", default="", help="Who wrote on these sheets; no names of people.")
@click.option("--round", "turn", default="", help="In which round.")
@click.option("--again", is_flag=True, help="Write over an earlier review.")
@click.option("--accept", "at_once", is_flag=True, help="Make the layer without a look through.")
@click.pass_context
def scan_command(  # noqa: PLR0913 one for each option
    context: click.Context, /, photos: tuple[Path, ...], into: Path, printed: tuple[Path, ...],
    colours: str, group: str, turn: str, *, again: bool, at_once: bool,
) -> None:  # fmt: skip
    """Read PHOTOS of sheets into a review folder beside the layer that they may become."""
    from siteplanner.marks.reviewing import check_free, write_review  # take a while to load
    from siteplanner.marks.scanning import scan

    root: Path = context.obj
    project = Project(root)
    said = _colours(colours, "scan")
    check_free(into, again=again)
    done = scan(
        photos,
        project=project.root.resolve().name,
        folders=[*printed, *sorted((project.root / "maps").glob("*/sheets"))],
        colours=said,
        group=group,
        turn=turn,
        progress=lambda name: click.echo(f"  {name}", err=True),
    )
    folder = write_review(done, into, again=again)
    for row in done.photos.to_dict("records"):
        read = f"sheet {row['sheet']}, {many(int(row['found']), 'mark')}"
        what = read if row["state"] == "read" else "refused"
        click.echo(f"{row['photo']}: {what}{'; ' if row['reason'] else ''}{row['reason']}")
    unsure = int((done.marks["keep"] == "no").sum())
    click.echo(f"{many(len(done.marks), 'mark')} in {folder}, {unsure:,} of them not kept")
    if at_once:
        context.invoke(accept_command, review=folder)
    else:
        click.echo(f"Look through marks.csv there, then: siteplanner accept {folder}")


@click.command("accept")
@click.argument("review", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), help="Not REVIEW's own name, but here.")
@click.option("--colours", default="", help="What colours say: green=support,red=objection.")
@click.option("--group", default="", help="Who made the marks, where no row says it.")
@click.option("--round", "turn", default="", help="Which round, where no row says it.")
@click.option(
    "--agreed/--not-agreed", default=None, help="Whether counts per site may be published."
)
@click.pass_obj
def accept_command(
    root: Path,
    review: Path,
    into: Path | None,
    colours: str,
    group: str,
    turn: str,
    *,
    agreed: bool | None,
) -> None:
    """Make a layer of the marks in REVIEW that say yes under keep: layers/NAME.review."""
    from siteplanner.marks.accepting import Agreement, accept  # takes a while to load

    done = accept(
        review if review.exists() else root / review,
        into=into,
        said=Agreement(group, turn, agreed),
        colours=_colours(colours),
    )
    for notice in done.notices:
        click.echo(str(notice))
    counts = ", ".join(f"{name}: {count:,}" for name, count in done.counts.items())
    click.echo(f"{done.geopackage}: {counts}")
    click.echo(f"Layers that a scenario can now name: {', '.join(done.layers)}")


@click.command("told")
@click.argument("scenario")
@click.option("--before", help="The plan without the marks; by default the one it extends.")
@click.option("--font", type=click.Path(path_type=Path), help="A font for letters not found here.")
@click.option("--out", type=click.Path(path_type=Path), help="Not maps/SCENARIO/told/, but here.")
@click.pass_obj
def told_command(
    root: Path, scenario: str, before: str | None, font: Path | None, out: Path | None
) -> None:
    """Write the pages that go back to a workshop: what people told us, and what it changed."""
    from siteplanner.sheets.changes import default_before  # matplotlib is slow to load

    project = Project(root)
    earlier = before or default_before(project.scenario(scenario))
    project.scenario(earlier)  # its problems before the long part
    steps = Steps()
    try:
        plans = [project.run(name, progress=steps) for name in (earlier, scenario)]
        folder = plans[1].told(plans[0], out, font=font)
    finally:
        steps.close()
    click.echo(f"changes.pdf (A3), tally.pdf (A4) and tally.csv in {folder}")
    marks = [one for one in plans[1].study.layers.values() if one.agreed is False]
    if marks and plans[1].scenario.audience != "public":
        click.echo("They show single marks, and nobody agreed to that: keep them in the room.")


def _colours(text: str, command: str = "accept") -> dict[str, str]:
    """Read ``green=support,red=objection``."""
    pairs = [one.partition("=") for one in text.split(",") if one.strip()]
    if any(not (equals and name.strip() and word.strip()) for name, equals, word in pairs):
        todo = "write colour=word, with commas between: green=support,red=objection"
        raise InputError([Problem(command, "--colours", f"found '{text:.60}'", todo)])
    return {name.strip(): word.strip() for name, _, word in pairs}


def _wanted(options: dict[str, Any]) -> dict[str, Any]:
    """Turn the options into what is wanted; every problem at once."""
    from siteplanner.sheets.pages import Wanted  # matplotlib is slow to load

    found = []
    wanted = {name: value for name, value in options.items() if name != "fit"}
    written = options["scale"]
    if written is not None:
        try:
            wanted["scale"] = float(written.removeprefix("1:").replace(",", ""))
        except ValueError:
            wanted["scale"] = None
            todo = "write a number, such as 10000 for 1:10,000"
            found.append(Problem("sheets", "scale", f"found '{written:.40}'", todo))
        if options["fit"]:
            todo = "choose one of them: --fit finds the scale by itself"
            found.append(Problem("sheets", "scale", "both --scale and --fit are given", todo))
    if options["layers"] is not None:
        names = (one.strip() for one in options["layers"].split(","))
        wanted["layers"] = tuple(one for one in names if one)
    found += Wanted(**wanted).problems()
    if found:
        raise InputError(found)
    return wanted
