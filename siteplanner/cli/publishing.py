"""Commands that keep what a committee saw, and prove it later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from siteplanner import plan
from siteplanner.cli.saying import Steps, many
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps import messages
from siteplanner.project import Project

if TYPE_CHECKING:
    from siteplanner.publication import Verified

MORE = 5
"""Steps beside those of a run: layers, maps, report, sheets, record."""
MOST = 40
"""Differences that are printed; the others are counted."""


@click.command("publish")
@click.argument("scenario", required=False)
@click.option("--as", "name", help="What the version is called: 2026-03-committee.")
@click.option(
    "--decision", type=click.Path(path_type=Path), help="A decision.toml: see --template."
)
@click.option("--template", is_flag=True, help="Print a decision.toml to fill in, and do no more.")
@click.option("--sheets/--no-sheets", default=True, help="Print the sheets as well; A3.")
@click.option("--with-data", is_flag=True, help="Pack the data too: a proof needs no project then.")
@click.option("--language", help="Of report, sheets and record; by default the scenario's.")
@click.option("--font", type=click.Path(path_type=Path), help="A font for letters not found here.")
@click.pass_obj
def publish_command(
    root: Path, /, scenario: str | None, name: str | None, *, template: bool, **options: Any
) -> None:
    """Keep all that a committee sees of SCENARIO in maps/published/NAME/, never to be changed."""
    from siteplanner import publication  # takes a while to load
    from siteplanner.publication.decisions import TEMPLATE
    from siteplanner.publication.wording import words_of

    if template:
        click.echo(TEMPLATE, nl=False)
        return
    if scenario is None or name is None:
        found = "no scenario is named" if scenario is None else "the version has no name"
        todo = "write: siteplanner publish SCENARIO --as 2026-03-committee"
        raise InputError([Problem("publish", "", found, todo)])
    language = options["language"]
    if language is not None and language not in messages.languages():
        todo = nearest_names(language, messages.languages())
        found = f"no language '{language:.40}'"
        raise InputError([Problem("publish", "--language", found, todo)])
    wanted = publication.Wanted(**options)
    steps = Steps(len(plan.STEPS) + MORE)
    try:
        done = publication.publish(Project(root), scenario, name, wanted, progress=steps)
    finally:
        steps.close()
    for note in done.notes:
        click.echo(words_of("en").note(note))
    click.echo(f"Published: {done.folder}")
    click.echo(f"Seal, for the minutes: {done.seal}")
    click.echo(
        f"Open {done.folder / 'record.html'}; all versions: {done.folder.parent / 'index.html'}"
    )


@click.command("verify")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--rebuild/--no-rebuild", default=True, help="Make the answer again and compare.")
@click.option("--seal", default="", help="The seal of the minutes, or its first 12 signs.")
@click.option(
    "--project", type=click.Path(path_type=Path), help="Where data lie that were not packed."
)
@click.option("--font", type=click.Path(path_type=Path), help="The font named at publication.")
@click.pass_context
def verify_command(
    context: click.Context,
    folder: Path,
    seal: str,
    project: Path | None,
    font: Path | None,
    *,
    rebuild: bool,
) -> None:
    """Prove that a published FOLDER is what was shown: compare it, and make it again."""
    from siteplanner import publication  # takes a while to load

    own = context.obj / "maps" / "published" / folder
    place = own if not folder.exists() and own.is_dir() else folder
    steps = Steps(len(plan.STEPS) + MORE)
    try:
        found = publication.verify(
            place, rebuild=rebuild, project=project, seal=seal, font=font, progress=steps
        )
    finally:
        steps.close()
    _tell(found)
    if not found.ok:
        context.exit(2)


def _tell(found: Verified) -> None:
    """Print what came of a proof: what differs first, then what it comes to."""
    manifest = found.manifest
    for one in found.differences[:MOST]:
        click.echo(str(one))
    if len(found.differences) > MOST:
        click.echo(f"and {many(len(found.differences) - MOST, 'more difference')}")
    otherwise = any(one.kind in ("rebuilt", "unproved") for one in found.differences)
    if found.versions:
        named = ", ".join(f"{name} {then} then, {now} now" for name, then, now in found.versions)
        likely = ": this is the likely reason that files come out otherwise" if otherwise else ""
        click.echo(f"Other versions than at publication: {named}{likely}")
    for remark in found.remarks:
        click.echo(remark[0].upper() + remark[1:])
    if found.rebuilt:
        click.echo(f"{many(len(found.rebuilt), 'file')} made again, the same to the byte")
    click.echo(f"Seal: {manifest.seal}")
    what = f"{manifest.name}, published {manifest.published[:10]}"
    kept = f"{many(len(manifest.files), 'file')} as published.json says"
    if found.ok:
        click.echo(f"{what}: proved, {kept}" if found.rebuilt else f"{what}: {kept}")
    else:
        click.echo(f"{what}: NOT proved, {many(len(found.differences), 'difference')}")
