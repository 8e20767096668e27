"""What a manifest says of a publication: how it was made, from what, and what was decided."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siteplanner.fetched import shown
from siteplanner.model import Layer
from siteplanner.plan import Plan, provenance
from siteplanner.project import Project
from siteplanner.publication import extracts, packing
from siteplanner.publication.decisions import Decision, with_ids
from siteplanner.publication.manifest import FORMAT, described, read_manifest

LIBRARIES = (*provenance.LIBRARIES, "exactextract", "matplotlib", "openpyxl", "pyarrow", "pyogrio",
             "segno")  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What is published beside the answer.

    Parameters
    ----------
    decision
        A ``decision.toml``.
    sheets
        Whether the sheets of a workshop are printed as well.
    paper
        Of the sheets: A4, A3 or A1.
    with_data
        Whether the data are packed as well, so that the folder can be proved without the project.
    language
        Of report, sheets and record; by default the scenario's.
    font
        A font file for letters that the usual fonts lack.

    Examples
    --------
    >>> Wanted().sheets
    True
    """

    decision: Path | None = None
    sheets: bool = True
    paper: str = "A3"
    with_data: bool = False
    language: str | None = None
    font: Path | None = None

    def made(self) -> dict[str, Any]:
        """Say what a rebuild has to ask for."""
        shared = {"language": self.language, "font": str(self.font) if self.font else None}
        return {
            "report": shared,
            "sheets": {"paper": self.paper, **shared} if self.sheets else None,
        }


@dataclass(frozen=True)
class Job:
    """What one publication goes by.

    Parameters
    ----------
    project, scenario, name, wanted
        As for `siteplanner.publication.publishing.publish`.
    layers
        Those that the scenario looks at, by name.
    decision
        What was decided; None where nothing is known of that.
    stage
        A temporary folder beside the published ones.
    """

    project: Project
    scenario: str
    name: str
    wanted: Wanted
    layers: Mapping[str, Layer]
    decision: Decision | None
    stage: Path

    @property
    def new(self) -> Path:
        """The folder that becomes the published one."""
        return self.stage / "new"

    @property
    def public(self) -> bool:
        """Whether everybody may see it."""
        return self.project.scenario(self.scenario).audience == "public"


def published_folder(project: Project) -> Path:
    """Give the folder of a project's published versions."""
    return project.root / "maps" / "published"


def content_of(
    job: Job, plan: Plan, inputs: list[dict[str, Any]], notes: list[dict[str, Any]]
) -> dict[str, Any]:
    """Give what the manifest says, but for the decision, the files and the seal."""
    scenario = plan.scenario
    made = job.wanted.made()
    for options in made.values():
        if options and options["font"]:
            options["font"] = Path(options["font"]).name  # where it lies is nobody's business
    return {
        "format": FORMAT,
        "name": job.name,
        "published": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "project": job.project.root.resolve().name,
        "scenario": job.scenario,
        "title": scenario.title,
        "programme": scenario.programme,
        "audience": scenario.audience,
        "language": job.wanted.language or scenario.language,
        "siteplanner": provenance.version(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "with_data": job.wanted.with_data,
        "made": made,
        "decision": None,
        "inputs": inputs,
        "notes": notes,
    }


def inputs_of(job: Job, plan: Plan, parts: Sequence[packing.Part]) -> Iterator[dict[str, Any]]:
    """Describe each layer with its files."""
    for name, layer in job.layers.items():
        source = plan.sources.get(name)
        files = []
        for part in parts:
            if part.layer != name:
                continue
            told = described(part.found, part.said)
            packed = f"project/{part.place}" if packs(job, part) else None
            files.append(
                {key: told[key] for key in ("path", "bytes", "sha256")} | {"packed": packed}
            )
        yield {
            "layer": name,
            "title": layer.title,
            "source": shown(layer.source),
            "sha256": source.sha256 if source else None,
            "year": layer.year,
            "licence": layer.licence,
            "attribution": layer.attribution,
            "fictional": layer.fictional,
            "private": layer.private is not None,
            "files": files,
        }


def notes_of(job: Job, *, robustness: bool) -> Iterator[dict[str, Any]]:
    """Say what to know: what is not packed, what may not be passed on, what was left out."""
    yield {"t": "packed" if job.wanted.with_data else "not_packed"}
    if job.wanted.with_data:
        kept = {name: extracts.holds_back(layer) for name, layer in job.layers.items()}
        for why in ("private", "register"):
            names = [job.layers[name].title for name, one in kept.items() if one == why]
            if names:
                yield {"t": why, "names": ", ".join(names)}
        unclear = list(packing.unclear_licences(job.layers))
        for key, what in (("forbids", "forbids"), ("licence", "unknown"), ("limits", "limits")):
            names = [
                f"{job.layers[name].title} ({job.layers[name].licence or '–'})"
                for name, one in unclear
                if one == what and kept[name] != "private"
            ]
            if names:
                yield {"t": key, "names": ", ".join(names)}
    if robustness:
        yield {"t": "robustness"}
    if job.public:
        yield {"t": "remarks"}


def decided_of(job: Job, plan: Plan) -> dict[str, Any] | None:
    """Give the decision with the ids and names of its places, and the version it is about."""
    if job.decision is None or job.wanted.decision is None:
        return None
    labels = dict[str, str]()
    if plan.sites is not None:
        for table in (plan.sites.table, plan.sites.excluded):
            named = table["label"].fillna("").astype(str)
            labels |= {str(site): label for site, label in named.items()}
    decision = with_ids(job.decision, labels, job.wanted.decision.name)
    told = decision.model_dump(mode="json")
    told["sites"] = [one | {"label": labels[one["site"]]} for one in told["sites"]]
    if decision.about:
        earlier = read_manifest(published_folder(job.project) / decision.about)
        told["about_seal"] = earlier.seal
        told["about_differs"] = [
            path
            for path, one in earlier.files.items()
            if one.get("rebuilt")
            and not path.startswith("sheets/")
            and (not (job.new / path).is_file()
                 or described(job.new / path, path)["sha256"] != one["sha256"])
        ]  # fmt: skip
    return told


def packs(job: Job, part: packing.Part) -> bool:
    """Say whether a file of a layer lies in the published folder too."""
    return job.wanted.with_data and extracts.holds_back(job.layers[part.layer]) != "private"
