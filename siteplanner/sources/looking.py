"""A first look at a file that has just come: whole or not, and the rows it holds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import shapely

from siteplanner.errors import InputError
from siteplanner.model import Layer
from siteplanner.sources import files
from siteplanner.sources.columns import wanted_columns
from siteplanner.sources.ledger import Ledger
from siteplanner.sources.rasters import read_raster
from siteplanner.sources.streets import read_streets
from siteplanner.sources.tables import read_table
from siteplanner.sources.vectors import OSM, read_vectors


def look(layer: Layer, path: Path) -> pd.DataFrame | None:
    r"""Read the rows of a file as it has them, whatever the layer makes of them.

    Parameters
    ----------
    layer
        Says what kind of file it is, and which part of it counts.
    path
        The file.

    Returns
    -------
    Its rows, with the geometry as well-known bytes in the column ``geometry``; None where it
    holds no rows to count, such as a raster or streets.

    Raises
    ------
    InputError
        If the file is damaged.  Problems of the layer's own TOML are none of the file's.

    Examples
    --------
    >>> import tempfile
    >>> layer = Layer(name="parks", title="Parks", source="https://x.org/p.csv", kind="points")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "new.csv"
    ...     _ = path.write_text("lon,lat\n1,2\n3,4\n")
    ...     len(look(layer, path))
    2
    """
    changed = {"source": path.name, "sha256": None, "query": None}
    ledger = Ledger(layer.model_copy(update=changed))
    try:
        located = files.locate(ledger, path.parent)
        if layer.kind == "raster":
            read_raster(ledger, located)
            return None
        if layer.kind == "network":
            read_streets(located.path)
            return None
        if located.suffix in files.TABLES:
            return read_table(ledger, located, {name for _, name in wanted_columns(ledger)}).table
        if located.suffix not in (*files.VECTORS, *OSM):
            return None
        rows = read_vectors(ledger, located)
    except InputError as error:
        if all(problem.where == ledger.toml for problem in error.problems):
            return None
        raise
    if rows.geometry is None:
        return rows.table
    shapes = shapely.to_wkb(rows.geometry.to_numpy(dtype=object))
    return rows.table.assign(geometry=pd.Series(shapes, index=rows.table.index, dtype=object))
