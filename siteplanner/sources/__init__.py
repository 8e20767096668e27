"""Layers read from their files, checked at the door, every mended row counted.

`read` turns one `siteplanner.model.Layer` into a `Source`; `read_all` does so for a
project, tables after the layers they take their geometry from, and says all problems of
all layers at once.
"""

from siteplanner.sources.matching import Matching
from siteplanner.sources.reading import look_at_join, read
from siteplanner.sources.source import Raster, Source
from siteplanner.sources.together import read_all, read_those_that_can
from siteplanner.sources.where import select, unmatched

__all__ = [
    "Matching",
    "Raster",
    "Source",
    "look_at_join",
    "read",
    "read_all",
    "read_those_that_can",
    "select",
    "unmatched",
]
