"""A comparison as files: one page that opens from disk without any network, and a table."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from siteplanner.comparison.comparing import Comparison
from siteplanner.comparison.map_of_differences import picture
from siteplanner.comparison.negotiating import Negotiated
from siteplanner.comparison.words import summary, title_of
from siteplanner.maps import publish, write_csv

MOST = 30
"""Sites that the page lists at most; the table has all."""


def write(found: Comparison, folder: Path, *, room: Negotiated | None = None) -> Path:
    """Write ``index.html`` and ``sites.csv``.

    Parameters
    ----------
    found
        The comparison.
    folder
        Where they belong.
    room
        What groups would have chosen; None leaves it out.

    Returns
    -------
    The folder.

    Raises
    ------
    siteplanner.errors.OutputError
        If it cannot be written; what was there is untouched.
    """
    text = render(found, room=room)
    publish(
        {
            "index.html": lambda path: _write_text(text, path),
            "sites.csv": lambda path: write_csv(found.sites.reset_index(), path),
        },
        folder,
    )
    return folder


def render(found: Comparison, *, room: Negotiated | None = None) -> str:
    """Draw the comparison as one page: no script, and nothing that is fetched.

    Text from data is escaped; a content security policy allows the one style sheet of the page.
    """
    titles = [title_of(found, name) for name in found.names]
    heading = f"{' and '.join(titles)} side by side"
    body = [
        "<h2>In short</h2>",
        list_of(summary(found)),
        *(_maps(found)),
        "<h2>Who gains</h2>",
        '<p class="soft">People newly within reach, and people still left out.</p>',
        table_of(found.outcomes.reset_index()),
        "<h2>Share within reach, by need</h2>",
        '<p class="soft">1 is the tenth of people with most need.</p>',
        table_of(found.tenths.map(lambda one: f"{one:.0%}" if pd.notna(one) else "").reset_index()),
        "<h2>Sites</h2>",
        table_of(_told(found)),
        "<h2>How alike they are</h2>",
        '<p class="soft">Sites in both sets, as a share of all sites in either (Jaccard); '
        "agreement of the rankings, from -1 to 1 (Kendall’s τ).</p>",
        table_of(found.overlap.round(2).reset_index(names="sets")),
        table_of(found.tau.round(2).reset_index(names="rankings")),
        "<h2>What the files say</h2>",
        table_of(found.differences.reset_index()),
        *([] if room is None else _room(room)),
    ]
    return page_of(heading, found.answers[0].version, body)


def page_of(heading: str, version: str, body: Sequence[str]) -> str:
    """Put a heading and parts that are escaped already into a page that fetches nothing.

    Parameters
    ----------
    heading
        Title and first line, plain text.
    version
        siteplanner's.
    body
        Parts, as HTML.
    """
    style = files("siteplanner.comparison").joinpath("page.css").read_text(encoding="utf-8")
    style = style.replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    start = [
        f"<h1>{_text(heading)}</h1>",
        f'<p class="soft">siteplanner {_text(version)}. No official index of any city.</p>',
    ]
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(heading)}</title><style>{style}</style></head>\n"
        f"<body><main>{chr(10).join([*start, *body])}</main></body></html>\n"
    )


def _maps(found: Comparison) -> list[str]:
    first = found.answers[0]
    parts = []
    for other in found.answers[1:]:
        title = f"{title_of(found, first.scenario.name)} and {title_of(found, other.scenario.name)}"
        parts += [
            f"<h2>Where they differ: {_text(title)}</h2>",
            f'<p class="soft">Filled: in both sets. Plus: only in '
            f"{_text(title_of(found, other.scenario.name))}. Cross: only in "
            f"{_text(title_of(found, first.scenario.name))}.</p>",
            picture(first, other, title),
        ]
    return parts


def _room(room: Negotiated) -> list[str]:
    groups = room.groups.assign(
        **{one: room.groups[one].map("{:.1%}".format) for one in ("gives_up", "gives_up_published")}
    )
    sites = room.sites.replace({True: "yes", False: ""})
    return [
        "<h2>What each group would choose</h2>",
        f"<p>{_text(room.method)}</p>",
        list_of(room.sentences),
        table_of(groups.reset_index(drop=True)),
        f"<p>{len(room.agreed)} sites are in every group’s own set, {len(room.contested)} are "
        "contested.</p>",
        table_of(sites.reset_index(drop=True)),
    ]


def _told(found: Comparison) -> pd.DataFrame:
    """Give the sites that some set has, then those that moved most, up to a number."""
    phases = [f"{name} phase" for name in found.names]
    chosen = found.sites[phases].notna().any(axis=1)
    moves = found.sites[[one for one in found.sites if str(one).endswith(" moved")]]
    far = moves.abs().max(axis=1).astype("Float64").fillna(0)
    order = pd.DataFrame({"chosen": ~chosen, "far": -far}).sort_values(
        ["chosen", "far"], kind="stable"
    )
    return found.sites.loc[order.index[:MOST]].reset_index(drop=True)


def list_of(sentences: Sequence[str] | pd.Series) -> str:
    """Draw a list of sentences; text is escaped."""
    return f"<ul>{''.join(f'<li>{_text(one)}</li>' for one in sentences)}</ul>"


def table_of(table: pd.DataFrame) -> str:
    """Draw a table; text is escaped."""
    if table.empty:
        return '<p class="soft">Nothing to tell.</p>'
    numeric = [pd.api.types.is_numeric_dtype(table[one]) for one in table]
    head = "".join(
        f'<th scope="col"{_number(is_number)}>{_text(str(one).replace("_", " "))}</th>'
        for one, is_number in zip(table, numeric, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_number(is_number)}>{_text(_value(value))}</td>"
            for value, is_number in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for row in table.itertuples(index=False, name=None)
    )
    return (
        '<div class="wide"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _number(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _value(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.4g}"
    return str(value)


def _text(text: str) -> str:
    return html.escape(text)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
