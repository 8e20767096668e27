"""The review folder: what was read from photos, for a person to look through before it counts.

::

    layers/workshop_2026.review/
    ├── marks.csv          one row a mark; set keep to no where it is wrong, add rows by hand
    ├── sheets.csv         one row a sheet: its number and its code, which tells where it lies
    ├── photos.csv         one row a photo: read or refused, and why
    └── <photo>.jpg        each photo laid flat, its marks numbered; nothing but the sheet

All tables are UTF-8 with a byte order mark and commas, so that spreadsheets open them.  The columns
of ``marks.csv`` are `COLUMNS`, in this order.
"""

from __future__ import annotations

MARKS, SHEETS, PHOTOS = "marks.csv", "sheets.csv", "photos.csv"
COLUMNS = (
    "mark",  # s03-p2-017: sheet, copy of it, running number
    "keep",  # yes or no
    "kind",  # sticker, tick, area, line, cell
    "says",  # support, objection, needed, note, … or the colour until somebody says what it means
    "colour",  # red, orange, yellow, green, blue, violet, pink, black
    "site",  # for ticks
    "sheet",  # its number
    "cell",  # C4
    "people",  # 1
    "group",
    "round",
    "note",
    "photo",  # file name only
    "confidence",  # 0 to 1
    "error_m",  # 95 of 100 lie nearer to the truth
    "geometry",  # well-known text in the sheet's coordinate system
)
SHEET_COLUMNS = ("sheet", "code")
PHOTO_COLUMNS = ("photo", "state", "sheet", "found", "residual_mm", "reason")
