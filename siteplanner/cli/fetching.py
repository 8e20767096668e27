"""The command that goes online, so that no other has to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from siteplanner import fetched
from siteplanner.errors import InputError
from siteplanner.project import Project


@click.command("fetch")
@click.argument("layers", nargs=-1)
@click.option("--refresh", is_flag=True, help="Also what is kept already; says what changed.")
@click.option(
    "--limit-gb",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="The most that one layer may have.",
)
@click.pass_obj
def fetch_command(root: Path, layers: tuple[str, ...], *, refresh: bool, limit_gb: float) -> None:
    """Fetch the LAYERS that have an address (by default all), and keep them in layers/fetched/."""
    project = Project(root)
    bar = Bytes()
    found, count = [], 0
    try:
        for one in project.fetch(
            *layers, refresh=refresh, limit_bytes=int(limit_gb * 1e9), progress=bar
        ):
            count += 1
            bar.close()
            if one.problem:
                found.append(one.problem)
                click.echo(f"{one.layer}: not fetched")
                continue
            tail = "" if one.kind == "kept" else f" from {fetched.origin(project.layer(one.layer))}"
            click.echo(f"{one.layer}: {one.kind}{tail}")
            for sentence in one.said:
                click.echo(f"  {sentence}")
    finally:
        bar.close()
    if refresh and not layers:
        count += _from_openstreetmap(project)
    if found:
        raise InputError(found)
    if not count:
        from siteplanner.openstreetmap import FILE  # here, because no other command needs it

        click.echo("no layer has an address: there is nothing to fetch")
        if (root / FILE).is_file() and not refresh:
            click.echo(f"what came from OpenStreetMap by {FILE}: siteplanner fetch --refresh")


def _from_openstreetmap(project: Project) -> int:
    """Take the layers from OpenStreetMap anew, if the project has any; count the projects."""
    from siteplanner import founding  # here, because no other command needs it
    from siteplanner.openstreetmap import FILE, Server

    if not (project.root / FILE).is_file():
        return 0
    asking = founding.Asking(
        Server.from_environment(),
        agree=lambda _: True,  # it was agreed to when the project was made
        say=lambda sentence: click.echo(f"  {sentence}", err=True),
    )
    changed = founding.refresh(project.root, asking)
    click.echo(f"OpenStreetMap: {'changed' if changed else 'nothing has changed'}")
    for sentence in changed:
        click.echo(f"  {sentence}")
    return 1


class Bytes:
    """A bar for what comes, on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self.bar: Any = None

    def __call__(self, layer: str, done: int, total: int | None) -> None:
        """Say how much of a layer has come."""
        if self.bar is None:
            self.bar = tqdm(total=total, desc=layer, unit_scale=True, leave=False, disable=None)
        if not self.bar.disable:
            self.bar.total = total
            self.bar.update(max(done - self.bar.n, 0))

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
        self.bar = None
