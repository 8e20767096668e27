"""Which sheet a photo shows; and whether it may be read at all, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from siteplanner.errors import InputError, Problem
from siteplanner.marks.codes import Seen, by_page, read_codes
from siteplanner.marks.flattening import Flat
from siteplanner.marks.known import Page
from siteplanner.marks.photos import Photo
from siteplanner.sheets.sheet import Sheet, project_tag

LEAST_MARKS = 6
MOST_RESIDUAL_MM = 0.5
DARK = 60.0
"""Paper darker than this (of 255) shows no colours."""
BLURRED = 0.13
"""A `sharpness` below this explains why nothing can be read."""
AGAIN = "lay it flat, with all of its black squares in the picture, and take the photo again"


@dataclass(frozen=True)
class Known:
    """What is known before a photo is opened.

    Parameters
    ----------
    project
        Name of the project the sheets have to belong to; empty for any.
    pages
        Printed pages, by `Sheet.tag`.
    sheets
        Sheets whose code was read in another photo, by `Sheet.tag`.
    """

    project: str = ""
    pages: Mapping[str, Page] = field(default_factory=dict)
    sheets: Mapping[str, Sheet] = field(default_factory=dict)


class CodeHiddenError(InputError):
    """The sheet is ours, but which one only its large code could say."""


def recognise(photo: Photo, grey: np.ndarray, known: Known) -> tuple[Sheet, tuple[Seen, ...]]:
    """Say which sheet a photo shows.

    Parameters
    ----------
    photo
        The photo, for its name.
    grey
        Its pixels, 0..255, shape (height, width).
    known
        What may be expected.

    Returns
    -------
    The sheet, and its codes in the photo.

    Raises
    ------
    InputError
        If it shows none, or one of another project or another version of the page.
    """
    pages = by_page(read_codes(grey))
    if not pages:
        raise refusal(photo, *_why_nothing(grey))
    tag, seen = next(iter(pages.items()))
    sheet = _sheet(tag, seen, known)
    projects = {one.project for one in seen} - {""}
    foreign = projects - {project_tag(known.project)} or (sheet and sheet.project != known.project)
    if known.project and foreign:
        whose = f"the project '{sheet.project:.40}'" if sheet else "another project"
        found = f"it shows a sheet of {whose}, not of '{known.project:.40}'"
        raise refusal(photo, found, "read it in its own project")
    if sheet is None:
        found = "the large code at its corner cannot be read, and its page is not known"
        todo = "keep the large code free, or say where its PDF is: --sheets FOLDER"
        raise CodeHiddenError([Problem(photo.name, "", found, todo)])
    _check_version(photo, sheet, known)
    if len(seen) < 2:
        raise refusal(photo, "only one of its black squares can be read", AGAIN)
    return sheet, seen


def check_flat(photo: Photo, flat: Flat) -> None:
    """Refuse a photo whose sheet cannot be laid flat.

    Raises
    ------
    InputError
        If fewer than six marks are to be seen, or more than 0.5 mm are left over on paper.
    """
    if len(flat.marks) < LEAST_MARKS:
        found = f"only {len(flat.marks)} of 9 black squares can be found; {LEAST_MARKS} are needed"
        raise refusal(photo, found, "take hands and things off the edge, and " + AGAIN)
    if flat.residual_mm > MOST_RESIDUAL_MM:
        found = (
            f"places on it are only known to {flat.residual_mm:.1f} mm of paper; "
            f"{MOST_RESIDUAL_MM} mm are needed"
        )
        raise refusal(photo, found, "smooth out folds and curls, or hold it flat under glass")


def check_light(photo: Photo, paper: float) -> None:
    """Refuse a photo in which white paper is too dark to show colours.

    Raises
    ------
    InputError
        If it is.
    """
    if paper < DARK:
        found = f"too dark: white paper is {paper:.0f} of 255"
        raise refusal(photo, found, "take it by a window or under a lamp, without flash")


def refusal(photo: Photo, found: str, todo: str) -> InputError:
    """Give the error that refuses one photo."""
    return InputError([Problem(photo.name, "", found, todo)])


def sharpness(grey: np.ndarray) -> float:
    """Give how sharp the sharpest edges are, 0 to 1: their width in pixels, turned round.

    Examples
    --------
    >>> edge = np.zeros((60, 60)); edge[:, 30:] = 255.0
    >>> sharpness(edge) > 0.3, sharpness(ndimage.gaussian_filter(edge, 4)) < 0.15
    (True, True)
    """
    fine = ndimage.gaussian_filter(grey.astype(np.float32), 0.5)
    slope = np.hypot(*np.gradient(fine))
    span = float(np.percentile(fine, 99) - np.percentile(fine, 1))
    steepest = float(np.percentile(slope, 99.8)) if slope.size else 0.0
    return steepest / span if span > 10 else 0.0


def _why_nothing(grey: np.ndarray) -> tuple[str, str]:
    """Say why no code can be read: too dark, too blurred, or no sheet."""
    bright = float(np.percentile(grey, 95))
    if bright < DARK:
        return (
            f"too dark: its lightest parts are {bright:.0f} of 255",
            "take it by a window or under a lamp, without flash",
        )
    if sharpness(grey) < BLURRED:
        return (
            "too blurred: no black square can be read",
            "hold the phone still, wait until the picture is sharp, and take it again",
        )
    return "it shows no sheet: none of the black squares is in it", AGAIN


def _sheet(tag: str, seen: tuple[Seen, ...], known: Known) -> Sheet | None:
    said = [one.sheet for one in seen if one.sheet is not None]
    if said:
        return said[0]
    if tag in known.sheets:
        return known.sheets[tag]
    return known.pages[tag].sheet if tag in known.pages else None


def _check_version(photo: Photo, sheet: Sheet, known: Known) -> None:
    """Refuse a sheet whose page is known only as it looks in another version."""
    if sheet.tag in known.pages:
        return

    def page_of(one: Sheet) -> tuple[str, str, int]:
        return one.project, one.scenario, one.number

    others = [page.sheet for page in known.pages.values() if page_of(page.sheet) == page_of(sheet)]
    if others:
        found = (
            f"printed from another version of the page: {sheet.version}, "
            f"and the page now is {others[0].version}"
        )
        raise refusal(photo, found, "say where the PDF it was printed from is: --sheets FOLDER")
