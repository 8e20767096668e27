"""Maps and files of an answer: an offline page, a notebook map, GeoPackages, a CSV.

The map for notebooks is `siteplanner.maps.folium_map`; it is imported when it is asked for,
because folium takes long to load.

Maps draw from the tables of an `Answer`; they know nothing of how a plan is made.
"""

from siteplanner.maps.answer import Answer, Walks
from siteplanner.maps.atomic import publish
from siteplanner.maps.audience import released, released_table
from siteplanner.maps.edits import kept_edits, noting, said_in
from siteplanner.maps.geopackage import write_gpkg
from siteplanner.maps.outputs import cell_table, site_tables, writers
from siteplanner.maps.page import render
from siteplanner.maps.panel import Panel
from siteplanner.maps.tables import ranking_table, write_csv

__all__ = [
    "Answer",
    "Panel",
    "Walks",
    "cell_table",
    "kept_edits",
    "noting",
    "publish",
    "ranking_table",
    "released",
    "released_table",
    "render",
    "said_in",
    "site_tables",
    "write_csv",
    "write_gpkg",
    "writers",
]
