"""The file that tells plans what a layer of marks is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import PurePosixPath

KINDS = {"points": "points", "lines": "lines", "areas": "polygons"}
DRAWN = {"points": "", "lines": ": lines", "areas": ": areas"}
COLUMNS = {
    "says": 'kind = "category"\ntitle = "What the mark says"',
    "people": 'kind = "count"\nunit = "people"\ntitle = "People who made the mark"',
    "kind": 'kind = "category"\ntitle = "Sticker, tick, pen or by hand"',
    "colour": 'kind = "category"\ntitle = "Colour"',
    "site": 'kind = "category"\ntitle = "The site it is about"',
    "group": 'kind = "category"\ntitle = "Which group of the workshop"',
    "sheet": 'kind = "category"\ntitle = "Sheet that it was made on"',
    "round": 'kind = "category"\ntitle = "Which round of the workshop"',
    "confidence": 'title = "How sure the reading is, 0 to 1"',
    "error_m": 'unit = "m"\ntitle = "95 of 100 marks lie nearer than this to where they were made"',
}
"""What is said of each column, if it holds anything."""


def described(geopackage: str, table: str, columns: Collection[str], *, agreed: bool) -> str:
    """Write the TOML of a layer of marks.

    Parameters
    ----------
    geopackage
        Name of the file, beside the TOML.
    table
        Which of its tables: ``points``, ``lines`` or ``areas``.
    columns
        Those that hold anything; others are not declared, since nobody could ask for them.
    agreed
        Whether those who made the marks agreed that counts per site are published.

    Examples
    --------
    >>> text = described("workshop.gpkg", "points", ["says"], agreed=False)
    >>> text.splitlines()[0], "[columns.says]" in text, "[columns.group]" in text
    ('title = "Marks of workshop"', True, False)
    """
    title = f"Marks of {PurePosixPath(geopackage).stem.replace('_', ' ')}{DRAWN[table]}"
    head = f"""title = {json.dumps(title, ensure_ascii=False)}
source = {json.dumps(geopackage, ensure_ascii=False)}
table = "{table}"
kind = "{KINDS[table]}"
id = "mark"
agreed = {str(agreed).lower()}
attribution = "People who came to the workshop"
notes = ["Marks on printed sheets: who came is not everybody."]
"""
    parts = [f"\n[columns.{name}]\n{text}\n" for name, text in COLUMNS.items() if name in columns]
    return head + "".join(parts)


def agreed_in(text: str, geopackage: str, table: str) -> bool | None:
    """Say what a file of ours says of agreement; None for one that a person has changed.

    Whoever only turned ``agreed`` to ``true`` has not changed it.

    Examples
    --------
    >>> text = described("workshop.gpkg", "areas", ["says", "people"], agreed=True)
    >>> agreed_in(text, "workshop.gpkg", "areas"), agreed_in(text + "#", "workshop.gpkg", "areas")
    (True, None)
    """
    columns = re.findall(r"^\[columns\.(\w+)\]$", text, flags=re.M)
    for agreed in (True, False):
        if text == described(geopackage, table, columns, agreed=agreed):
            return agreed
    return None
