"""A report as one page that opens from disk without any network: no script, no fetching."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from importlib.resources import files

from siteplanner.report.blocks import Block, Bullets, Figure, Heading, Paragraph, Table

CODES = {"zh": "zh-Hans"}
"""Language tags that differ from the codes of the message files."""


def render(blocks: Sequence[Block], *, title: str, language: str) -> str:
    """Write blocks as a page.

    Parameters
    ----------
    blocks
        The report.
    title
        What the browser's tab says.
    language
        Code of the language.

    Returns
    -------
    HTML.  Text from data is escaped; a content security policy allows the one style sheet of the
    page, and nothing else.

    Examples
    --------
    >>> page = render([Paragraph("a < b")], title="A", language="en")
    >>> "<p>a &lt; b</p>" in page, "<script" in page
    (True, False)
    """
    style = files("siteplanner.report").joinpath("page.css").read_text(encoding="utf-8")
    style = style.replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = "\n".join(_block(one) for one in blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{CODES.get(language, language)}"><head>'
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{html.escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        look = ' class="lead"' if block.lead else ' class="soft"' if block.soft else ""
        return f"<p{look}>{html.escape(block.text)}</p>"
    if isinstance(block, Bullets):
        return f"<ul>{''.join(f'<li>{html.escape(one)}</li>' for one in block.items)}</ul>"
    if isinstance(block, Figure):
        drawn = block.drawing.svg(block.caption)
        return f"<figure>{drawn}<figcaption>{html.escape(block.caption)}</figcaption></figure>"
    return _table(block)


def _table(table: Table) -> str:
    caption = f"<caption>{html.escape(table.title)}</caption>" if table.title else ""
    head = "".join(
        f'<th scope="col"{_look(is_number)}>{html.escape(text)}</th>'
        for text, is_number in zip(table.heads, table.numbers, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_look(is_number)}>{html.escape(text)}</td>"
            for text, is_number in zip(row, table.numbers, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="wide" tabindex="0"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _look(is_number: bool) -> str:
    return ' class="number"' if is_number else ""
