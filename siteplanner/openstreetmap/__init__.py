"""A city from OpenStreetMap: its elements by theme, from the servers or from a file.

What is taken stands in a project's ``openstreetmap.toml`` (`settings`).  Live data comes through
OSMnx (`asking`) and is written into one PBF (`merging`); from there on both ways are one.
"""

from siteplanner.openstreetmap.areas import around, bbox_area, file_area, outline_area, square_km
from siteplanner.openstreetmap.asking import DONE, ask_place, download, size_question
from siteplanner.openstreetmap.elements import read_elements
from siteplanner.openstreetmap.extents import box_problems, overlap, written
from siteplanner.openstreetmap.filepaths import found_path, is_bound, said_path
from siteplanner.openstreetmap.merging import merge_answers
from siteplanner.openstreetmap.naming import call, named_streets
from siteplanner.openstreetmap.patience import Server
from siteplanner.openstreetmap.people import from_buildings, from_streets
from siteplanner.openstreetmap.settings import (
    FILE,
    Area,
    Settings,
    parse_settings,
    read_settings,
    settings_text,
)
from siteplanner.openstreetmap.tables import Made, make_tables, words_of
from siteplanner.openstreetmap.walkways import Streets, write_streets

__all__ = [
    "DONE",
    "FILE",
    "Area",
    "Made",
    "Server",
    "Settings",
    "Streets",
    "around",
    "ask_place",
    "bbox_area",
    "box_problems",
    "call",
    "download",
    "file_area",
    "found_path",
    "from_buildings",
    "from_streets",
    "is_bound",
    "make_tables",
    "merge_answers",
    "named_streets",
    "outline_area",
    "overlap",
    "parse_settings",
    "read_elements",
    "read_settings",
    "said_path",
    "settings_text",
    "size_question",
    "square_km",
    "words_of",
    "write_streets",
    "written",
]
