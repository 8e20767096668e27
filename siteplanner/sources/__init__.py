"""Layers read from their files, checked at the door, every mended row counted.

`read` turns one `siteplanner.model.Layer` into a `Source`; `read_all` does so for a
project, tables after the layers they take their geometry from, and says all problems of
all layers at once.
"""

from siteplanner.sources.reading import read, read_all
from siteplanner.sources.source import Raster, Source
from siteplanner.sources.where import select, unmatched

__all__ = ["Raster", "Source", "read", "read_all", "select", "unmatched"]
