"""Pages that open from disk without any network: no script, nothing that is fetched."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from importlib.resources import files
from urllib.parse import quote

from siteplanner.report.as_html import CODES


def page_of(title: str, language: str, body: Iterable[str]) -> str:
    """Put parts that are escaped already into a page.

    Parameters
    ----------
    title
        First line, and what the browser's tab says; plain text.
    language
        Code of the language.
    body
        Parts, as HTML.

    Returns
    -------
    HTML; a content security policy allows the one style sheet of the page, and nothing else.

    Examples
    --------
    >>> page = page_of("a < b", "en", [paragraph("1 < 2")])
    >>> "<h1>a &lt; b</h1>" in page, "<p>1 &lt; 2</p>" in page, "<script" in page
    (True, True, False)
    """
    style = files("siteplanner.report").joinpath("page.css").read_text(encoding="utf-8")
    style = style.replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    inner = "\n".join([f"<h1>{text(title)}</h1>", *body])
    return (
        f'<!DOCTYPE html>\n<html lang="{CODES.get(language, language)}"><head>'
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{style}</style></head>\n"
        f"<body><main>\n{inner}\n</main></body></html>\n"
    )


def text(said: object) -> str:
    """Escape a text from data."""
    return html.escape(str(said))


def heading(said: str, level: int = 2, anchor: str = "") -> str:
    """Write a heading; ``anchor`` is a name to link to."""
    name = f' id="{text(anchor)}"' if anchor else ""
    return f"<h{level}{name}>{text(said)}</h{level}>"


def paragraph(said: str, look: str = "") -> str:
    """Write a paragraph; its look is ``lead`` or ``soft``."""
    mark = f' class="{look}"' if look else ""
    return f"<p{mark}>{text(said)}</p>"


def bullets(said: Iterable[str]) -> str:
    """Write sentences one under the other; nothing where there are none."""
    items = "".join(f"<li>{text(one)}</li>" for one in said)
    return f"<ul>{items}</ul>" if items else ""


def links(found: Iterable[tuple[str, str]]) -> str:
    """Write links to files beside the page: what they say, and the path.

    Examples
    --------
    >>> links([("Map", "a b/index.html")])
    '<p><a href="a%20b/index.html">Map</a></p>'
    """
    items = [f'<a href="{quote(to)}">{text(said)}</a>' for said, to in found]
    return f"<p>{' · '.join(items)}</p>"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """Write a table, the last ``numbers`` columns of which hold numbers."""
    first = len(heads) - numbers

    def row(cells: Sequence[object], tag: str) -> str:
        look = [' class="number"' if place >= first else "" for place in range(len(cells))]
        scope = ' scope="col"' if tag == "th" else ""
        return "".join(
            f"<{tag}{scope}{one}>{text(cell)}</{tag}>"
            for cell, one in zip(cells, look, strict=True)
        )

    body = "".join(f"<tr>{row(one, 'td')}</tr>" for one in rows)
    return (
        f'<div class="wide" tabindex="0"><table><thead><tr>{row(heads, "th")}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
