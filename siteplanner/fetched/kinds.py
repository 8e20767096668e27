"""What kind of file an answer holds: by its first bytes, its name, or what the server says."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from siteplanner.fetched.addresses import TroubleError

MAGIC = (
    (b"PK\x03\x04", ".zip"),
    (b"SQLite format 3\0", ".gpkg"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"II+\0", ".tif"),
    (b"MM\0+", ".tif"),
    (b"PAR1", ".parquet"),
    (b"fgb", ".fgb"),
    (b"\x1f\x8b", ".gz"),
    (b"BZh", ".bz2"),
)
SAID = {
    "application/geo+json": ".geojson",
    "application/vnd.geo+json": ".geojson",
    "application/json": ".geojson",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/geopackage+sqlite3": ".gpkg",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "image/tiff": ".tif",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openstreetmap.data+xml": ".osm",
}
NAMES = (
    ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".csv", ".tsv", ".txt",
    ".xlsx", ".tif", ".tiff", ".pbf", ".osm", ".gz", ".bz2", ".graphml", ".zip", ".shz",
)  # fmt: skip
_SAME = {
    ".shz": ".zip", ".xlsx": ".zip", ".tiff": ".tif", ".geoparquet": ".parquet",
}  # fmt: skip
_BROWSER = "open the address in a browser and look for the address of the download itself"


def suffix_of(url: str, headers: dict[str, str], head: bytes) -> str:
    """Tell the ending that the copy of an answer gets.

    Parameters
    ----------
    url
        The address that answered.
    headers
        Its answer's headers, names in small letters.
    head
        The first bytes, 512 or more where there are.

    Returns
    -------
    An ending with its dot, such as ``.csv``; it fits the first bytes.

    Raises
    ------
    TroubleError
        If the answer is a web page, an error in the clothes of data, or of an unknown kind.

    Examples
    --------
    >>> suffix_of("https://example.org/parks.csv?v=2", {}, b"name,lon,lat")
    '.csv'
    >>> suffix_of("https://example.org/download/17", {"content-type": "text/csv"}, b"name,lon")
    '.csv'
    >>> suffix_of("https://example.org/download/17", {}, b"PK..")
    Traceback (most recent call last):
    siteplanner.fetched.addresses.TroubleError: it is not known what kind of file the server sent
    """
    _refuse_pages(head)
    named = _named(url, headers)
    found = next((ending for magic, ending in MAGIC if head.startswith(magic)), "")
    if named == ".shp":
        raise TroubleError(
            "a shapefile is several files, and this is one of them", "give the address of a zip"
        )
    if named in NAMES:
        wanted = _SAME.get(named, named)
        if found and wanted != found and wanted not in (".gz", ".bz2"):
            raise TroubleError(
                f"the address ends in {named}, but the server sent a {found[1:]} file", _BROWSER
            )
        if not found and wanted in {ending for _, ending in MAGIC}:
            raise TroubleError(
                f"the address ends in {named}, but what the server sent is no such file", _BROWSER
            )
        return named
    said = SAID.get(headers.get("content-type", "").partition(";")[0].strip().lower(), "")
    if found:
        return said if _SAME.get(said, said) == found else found
    if said and said not in {ending for _, ending in MAGIC}:
        return said
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return ".geojson"
    raise TroubleError(
        "it is not known what kind of file the server sent",
        "give an address that ends in .csv, .geojson, .gpkg, .zip, .tif or .pbf",
    )


def _named(url: str, headers: dict[str, str]) -> str:
    """Give the ending of the file's name: what the server calls it, else the address."""
    quoted = re.search(r'filename="?([^";]+)', headers.get("content-disposition", ""))
    for name in (quoted[1].strip() if quoted else "", unquote(urlsplit(url).path)):
        ending = PurePosixPath(name).suffix.lower()
        if ending in (*NAMES, ".shp"):
            return ending
    return ""


def _refuse_pages(head: bytes) -> None:
    """Refuse what is no data: a web page, or an error that says it went well."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if re.match(rb"(<!--.*?-->\s*)*(<!doctype html|<html|<head|<body)", text, flags=re.DOTALL):
        raise TroubleError("the server sent a web page in place of data", _BROWSER)
    wrong = b"exceptionreport" in text or b"serviceexception" in text
    if wrong or re.match(rb'{\s*"error', text):
        raise TroubleError(
            "the server sent an error message in place of data",
            "open the address in a browser: it says there what is wrong",
        )
