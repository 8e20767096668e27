"""Colours by name, seen on white paper."""

from __future__ import annotations

import numpy as np

COLOURS = ("red", "orange", "yellow", "green", "blue", "violet", "pink")
_UPPER_EDGES = np.array([14.0, 40.0, 70.0, 168.0, 250.0, 292.0, 344.0])
"""Where each hue ends, in degrees of the colour wheel; red goes on beyond the last."""


def saturation(picture: np.ndarray) -> np.ndarray:
    """Give how strong the colour is, 0 for grey to 1; shape without the channels."""
    high = lightest(picture)
    red, green, blue = np.moveaxis(picture, -1, 0)
    low = np.minimum(np.minimum(red, green), blue)
    given: np.ndarray = (high - low) / np.maximum(high, 0.12)
    return given


def lightest(picture: np.ndarray) -> np.ndarray:
    """Give the largest of the three channels."""
    red, green, blue = np.moveaxis(picture, -1, 0)
    given: np.ndarray = np.maximum(np.maximum(red, green), blue)  # faster than a maximum by axis
    return given


def hues_where(picture: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Give the hue in degrees where it is wanted, NaN elsewhere."""
    hues = np.full(where.shape, np.nan, dtype=np.float32)
    hues[where] = hue_deg(picture[where])
    return hues


def hue_deg(picture: np.ndarray) -> np.ndarray:
    """Give the hue in degrees, 0 red, 120 green, 240 blue.

    Examples
    --------
    >>> hue_deg(np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1]])).tolist()
    [0.0, 60.0, 240.0]
    """
    red, green, blue = np.moveaxis(picture, -1, 0)
    # Preucil's hexagon: the direction of the colour in the plane across the greys
    across, up = red - (green + blue) / 2, np.sqrt(3) / 2 * (green - blue)
    given: np.ndarray = np.degrees(np.arctan2(up, across)) % 360
    return given.round(9) % 360


def colour_of(hue: np.ndarray) -> np.ndarray:
    """Give the place in `COLOURS` of a hue.

    Examples
    --------
    >>> [COLOURS[place] for place in colour_of(np.array([355.0, 50.0, 130.0, 215.0]))]
    ['red', 'yellow', 'green', 'blue']
    """
    places: np.ndarray = np.digitize(hue, _UPPER_EDGES) % len(COLOURS)
    return places
