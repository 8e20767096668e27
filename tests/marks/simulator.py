"""Photos of sheets that people wrote on, whose truth is known.

A page is printed, written on in millimetres of paper, and photographed: a pinhole camera with a
little lens distortion looks at it from the side, the paper may be curled or folded, light is
uneven and coloured, and the picture is blurred, noisy and saved as JPEG.  Light is added up in
linear light, as a lens does, and only then made into a picture.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from siteplanner.sheets.sheet import Sheet

PER_MM = {"A4": 9.0, "A3": 6.0, "A1": 4.0}
STICKERS = {
    "red": (214, 40, 45),
    "green": (40, 155, 72),
    "blue": (28, 92, 188),
    "yellow": (244, 212, 32),
    "orange": (240, 130, 30),
    "pink": (236, 110, 170),
}
FOUR = ("red", "green", "blue", "yellow")
PENS = ((28, 30, 110), (25, 25, 28), (170, 30, 40), (20, 110, 60))
"""Ballpoint pens: blue, black, red, green."""

FELT = {
    "red": (205, 40, 50), "green": (40, 150, 72), "blue": (30, 90, 190), "black": (22, 22, 24),
}  # fmt: skip
"""Felt pens."""


@dataclass(frozen=True)
class Dot:
    """A sticker on paper: centre and diameter in millimetres from the lower left corner."""

    x_mm: float
    y_mm: float
    colour: str
    width_mm: float = 8.0


@dataclass
class Written:
    """What people put on one sheet."""

    dots: list[Dot] = field(default_factory=list)
    lines: list[tuple[np.ndarray, tuple[int, int, int], float]] = field(default_factory=list)
    """Points in mm, shape (n, 2); colour; width in mm."""


class Drawn(NamedTuple):
    """A thick stroke as it was meant: an area or a line, its colour, its shape on paper in mm."""

    kind: str
    colour: str
    shape_mm: BaseGeometry


@dataclass(frozen=True)
class Camera:
    """How a photo is taken."""

    width_px: int = 1600
    jpeg: int = 70
    tilt_deg: float = 8.0
    """Up to this much, in any direction; with ``exact_tilt`` always this much."""
    exact_tilt: bool = False
    turn_deg: float = 4.0
    curl_mm: float = 0.0
    fold_deg: float = 0.0
    """Each half of the sheet leans this much, about a fold across its middle."""
    lens: float = 0.004
    light: float = 0.30
    """How much darker the darkest corner is."""
    cast: float = 0.12
    """How far the colours of light may lie apart; warm to cold."""
    shadow: float = 0.0
    hand: bool = False
    blur_px: float = 0.9
    noise: float = 4.0
    exposure: float = 0.92
    copied: bool = False
    """The page went through a photocopier before people wrote on it."""
    fill: float = 0.9
    """Share of the picture that the sheet takes."""


class Shot(NamedTuple):
    """A photo, and the truth: the way from millimetres of paper to its pixels."""

    jpeg: bytes
    onto: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def printed(pdf: Path, paper: str) -> np.ndarray:
    """Render the first page of a PDF; grey 0..1, first row at the top."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    bitmap = document[0].render(scale=PER_MM[paper] * 25.4 / 72, grayscale=True)
    page = np.asarray(bitmap.to_numpy(), dtype=np.float32) / 255
    document.close()
    return page.reshape(page.shape[0], page.shape[1])


def scatter(
    sheet: Sheet, rng: np.random.Generator, *, dots: int = 40, width_mm: float = 8.0,
    apart_mm: float = 8.5, colours: tuple[str, ...] = FOUR, scribbles: int = 25,
) -> Written:  # fmt: skip
    """Put dots and thin pen notes on a sheet, anywhere inside its frame."""
    left, bottom, width, height = sheet.frame_mm
    edge = width_mm / 2 + 1
    written = Written()
    while len(written.dots) < dots:
        x = rng.uniform(left + edge, left + width - edge)
        y = rng.uniform(bottom + edge, bottom + height - edge)
        near = [np.hypot(x - dot.x_mm, y - dot.y_mm) for dot in written.dots]
        if all(one > apart_mm for one in near):
            colour = colours[len(written.dots) % len(colours)]
            written.dots.append(Dot(x, y, colour, width_mm))
    for _ in range(scribbles):
        start = rng.uniform([left + 5, bottom + 5], [left + width - 5, bottom + height - 5])
        if rng.random() < 0.5:  # a wandering line
            points = start + np.cumsum(rng.normal(0, 2.5, (12, 2)), 0)
        else:  # a few words
            across = np.linspace(0, rng.uniform(12, 30), 60)
            points = start + np.stack(
                [across, 1.6 * np.sin(across * 2.6 + rng.normal(0, 0.4, 60))], 1
            )
        colour = PENS[rng.choice(4, p=[0.4, 0.4, 0.1, 0.1])]
        written.lines.append((points, colour, float(rng.uniform(0.4, 0.8))))
    return written


def thick(sheet: Sheet, rng: np.random.Generator) -> tuple[Written, list[Drawn]]:
    """Draw outlines and lines with felt pens, each in its own part of the sheet, and thin notes."""
    left, bottom, width, height = sheet.frame_mm
    across, up = 4, 3
    cell = np.array([width / across, height / up])
    written, drawn = scatter(sheet, rng, dots=0, scribbles=12), []
    for place in range(across * up):
        middle = np.array([left, bottom]) + cell * [place % across + 0.5, place // across + 0.5]
        colour = FELT[rng.choice(list(FELT))] if place % 6 else FELT["black"]
        name = next(key for key, ink in FELT.items() if ink == colour)
        pen_mm = float(rng.uniform(2.0, 3.5))
        if place % 2:
            turn = np.linspace(0, rng.uniform(6.1, 6.28), 50) + rng.uniform(0, 6.28)
            reach = 0.36 * cell * rng.uniform(0.6, 1, 2)
            wave = 1 + 0.12 * np.sin(3 * turn + rng.uniform(0, 6.28))
            points = middle + np.stack([np.cos(turn), np.sin(turn)], 1) * reach * wave[:, None]
            drawn.append(Drawn("area", name, Polygon(points)))
        else:
            along = np.linspace(-0.4, 0.4, 20)
            bend = 0.15 * np.sin(along * rng.uniform(3, 9) + rng.uniform(0, 6.28))
            points = middle + np.stack([along, bend], 1) * cell
            drawn.append(Drawn("line", name, LineString(points)))
        written.lines.append((points, colour, pen_mm))
    return written, drawn


def tick(box, rng: np.random.Generator, colour=PENS[1], width_mm: float = 0.6):
    """Draw a tick or a cross by hand into a box."""
    size, jitter = box.size_mm, lambda: rng.normal(0, 0.35, 2)
    centre = np.array([box.x_mm, box.y_mm])
    if rng.random() < 0.5:
        shape = np.array([[-0.4, 0.0], [-0.1, -0.35], [0.55, 0.6]]) * size
        return [(centre + shape + [jitter() for _ in shape], colour, width_mm)]
    strokes = (
        np.array([[-0.4, -0.4], [0.4, 0.4]]) * size,
        np.array([[-0.4, 0.4], [0.4, -0.4]]) * size,
    )
    return [(centre + stroke + [jitter(), jitter()], colour, width_mm) for stroke in strokes]


def photograph(
    page: np.ndarray, sheet: Sheet, written: Written, rng: np.random.Generator, camera: Camera
) -> Shot:
    """Take a photo."""
    per_mm = PER_MM[sheet.paper]
    paper = _write(_print(page, rng, copied=camera.copied), sheet, written, rng, per_mm)
    shape, x_mm, y_mm, onto = _look(sheet, rng, camera)
    linear = _to_linear(paper)
    seen_per_mm = np.abs(np.linalg.det(_jacobian(onto, sheet))) ** 0.5
    sigma = 0.45 * per_mm / seen_per_mm
    where = np.stack([(sheet.size_mm[1] - y_mm) * per_mm - 0.5, x_mm * per_mm - 0.5])
    table = _table(shape, rng)
    view = np.empty((*shape, 3), np.float32)
    on_paper = (where[0] > -1) & (where[0] < page.shape[0]) & (where[1] > -1)
    on_paper &= where[1] < page.shape[1]
    for channel in range(3):
        soft = ndimage.gaussian_filter(linear[..., channel], sigma)
        seen = ndimage.map_coordinates(soft, where, order=1, mode="nearest")
        view[..., channel] = np.where(on_paper, seen, table[..., channel])
    if camera.hand:
        _hand(view, sheet, onto, rng)
    view *= _light(shape, rng, camera)[..., None] * _colour_of_light(rng, camera)
    view = ndimage.gaussian_filter(view, (camera.blur_px, camera.blur_px, 0))
    picture = _to_picture(view) * 255 + rng.normal(0, camera.noise, view.shape)
    out = io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=camera.jpeg)
    return Shot(out.getvalue(), onto)


def _print(page: np.ndarray, rng: np.random.Generator, *, copied: bool) -> np.ndarray:
    """Put toner on paper: never quite black, never quite white; a copy loses its greys."""
    if copied:
        page = ndimage.gaussian_filter(page, 0.8)
        page = 1 / (1 + np.exp(-(page - 0.72) * 9))
        page = (page - page.min()) / (page.max() - page.min())
        page = page - (rng.random(page.shape) < 0.0004) * 0.6
    return (0.07 + 0.88 * page.clip(0, 1)).astype(np.float32)


def _write(page, sheet: Sheet, written: Written, rng, per_mm: float) -> np.ndarray:
    """Draw lines and stickers on the printed page, at twice its fineness round each of them."""
    height = sheet.size_mm[1]
    paper = np.repeat(page[..., None], 3, 2)
    under, over = written.lines[::2], written.lines[1::2]

    def px(points: np.ndarray) -> np.ndarray:
        return np.stack([points[:, 0], height - points[:, 1]], 1) * per_mm

    def lines(some) -> None:
        for points, colour, width_mm in some:
            where = px(np.asarray(points, float))
            pad = width_mm * per_mm + 3
            low = np.floor(where.min(0) - pad).astype(int).clip(0)
            high = np.ceil(where.max(0) + pad).astype(int)
            mask = Image.new("L", tuple(int(side) for side in (high - low) * 3), 0)
            pen = ImageDraw.Draw(mask)
            track = [tuple(point) for point in (where - low) * 3]
            thick = max(1, round(width_mm * per_mm * 3))
            pen.line(track, fill=255, width=thick, joint="curve")
            for x, y in track:
                pen.ellipse([x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2], fill=255)
            cover = np.asarray(
                mask.resize(tuple(int(side) for side in high - low), Image.Resampling.BOX)
            )
            _blend(paper, cover / 255 * 0.93, low, colour)

    lines(under)
    for dot in written.dots:
        centre = px(np.array([[dot.x_mm, dot.y_mm]]))[0]
        radius = dot.width_mm / 2 * per_mm
        low = np.floor(centre - radius - 3).astype(int).clip(0)
        high = np.ceil(centre + radius + 3).astype(int)
        ys, xs = np.mgrid[low[1] : high[1], low[0] : high[0]] + 0.5
        cover = (radius - np.hypot(xs - centre[0], ys - centre[1]) + 0.5).clip(0, 1)
        shade = np.array(STICKERS[dot.colour]) * rng.uniform(0.93, 1.05)
        _blend(paper, cover, low, tuple(shade.clip(0, 255)))
    lines(over)
    return paper


def _blend(paper, cover, low, colour) -> None:
    rows, columns = slice(low[1], low[1] + cover.shape[0]), slice(low[0], low[0] + cover.shape[1])
    part = paper[rows, columns]
    cover = cover[: part.shape[0], : part.shape[1], None]
    part[...] = part * (1 - cover) + np.array(colour, np.float32) / 255 * cover


def _look(sheet: Sheet, rng: np.random.Generator, camera: Camera):
    """Give the picture's shape, which point of paper each pixel sees, and the way onto it."""
    wide, high = sheet.size_mm
    width = camera.width_px
    shape = (width * 3 // 4, width) if wide >= high else (width, width * 3 // 4)
    focal = 0.78 * width
    tilt = np.radians(camera.tilt_deg) * (1.0 if camera.exact_tilt else rng.uniform(0.2, 1))
    towards, turn = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(-1, 1) * camera.turn_deg)
    axis = np.array([np.cos(towards), np.sin(towards), 0])
    rotate = _rotation(axis, tilt) @ _rotation(np.array([0, 0, 1.0]), turn)
    waves = rng.uniform(-0.5, 0.5, 2)

    def bend(x, y):
        """Give where a point of paper lies in space, mm from the middle of the sheet."""
        u, v = x - wide / 2, high / 2 - y
        if camera.curl_mm:
            v = v + camera.curl_mm * np.sin(x / wide * np.pi * 1.5 + waves[0])
            u = u + camera.curl_mm * 0.5 * np.sin(y / high * np.pi * 1.2 + waves[1])
        z = np.zeros_like(u)
        if camera.fold_deg:
            lean = np.radians(camera.fold_deg)
            z, u = -np.abs(u) * np.sin(lean), u * np.cos(lean)
        return np.stack([u, v, z], -1)

    def project(x, y, distance, shift):
        space = bend(np.asarray(x, float), np.asarray(y, float)) @ rotate.T
        depth = space[..., 2] + distance
        across = focal * space[..., 0] / depth + shift[0]
        down = focal * space[..., 1] / depth + shift[1]
        swell = 1 + camera.lens * ((across / width * 2) ** 2 + (down / width * 2) ** 2)
        return across * swell + shape[1] / 2, down * swell + shape[0] / 2

    rim = np.array([[0, 0], [wide, 0], [wide, high], [0, high], [wide / 2, 0], [wide / 2, high]])
    distance, shift = focal * wide / shape[1], np.zeros(2)
    for _ in range(12):
        x, y = project(rim[:, 0], rim[:, 1], distance, shift)
        size = max(np.ptp(x) / shape[1], np.ptp(y) / shape[0])
        distance *= size / camera.fill
        shift += [shape[1] / 2 - (x.max() + x.min()) / 2, shape[0] / 2 - (y.max() + y.min()) / 2]

    def onto(x, y):
        return project(x, y, distance, shift)

    x_mm, y_mm = _invert(onto, shape, sheet)
    return shape, x_mm, y_mm, onto


def _invert(onto, shape, sheet: Sheet, every: int = 6):
    """Find which point of paper each pixel sees, by steps on a coarse lattice of pixels."""
    wide, high = sheet.size_mm
    rows, columns = np.arange(0, shape[0] + every, every), np.arange(0, shape[1] + every, every)
    down, across = np.meshgrid(rows + 0.5, columns + 0.5, indexing="ij")
    inverse = np.linalg.inv(_jacobian(onto, sheet))
    middle = np.array(onto(wide / 2, high / 2))
    start = (np.stack([across, down], -1) - middle) @ inverse.T
    x, y = start[..., 0] + wide / 2, start[..., 1] + high / 2
    for _ in range(60):
        seen = np.stack(onto(x, y), -1)
        step = (np.stack([across, down], -1) - seen) @ inverse.T * 0.8
        x, y = (x + step[..., 0]).clip(-wide, 2 * wide), (y + step[..., 1]).clip(-high, 2 * high)
    fine = np.mgrid[0 : shape[0], 0 : shape[1]] / every
    return (ndimage.map_coordinates(side, fine, order=1) for side in (x, y))


def _jacobian(onto, sheet: Sheet) -> np.ndarray:
    x, y = sheet.size_mm[0] / 2 + 1, sheet.size_mm[1] / 2
    at = np.array(onto(x, y))
    return np.stack([np.array(onto(x + 1, y)) - at, np.array(onto(x, y + 1)) - at], 1)


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _table(shape, rng) -> np.ndarray:
    """Give the table that the sheet lies on: wood, in linear light."""
    grain = ndimage.gaussian_filter(rng.normal(0, 1, shape), (1, 40))
    wood = np.array([0.30, 0.20, 0.12]) * rng.uniform(0.5, 1.4)
    return (wood * (1 + 1.5 * grain[..., None])).clip(0, 1).astype(np.float32)


def _light(shape, rng, camera: Camera) -> np.ndarray:
    down, across = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    lamp = rng.uniform([0.15, 0.15], [0.85, 0.85]) * shape
    far = np.hypot(down - lamp[0], across - lamp[1]) / np.hypot(*shape)
    light = 1 - camera.light * 1.8 * (far / 0.75).clip(0, 1) ** 2
    if camera.shadow:
        angle, at = rng.uniform(0, 2 * np.pi), rng.uniform(-0.15, 0.15) * shape[1]
        side = (across - shape[1] / 2) * np.cos(angle) + (down - shape[0] / 2) * np.sin(angle) - at
        light *= 1 - camera.shadow / (1 + np.exp(-side / (0.006 * shape[1])))
    return (camera.exposure * light).clip(0.02, 2)


def _colour_of_light(rng, camera: Camera) -> np.ndarray:
    warmth = rng.uniform(-1, 1) * camera.cast
    return np.array([1 + warmth, 1.0, 1 - warmth * 1.4], np.float32)


def _hand(view, sheet: Sheet, onto, rng) -> None:
    """Lay four fingers over one corner of the sheet."""
    wide, high = sheet.size_mm
    x, y = rng.choice([0, wide]), rng.choice([0, high])
    inward = np.arctan2(high / 2 - y, wide / 2 - x)
    picture = Image.new("L", view.shape[1::-1], 0)
    pen = ImageDraw.Draw(picture)
    reach = 0.16 * max(wide, high)
    for finger in range(4):
        angle = inward + (finger - 1.5) * 0.18
        tip = np.array([x, y]) + reach * (0.8 + 0.2 * rng.random()) * np.array(
            [np.cos(angle), np.sin(angle)]
        )
        side = np.array([-np.sin(inward), np.cos(inward)]) * (finger - 1.5) * 17
        root = np.array([x, y]) + side - 40 * np.array([np.cos(inward), np.sin(inward)])
        ends = [tuple(float(value) for value in onto(*point)) for point in (root, tip + side)]
        thick = abs(np.linalg.det(_jacobian(onto, sheet))) ** 0.5 * 15
        pen.line(ends, fill=255, width=round(thick))
        pen.ellipse(
            [
                ends[1][0] - thick / 2,
                ends[1][1] - thick / 2,
                ends[1][0] + thick / 2,
                ends[1][1] + thick / 2,
            ],
            fill=255,
        )
    mask = np.asarray(picture, np.float32)[..., None] / 255
    skin = np.array([0.52, 0.29, 0.19], np.float32) * rng.uniform(0.5, 1.2)
    rough = 1 + 0.10 * ndimage.gaussian_filter(rng.normal(0, 1, view.shape[:2]), 6) * 12
    hand = skin * rough.clip(0.6, 1.3)[..., None].astype(np.float32)
    view[...] = view * (1 - mask) + hand * mask


def _to_linear(picture: np.ndarray) -> np.ndarray:
    return np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def _to_picture(linear: np.ndarray) -> np.ndarray:
    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def but(camera: Camera = Camera(), **changes) -> Camera:
    """Give a camera that differs in a few ways."""
    return replace(camera, **changes)
