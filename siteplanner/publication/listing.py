"""All published versions of a project on one page, with the changes between them in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from siteplanner import maps
from siteplanner.errors import InputError
from siteplanner.publication.changes import tell_changes
from siteplanner.publication.manifest import FILE, Manifest, read_manifest
from siteplanner.publication.pages import bullets, heading, links, page_of, paragraph
from siteplanner.publication.wording import PublishedWords, words_of

PLAN = "plan.json"
LARGEST_BYTES = 2**28
PAGES = {"record": "record.html", "map": "index.html", "report": "report/report.html",
         "sheets": "sheets", "register": "register"}  # fmt: skip


@dataclass(frozen=True)
class Version:
    """A published folder, as it can be read today.

    Parameters
    ----------
    name
        The folder's name.
    manifest
        None where it cannot be read.
    plan
        The content of its ``plan.json``.
    why
        Why it cannot be read; empty where it can.

    Examples
    --------
    >>> Version("2026-03-committee").why
    ''
    """

    name: str
    manifest: Manifest | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def versions(folder: Path) -> list[Version]:
    """Read all versions in a folder of published ones, newest first.

    Parameters
    ----------
    folder
        Usually ``maps/published/``.

    Returns
    -------
    The versions; those that cannot be read come last and say why.
    """
    found = []
    for path in sorted(folder.glob("*/")):
        if path.name.startswith(".") or not path.is_dir() or path.is_symlink():
            continue
        if (path / FILE).exists():
            found.append(_version(path))
    fine = [one for one in found if one.manifest is not None]
    fine.sort(key=lambda one: (one.manifest.published if one.manifest else "", one.name))
    return [*reversed(fine), *(one for one in found if one.manifest is None)]


def write_list(folder: Path) -> Path:
    """Write ``index.html``, and ``public.html`` where only some versions are for the public.

    Parameters
    ----------
    folder
        Usually ``maps/published/``.

    Returns
    -------
    The path of ``index.html``.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    found = versions(folder)
    public = [one for one in found if one.manifest and one.manifest.audience == "public"]
    some = bool(public) and len(public) < len(found)
    page, other = render(found), render(public) if some else ""
    maps.publish(
        {
            "index.html": partial(_write_text, page),
            "public.html": partial(_write_text, other) if some else None,
        },
        folder,
    )
    return folder / "index.html"


def render(found: Sequence[Version]) -> str:
    """Draw the page of versions.

    Parameters
    ----------
    found
        The versions, newest first.

    Returns
    -------
    HTML, in the language of the newest version.
    """
    first = next((one.manifest for one in found if one.manifest), None)
    words = words_of(str(first.content.get("language", "en")) if first else "en")
    project = first.project if first else ""
    public = all(one.manifest and one.manifest.audience == "public" for one in found)
    body = [
        paragraph(words.say("published.lead", n=len(found)), "lead"),
        paragraph(words.say("published.all" if public else "published.office"), "soft"),
    ]
    for place, one in enumerate(found):
        body += _section(one, found[place + 1 :], words)
    return page_of(words.say("published.title", project=project), words.language, body)


def decided(decision: Mapping[str, Any] | None, words: PublishedWords) -> Iterator[str]:
    """Say a decision, as parts of a page.

    Parameters
    ----------
    decision
        As the manifest has it; None where there is none.
    words
        Of the language.

    Yields
    ------
    HTML.
    """
    if not decision:
        yield paragraph(words.say("decision.none"), "soft")
        return
    outcome = words.outcome(str(decision.get("outcome")))
    said = {"body": decision.get("body"), "day": decision.get("date"), "outcome": outcome}
    yield paragraph(words.say("decision.by", **said), "lead")
    yield paragraph(str(decision.get("text", "")))
    if decision.get("reasons"):
        yield heading(words.say("decision.reasons"), 3)
        yield bullets(map(str, decision["reasons"]))
    if decision.get("sites"):
        yield heading(words.say("decision.sites"), 3)
        yield bullets(
            words.say(
                "decision.site",
                name=one.get("label") or one.get("site"),
                outcome=words.outcome(str(one.get("outcome"))),
                reason=one.get("reason", ""),
            )
            for one in decision["sites"]
        )
    yield from _signed(decision, words)


def _signed(decision: Mapping[str, Any], words: PublishedWords) -> Iterator[str]:
    said = []
    if decision.get("signed_by"):
        said.append(words.say("decision.signed", names=", ".join(decision["signed_by"])))
    if decision.get("minutes"):
        said.append(words.say("decision.minutes", minutes=decision["minutes"]))
    about = decision.get("about")
    if about:
        said.append(words.say("decision.about", name=about))
        differ = decision.get("about_differs")
        if differ:
            said.append(words.say("decision.other", name=about, names=", ".join(differ)))
        elif differ is not None:
            said.append(words.say("decision.same", name=about))
    if said:
        yield paragraph(" ".join(said))


def _section(one: Version, older: Sequence[Version], words: PublishedWords) -> Iterator[str]:
    manifest = one.manifest
    yield heading(one.name)
    if manifest is None:
        yield paragraph(words.say("version.broken", why=one.why))
        return
    content = manifest.content
    yield paragraph(str(content.get("title", "")), "lead")
    said = words.say(
        "version.when",
        day=manifest.published[:10],
        scenario=manifest.scenario,
        audience=words.say(f"audience.{manifest.audience}"),
        version=content.get("siteplanner", ""),
    )
    yield paragraph(said, "soft")
    there = manifest.files
    yield links(
        (words.say(f"go.{key}"), f"{one.name}/{path}")
        for key, path in PAGES.items()
        if path in there or any(name.startswith(f"{path}/") for name in there)
    )
    if not manifest.whole:
        yield paragraph(words.say("version.changed"))
    yield from decided(content.get("decision"), words)
    before = next(
        (two for two in older if two.manifest and two.manifest.scenario == manifest.scenario), None
    )
    if before is None:
        yield paragraph(words.say("changes.first"), "soft")
    else:
        yield heading(words.say("changes.since", name=before.name), 3)
        yield bullets(tell_changes(before.plan, one.plan, words))
    yield paragraph(words.say("version.seal", seal=manifest.seal), "soft")


def _version(path: Path) -> Version:
    try:
        manifest = read_manifest(path)
    except InputError as error:
        return Version(path.name, why=str(error))
    plan = path / PLAN
    try:
        if plan.is_symlink() or plan.stat().st_size > LARGEST_BYTES:
            return Version(path.name, why=f"{PLAN} is a link, or too large")
        content = json.loads(plan.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Version(path.name, why=f"{PLAN} is missing or damaged")
    if not isinstance(content, dict):
        return Version(path.name, why=f"{PLAN} is missing or damaged")
    return Version(path.name, manifest, content)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
