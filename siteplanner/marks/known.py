"""Pages as they were printed: found by their codes, so that they can be taken off a photo."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siteplanner.marks.viewing import pixels_of
from siteplanner.sheets.sheet import Sheet, parse

LIST = "sheets.json"
"""What `siteplanner sheets` writes beside its PDFs."""


@dataclass(frozen=True)
class Page:
    """A printed page: what it is, its PDF, and the sites of a question sheet's rows."""

    sheet: Sheet
    path: Path
    sites: tuple[str, ...] = ()


def find_pages(folders: Iterable[Path]) -> dict[str, Page]:
    """Look for printed pages.

    Every PDF says under "subject" what its large code says.  A file that cannot be read, or is
    something else, is passed over: it only means that its page is not known.

    Parameters
    ----------
    folders
        Where PDFs lie; what is not there is passed over.

    Returns
    -------
    Pages by `Sheet.tag`.
    """
    found: dict[str, Page] = {}
    for folder in folders:
        rows = _listed(folder)
        for path in sorted(folder.glob("*.pdf")) if folder.is_dir() else ():
            sheet = _sheet_of(path)
            if sheet is not None:
                found.setdefault(sheet.tag, Page(sheet, path, rows.get(sheet.text(), ())))
    return found


def rendered(page: Page, per_mm: float) -> np.ndarray:
    """Draw a page as pixels, 0 black to 1 white; first row at the top."""
    import pypdfium2

    document = pypdfium2.PdfDocument(page.path)
    try:
        picture = document[0].render(scale=per_mm * 25.4 / 72, grayscale=True).to_numpy()
        grey = np.array(picture, dtype=np.float32) / 255
    finally:
        document.close()
    rows, columns = pixels_of(page.sheet, per_mm)
    exact = np.ones((rows, columns), dtype=np.float32)  # a renderer rounds the paper up
    grey = grey.reshape(grey.shape[:2])[:rows, :columns]
    exact[: grey.shape[0], : grey.shape[1]] = grey
    return exact


def _sheet_of(path: Path) -> Sheet | None:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        try:
            return parse(str(document.get_metadata_value("Subject")))
        finally:
            document.close()
    except (pypdfium2.PdfiumError, ValueError, OSError):
        return None


def _listed(folder: Path) -> dict[str, tuple[str, ...]]:
    """Give the sites of each page's rows, by its code, where the list beside the PDFs says them."""
    try:
        about = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return {str(one["code"]): tuple(map(str, one["sites"])) for one in about["sheets"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
