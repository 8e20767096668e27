"""Round stickers: spots of one colour, as wide as a disc and as round.

Thin pen lines are colour too, but an opening with a disc leaves nothing of them.  Spots that touch
are taken apart by laying discs of the sheet's usual size on them, the best first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy import ndimage, signal

from siteplanner.marks.hues import COLOURS, colour_of, hues_where, lightest, saturation

LEAST_SATURATION = 0.28
USUAL_MM = 8.0
"""Width of a sticker where a sheet does not show any that stands alone."""
NARROWEST_MM, WIDEST_MM = 4.6, 26.0
CORE_MM = 1.9
"""A spot has to hold a disc of this radius; pen strokes do not."""
ROUND = 0.86
"""Overlap with a disc, as a share of both together, that a lone sticker has."""
LEFT = 0.6
"""Share of a sticker that has to be left where a pen crosses it."""
HUE_SLACK_DEG = 9.0


@dataclass(frozen=True)
class Spot:
    """A sticker on the view.

    Parameters
    ----------
    x_mm, y_mm
        Its middle, from the upper left corner of the view, down and to the right.
    width_mm
        Its diameter.
    colour
        One of `COLOURS`.
    confidence
        0 to 1.
    note
        What a person should know: that it touched others.
    """

    x_mm: float
    y_mm: float
    width_mm: float
    colour: str
    confidence: float
    note: str = ""


def find_spots(
    balanced: np.ndarray, per_mm: float, inside: np.ndarray
) -> tuple[tuple[Spot, ...], np.ndarray]:
    """Find round stickers.

    Parameters
    ----------
    balanced
        The view with white paper at 1, shape (rows, columns, 3); NaN where nothing is seen.
    per_mm
        Pixels a millimetre.
    inside
        Where stickers may lie, shape (rows, columns).

    Returns
    -------
    The stickers, from the top; and where they lie, shape (rows, columns).
    """
    picture = ndimage.gaussian_filter(np.nan_to_num(balanced, nan=1.0), (0.22 * per_mm,) * 2 + (0,))
    picture = picture.clip(0, 1)
    strong = (saturation(picture) > LEAST_SATURATION) & (lightest(picture) > 0.15) & inside
    hues = hues_where(picture, strong)
    lone: list[Spot] = []
    joined: list[tuple[np.ndarray, tuple[slice, slice]]] = []
    for blob, where in _of_one_colour(strong, hues, per_mm):
        spot = _lone(blob, where, per_mm)
        if spot is None:
            joined.append((blob, where))
        else:
            lone.append(_coloured(spot, picture, hues, per_mm))
    lone = _each_once(lone)
    usual = float(np.median([spot.width_mm for spot in lone])) if len(lone) > 2 else USUAL_MM
    found = [_unusual(spot, usual) for spot in lone if spot.width_mm > 0.55 * usual]
    for blob, where in joined:
        apart = _apart(blob, where, per_mm, usual)
        found += [_coloured(spot, picture, hues, per_mm) for spot in apart]
    spots = _each_once(found)
    return tuple(sorted(spots, key=lambda spot: (spot.y_mm, spot.x_mm))), _covered(
        spots, strong.shape, per_mm
    )


def _of_one_colour(
    strong: np.ndarray, hues: np.ndarray, per_mm: float
) -> Iterable[tuple[np.ndarray, tuple[slice, slice]]]:
    """Give the parts of one colour that are more than strokes, each in its own box."""
    least = 0.7 * np.pi * (CORE_MM * per_mm) ** 2
    labels, _ = ndimage.label(strong)
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        here = labels[box] == number
        if min(here.shape) < 2 * CORE_MM * per_mm or here.sum() < least:
            continue
        for place in range(len(COLOURS)):
            mask = here & _near_hue(hues[box], place)
            if mask.sum() < least:
                continue
            for blob, where in _blobs(mask, per_mm):
                rows, columns = (
                    slice(inner.start + outer.start, inner.stop + outer.start)
                    for inner, outer in zip(where, box, strict=True)
                )
                yield blob, (rows, columns)


def _near_hue(hues: np.ndarray, place: int) -> np.ndarray:
    """Say where a colour may be: its own hues and a little beyond."""
    near: np.ndarray = colour_of(hues) == place
    for step in (-HUE_SLACK_DEG, HUE_SLACK_DEG):
        near |= colour_of((hues + step) % 360) == place
    return near


def _blobs(mask: np.ndarray, per_mm: float) -> Iterable[tuple[np.ndarray, tuple[slice, slice]]]:
    """Give what is left of a mask once strokes are gone, each part in its own box."""
    if not mask.any():
        return
    mended = ndimage.binary_closing(np.pad(mask, 4), _disc(0.45 * per_mm))[4:-4, 4:-4]
    padded = np.pad(mended, 1)
    core = ndimage.distance_transform_edt(padded)[1:-1, 1:-1] > CORE_MM * per_mm
    if not core.any():
        return
    opened = ndimage.distance_transform_edt(~core) <= CORE_MM * per_mm
    labels, _ = ndimage.label(opened & mended)
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        where = rows, columns
        blob = labels[where] == number
        if (mask[where] & blob).sum() > 0.8 * blob.sum():
            yield blob, where


def _lone(blob: np.ndarray, where: tuple[slice, slice], per_mm: float) -> Spot | None:
    area = float(blob.sum())
    width = 2 * np.sqrt(area / np.pi)
    if not NARROWEST_MM <= width / per_mm <= WIDEST_MM:
        return None
    y, x = ndimage.center_of_mass(blob)
    rows, columns = np.mgrid[: blob.shape[0], : blob.shape[1]]
    disc = np.hypot(rows - y, columns - x) <= width / 2
    fit = float((blob & disc).sum() / (blob | disc).sum())
    if fit < ROUND:
        return None
    middle = (where[1].start + x + 0.5) / per_mm, (where[0].start + y + 0.5) / per_mm
    return Spot(*middle, width / per_mm, "", min(1.0, 0.25 + 0.8 * fit))


def _unusual(spot: Spot, usual_mm: float) -> Spot:
    """Trust a spot less that is much larger than the others: a finger's tip, or a coin."""
    if spot.width_mm < 1.6 * usual_mm:
        return spot
    return replace(spot, confidence=0.35 * spot.confidence, note="larger than the others")


def _apart(
    blob: np.ndarray, where: tuple[slice, slice], per_mm: float, usual_mm: float
) -> list[Spot]:
    """Lay discs of the usual size on a part that is not round, the best first."""
    whole = _bitten(blob, where, per_mm, usual_mm)
    if whole is not None:
        return [whole]
    disc = _disc(usual_mm / 2 * per_mm)
    pad = disc.shape[0] // 2 + 1
    part = np.pad(blob, pad)
    if part.sum() > 60 * disc.sum() or part.sum() < 0.5 * disc.sum():
        return []
    left = part.copy()
    rim = _disc((usual_mm / 2 + 0.8) * per_mm)
    inner = np.pad(disc, (rim.shape[0] - disc.shape[0]) // 2)
    rim &= ~inner
    beyond = signal.fftconvolve(part.astype(float), rim, "same") / rim.sum()
    found = []
    while left.sum() > 0.4 * disc.sum():
        within = signal.fftconvolve(part.astype(float), disc, "same") / disc.sum()
        fresh = signal.fftconvolve(left.astype(float), disc, "same") / disc.sum()
        score = np.where(within > 0.8, fresh, 0) * within - 0.4 * beyond
        y, x = np.unravel_index(int(score.argmax()), score.shape)
        if fresh[y, x] < 0.4 or within[y, x] <= 0.8:
            break
        rows, columns = np.mgrid[: part.shape[0], : part.shape[1]]
        left &= np.hypot(rows - y, columns - x) > usual_mm / 2 * per_mm * 1.06
        found.append((float(x), float(y), float(fresh[y, x] * within[y, x])))
    explained = 1 - left.sum() / part.sum()
    if not found or explained < 0.7:
        return []
    found = _settled(found, part, usual_mm / 2 * per_mm)
    if ndimage.distance_transform_edt(part).max() > 0.75 * usual_mm * per_mm:
        explained *= 0.4  # far wider than a sticker: a finger, or something painted over
    note = f"touches another: {len(found)} taken apart" if len(found) > 1 else "not quite round"
    corner = np.array([where[1].start - pad + 0.5, where[0].start - pad + 0.5])
    return [
        Spot(
            (x + corner[0]) / per_mm,
            (y + corner[1]) / per_mm,
            usual_mm,
            "",
            0.75 * explained * got,
            note,
        )
        for x, y, got in found
    ]


def _bitten(
    blob: np.ndarray, where: tuple[slice, slice], per_mm: float, usual_mm: float
) -> Spot | None:
    """Give the sticker that a pen crosses, or something covers in part, by the rest of its rim.

    The corners of the convex hull lie on the rim that is left; the circle through them is that of
    I. Kåsa, "A circle fitting procedure and its error analysis", IEEE Trans. IM-25, 1976.
    """
    rows, columns = np.nonzero(blob & ~ndimage.binary_erosion(blob))
    hull = shapely.MultiPoint(np.stack([columns, rows], 1) + 0.5).convex_hull.buffer(0.5)
    rim = shapely.get_coordinates(hull)
    x, y, rest = np.linalg.lstsq(
        np.column_stack([2 * rim, np.ones(len(rim))]), (rim**2).sum(1), rcond=None
    )[0]
    radius = float(np.sqrt(max(rest + x * x + y * y, 0.0)))
    off = np.hypot(*(rim - [x, y]).T) - radius
    if not 0.8 * usual_mm < 2 * radius / per_mm < 1.2 * usual_mm or off.std() > 0.35 * per_mm:
        return None
    full = float(blob.sum() / (np.pi * radius**2))
    if not LEFT < full < 1.05:
        return None
    across, down = float(where[1].start + x) / per_mm, float(where[0].start + y) / per_mm
    note = "written over, or not quite round"
    return Spot(across, down, 2 * radius / per_mm, "", 0.85 * min(full, 1.0), note)


def _settled(
    found: list[tuple[float, float, float]], part: np.ndarray, radius: float
) -> list[tuple[float, float, float]]:
    """Let every disc move to the middle of the pixels that are nearest to it."""
    rows, columns = np.nonzero(part)
    for _ in range(4):
        away = np.stack([np.hypot(columns - x, rows - y) for x, y, _ in found])
        nearest = away.argmin(0)
        moved = []
        for place, (x, y, score) in enumerate(found):
            own = (nearest == place) & (away[place] < 1.3 * radius)
            middle = (columns[own].mean(), rows[own].mean()) if own.any() else (x, y)
            moved.append((float(middle[0]), float(middle[1]), score))
        found = moved
    return found


def _coloured(spot: Spot, picture: np.ndarray, hues: np.ndarray, per_mm: float) -> Spot:
    """Name a spot's colour by the hue of its middle part."""
    reach = max(1, round(0.3 * spot.width_mm * per_mm))
    y, x = round(spot.y_mm * per_mm - 0.5), round(spot.x_mm * per_mm - 0.5)
    rows = slice(max(0, y - reach), y + reach + 1)
    columns = slice(max(0, x - reach), x + reach + 1)
    strength = saturation(picture[rows, columns])
    known = hues[rows, columns]
    turns = np.exp(1j * np.radians(known[np.isfinite(known)]))
    hue = float(np.degrees(np.angle(turns.mean()))) % 360 if turns.size else 0.0
    place = int(colour_of(np.array(hue)))
    sure = float(np.mean([int(colour_of(np.array((hue + by) % 360))) == place for by in (-5, 5)]))
    confidence = spot.confidence * (0.8 + 0.2 * sure) * min(1.0, float(np.median(strength)) / 0.35)
    return replace(spot, colour=COLOURS[place], confidence=round(min(confidence, 0.99), 2))


def _each_once(spots: list[Spot]) -> list[Spot]:
    """Keep the surer of two spots that cover each other: a colour between two names."""
    kept: list[Spot] = []
    for spot in sorted(spots, key=lambda one: (-one.confidence, one.y_mm, one.x_mm)):
        apart = [np.hypot(spot.x_mm - one.x_mm, spot.y_mm - one.y_mm) for one in kept]
        widths = [min(spot.width_mm, one.width_mm) for one in kept]
        if all(away > 0.5 * width for away, width in zip(apart, widths, strict=True)):
            kept.append(spot)
    return kept


def _covered(spots: Iterable[Spot], shape: tuple[int, ...], per_mm: float) -> np.ndarray:
    covered = np.zeros(shape, dtype=bool)
    for spot in spots:
        reach = (spot.width_mm / 2 + 0.8) * per_mm
        y, x = spot.y_mm * per_mm - 0.5, spot.x_mm * per_mm - 0.5
        rows = slice(max(0, int(y - reach)), int(y + reach) + 2)
        columns = slice(max(0, int(x - reach)), int(x + reach) + 2)
        down, across = np.mgrid[rows, columns]
        part = covered[rows, columns]
        part |= (np.hypot(down - y, across - x) <= reach)[: part.shape[0], : part.shape[1]]
    return covered


def _disc(radius: float) -> np.ndarray:
    reach = int(np.ceil(radius))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    given: np.ndarray = np.hypot(rows, columns) <= radius
    return given
