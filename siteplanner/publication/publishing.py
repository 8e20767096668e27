"""A dated folder with all that a committee saw: written once, whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siteplanner.errors import InputError, OutputError, Problem
from siteplanner.plan.making import Progress, silent
from siteplanner.project import CACHE, Project
from siteplanner.publication import extracts, gathering, packing, record, staging
from siteplanner.publication.decisions import read_decision
from siteplanner.publication.gathering import Job, Wanted
from siteplanner.publication.listing import PLAN, write_list
from siteplanner.publication.manifest import FILE, described, read_manifest, write_manifest

DECISION, RECORD = "decision.json", "record.html"


@dataclass(frozen=True)
class Published:
    """A version that was published.

    Parameters
    ----------
    folder
        Where it lies.
    seal
        Tells it from any other; for the minutes.
    notes
        What to know of it: message and values, see ``messages/``.
    """

    folder: Path
    seal: str
    notes: tuple[dict[str, Any], ...]


def publish(
    project: Project,
    scenario: str,
    name: str,
    wanted: Wanted | None = None,
    *,
    progress: Progress = silent,
) -> Published:
    """Answer a scenario and keep all of it in ``maps/published/<name>/``.

    The project is laid out anew from what is kept, and answered there: what is published is made
    of nothing else.

    Parameters
    ----------
    project, scenario
        What is answered.
    name
        What the version is called: ``2026-03-committee``.
    wanted
        What is published beside the answer.
    progress
        Called with the name of each step.

    Returns
    -------
    The folder, its seal, and what to know of it.

    Raises
    ------
    InputError
        With every problem of the project, the decision or the name.
    OutputError
        If it cannot be written; nothing is left then.
    """
    wanted, started = wanted or Wanted(), time.perf_counter()
    home = gathering.published_folder(project)
    check_name(home, name)
    audience = project.scenario(scenario).audience
    decision = read_decision(wanted.decision) if wanted.decision else None
    if decision is not None and decision.about:
        _check_about(home, decision.about, wanted.decision)
    layers = packing.used_layers(project, scenario)
    parts = packing.parts_of(layers, project.root)
    if wanted.with_data:
        packing.refuse_to_pack(layers, parts, audience)
    made = _made_folders(home)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=home) as stage:
            job = Job(project, scenario, name, wanted, layers, decision, Path(stage).resolve())
            found = _written(job, parts, progress, started)
            _move_in(job.new, home / name)
    except BaseException as error:
        for folder in reversed(made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            message = f"{home / name}: could not be written ({error.strerror or error}); "
            raise OutputError(f"{message}nothing was published; mend that and try again") from error
        raise
    write_list(home)
    return found


def check_name(home: Path, name: str) -> None:
    """Refuse a name that no folder can have everywhere, or that is taken.

    Raises
    ------
    InputError
        With another name to take.
    """
    if not staging.plain_name(name):
        found = f"'{name:.60}' cannot be the name of a folder everywhere"
        todo = "use letters, digits, - and _: 2026-03-committee"
        raise InputError([Problem("publish", "--as", found, todo)])
    taken = {one.name.casefold() for one in home.glob("*")}
    if name.casefold() in taken:
        number = next(at for at in range(2, 10_000) if f"{name}-{at}".casefold() not in taken)
        found = f"'{name}' is published already, and what is published is never changed"
        raise InputError([Problem("publish", "--as", found, f"take another name: {name}-{number}")])


def _written(
    job: Job, parts: Sequence[packing.Part], progress: Progress, started: float
) -> Published:
    """Write the whole folder under a temporary name."""
    job.new.mkdir()
    texts = packing.frozen_texts(job.project, job.scenario, job.layers, public=job.public)
    for path, text in texts.items():
        _room_for(job.new / "project" / path).write_bytes(text)
    used = [_packed(job, one) if gathering.packs(job, one) else one for one in parts]
    before = {one.found: _state(one.found) for one in used}
    robustness = job.project.root / "maps" / job.scenario / "robustness"
    with staging.laid_out(
        texts,
        used,
        name=job.project.root.resolve().name,
        inside=job.stage,
        cache=job.project.root / CACHE,
    ) as own:
        plan = staging.answer(
            own,
            job.scenario,
            job.new,
            job.wanted.made(),
            robustness=robustness if robustness.is_dir() else None,
            progress=progress,
            started=started,
        )
        tried = (plan.folder / "robustness").is_dir()
    progress("record")
    if tried:
        staging.copy_found(robustness, job.new / "robustness")
    changed = [one for one in used if _state(one.found) != before[one.found]]
    if changed:
        message = f"{changed[0].said}: was changed while the plan was made; nothing was published; "
        raise OutputError(f"{message}publish again")
    inputs = list(gathering.inputs_of(job, plan, used))
    notes = list(gathering.notes_of(job, robustness=robustness.is_dir() and not tried))
    decision = gathering.decided_of(job, plan)
    content = gathering.content_of(job, plan, inputs, notes) | {"decision": decision}
    files = {one.layer: one.found for one in reversed(used)}
    held = extracts.register_of(job.layers, files, job.project.root)
    content["consultation"] = extracts.write(plan, held, job.new, content["language"])
    return _sealed(job, content)


def _packed(job: Job, part: packing.Part) -> packing.Part:
    path = _room_for(job.new / "project" / str(part.place))
    layer = job.layers[part.layer]
    if extracts.holds_back(layer) == "register":
        extracts.pack_register(part.found, path, job.project.scenario(job.scenario).language)
    elif not path.exists():
        shutil.copy2(part.found, path)
    return packing.Part(part.layer, part.said, path)


def _sealed(job: Job, content: dict[str, Any]) -> Published:
    """Write the record and the manifest, and close every file for writing."""
    rebuilt = {
        one
        for one in staging.files_in(job.new)
        if one.partition("/")[0] not in ("project", "robustness", "register")
    } - staging.UNLIKE
    if content["decision"]:
        text = json.dumps(content["decision"], indent=1, ensure_ascii=False)
        (job.new / DECISION).write_text(text + "\n", encoding="utf-8", newline="\n")
    told = json.loads((job.new / PLAN).read_text(encoding="utf-8"))
    there = frozenset(staging.files_in(job.new))
    page = record.render(content, told, there=there)
    (job.new / RECORD).write_text(page, encoding="utf-8", newline="\n")
    content["files"] = [
        described(job.new / one, one) | {"rebuilt": one in rebuilt}
        for one in staging.files_in(job.new)
    ]
    seal = write_manifest(content, job.new / FILE)
    for one in staging.files_in(job.new):
        (job.new / one).chmod(0o444)
    folder = gathering.published_folder(job.project) / job.name
    return Published(folder, seal, tuple(content["notes"]))


def _check_about(home: Path, about: str, path: Path | None) -> None:
    """Refuse a decision about a version that is not there."""
    where = path.name if path else ""
    if not staging.plain_name(about) or not (home / about / FILE).is_file():
        known = ", ".join(sorted(one.parent.name for one in home.glob(f"*/{FILE}"))) or "none yet"
        found = f"no version '{about:.60}' is published here"
        raise InputError([Problem(where, "about", found, f"published are: {known}")])
    read_manifest(home / about)


def _made_folders(home: Path) -> list[Path]:
    made = []
    for one in reversed((home, *home.parents)):
        if not one.exists():
            one.mkdir()
            made.append(one)
    return made


def _move_in(new: Path, folder: Path) -> None:
    if folder.exists():
        message = f"{folder}: is there already, and nothing published is ever overwritten; "
        raise OutputError(f"{message}take another name")
    new.rename(folder)


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _room_for(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
