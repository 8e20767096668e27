"""Review folders as scan writes them, and as people and spreadsheets leave them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siteplanner.marks.review import COLUMNS, MARKS, SHEETS
from siteplanner.sheets.sheet import Sheet

UTM = "EPSG:32618"
X, Y = 600_000.0, 500_000.0


def sheet(number: int = 3, *, crs: str = UTM, rows: int = 0) -> Sheet:
    """Give an A3 sheet at 1:10,000, 2,800 m by 2,240 m: a grid cell is 350 m by 280 m."""
    extent = None if rows else (X, Y, X + 2800.0, Y + 2240.0)
    return Sheet(
        "town", "micro_parks", number, "need", "0a1b2c3d", "A3", True, crs,
        (28.0, 30.0, 280.0, 224.0), extent, "en", rows,
    )  # fmt: skip


def row(mark: str = "s03-p1-001", **cells: object) -> dict[str, object]:
    """Give a row of ``marks.csv``: a green sticker that is kept, 1 km east and 800 m north."""
    usual = {
        "mark": mark, "keep": "yes", "kind": "sticker", "says": "green", "colour": "green",
        "site": "", "sheet": 3, "cell": "", "people": 1, "group": "", "round": "", "note": "",
        "photo": "IMG_0001.jpg", "confidence": 0.97, "error_m": 2.5,
        "geometry": f"POINT ({X + 1000:.2f} {Y + 800:.2f})",
    }  # fmt: skip
    return {**usual, **cells}


def by_hand(mark: str = "", **cells: object) -> dict[str, object]:
    """Give a row that somebody typed in: no photo, no geometry."""
    bare = {"photo": "", "confidence": "", "error_m": "", "geometry": "", "kind": "", "colour": ""}
    return row(mark, **{**bare, "says": "support", "cell": "C4", **cells})


def write_review(
    folder: Path, rows: list[dict[str, object]], sheets: list[Sheet] | None = None, **style: object
) -> Path:
    """Write a review folder; ``style`` goes to `pandas.DataFrame.to_csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(rows)
    columns = [*(one for one in COLUMNS if one in table), *(set(table) - set(COLUMNS))]
    settings = {"encoding": "utf-8-sig", "index": False, **style}
    table[sorted(columns, key=[*COLUMNS, *columns].index)].to_csv(folder / MARKS, **settings)
    codes = [{"sheet": one.number, "code": one.text()} for one in sheets or [sheet()]]
    pd.DataFrame(codes).to_csv(folder / SHEETS, index=False, encoding="utf-8-sig")
    return folder
