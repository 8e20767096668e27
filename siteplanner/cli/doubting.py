"""Commands that ask how far an answer stands up, and what people would weigh."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click
import pandas as pd
import tomli_w
from tqdm import tqdm

from siteplanner import walk
from siteplanner.cli.saying import Steps
from siteplanner.comparison import doubting, varying
from siteplanner.errors import InputError, Problem
from siteplanner.model.criterion import names
from siteplanner.project import CACHE, Project
from siteplanner.robustness.from_people import Judged, weights_of

WORKERS = 2


@click.command("robustness")
@click.argument("scenario")
@click.option("--sets", type=click.IntRange(2), help="Weightings; by default the scenario's.")
@click.option("--spatial", is_flag=True, help="Draw cells, limits and walkers otherwise, too.")
@click.option("--out", type=click.Path(path_type=Path), help="Not maps/SCENARIO/robustness/.")
@click.pass_obj
def robustness_command(
    root: Path, /, scenario: str, sets: int | None, out: Path | None, *, spatial: bool
) -> None:
    """Say how far an answer stands up: under other weights, and with space drawn otherwise.

    What was found is kept: stopped with Ctrl-C, the same command goes on from there.
    """
    project = Project(root)
    cache = walk.Cache(project.root / CACHE)
    steps = Steps()
    try:
        plan = project.run(scenario, progress=steps)
    finally:
        steps.close()
    sure = plan.robustness()
    with tqdm(desc="sets", leave=False, disable=None) as bar:

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        found = plan.sets(sets, workers=WORKERS, cache=cache, progress=show)
    varied = None
    if spatial:
        with tqdm(desc="space", leave=False, disable=None) as bar:

            def say(_: str) -> None:
                bar.update()

            varied = varying.vary(plan, cache=cache, progress=say)
    folder = doubting.write(plan, sure, found, varied, out or plan.folder / "robustness")
    said = [*found.sentences, *sure.sentences, *(varied.sentences if varied else ())]
    click.echo("\n".join(said))
    click.echo(f"\nOpen {folder / 'index.html'}")


@click.command("weights")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scenario", required=True, help="Whose criteria are weighed.")
@click.option("--level", type=click.Choice(["need", "site"]), default="need", show_default=True)
@click.option(
    "--kind", type=click.Choice(["points", "order", "swing", "pairs"]), default="points",
    show_default=True, help="What the numbers are.",
)  # fmt: skip
@click.pass_obj
def weights_command(root: Path, file: Path, scenario: str, level: str, kind: str) -> None:
    """Turn judgements of groups (CSV or TOML) into [profiles.<group>] to paste.

    A row a group and a column a criterion; for pairs the columns group, one, two, times.
    """
    found = Project(root).scenario(scenario)
    known = list(names(found.need if level == "need" else found.site))
    judged = weights_of(_read(file, kind), kind, known, where=file.name)
    click.echo(_as_toml(judged, level, kind, file.name))


def _read(file: Path, kind: str) -> pd.DataFrame:
    try:
        if file.suffix.lower() == ".toml":
            content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
            if kind == "pairs":
                return pd.DataFrame(content.get("pairs", []))
            return pd.DataFrame.from_dict(content, orient="index")
        table = pd.read_csv(file, sep=None, engine="python", encoding="utf-8-sig")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        found = f"it cannot be read ({str(error).splitlines()[0] if str(error) else 'empty'})"
        raise InputError([Problem(file.name, "", found, "save it as CSV or TOML")]) from None
    if kind == "pairs":
        return table
    table = table.set_index(table.columns[0]).rename_axis("group")
    return table.rename(index=str)


def _as_toml(judged: Judged, level: str, kind: str, name: str) -> str:
    lines = []
    for group, row in judged.weights.iterrows():
        key = "".join(one if one.isalnum() else "_" for one in str(group).lower()).strip("_")
        weights = {str(one): round(float(value), 4) for one, value in row.dropna().items()}
        content = {"title": str(group), level: weights, "reference": f"{kind} in {name}"}
        one = judged.compared.get(str(group))
        if one is not None:
            verdict = "well" if one.consistent else "above 0.10: ask again"
            lines.append(f"# {group}: consistency ratio {one.ratio:.2f}, {verdict}")
            if one.advice is not None and not one.consistent:
                lines.append(f"# {one.advice.sentence}")
        lines.append(tomli_w.dumps({"profiles": {key or "group": content}}))
    return "\n".join(lines)
