"""A QGIS project beside the GeoPackages: the layers, classes and colours of the page.

Written for QGIS 3.22 and later.  Paths are relative, so that a folder can be moved; the same
answer gives the same bytes.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import geopandas as gpd
from pyproj import CRS

from siteplanner.maps import method
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import released
from siteplanner.maps.geopackage import names_in_file
from siteplanner.maps.qgis_layers import Group, Shown, Tables, layers_of, tree_of
from siteplanner.maps.qgis_symbols import key_of, options, renderer
from siteplanner.maps.qgis_words import ProjectWords, alias

MADE_FOR = "3.22.16-Białowieża"
"""The oldest QGIS that these projects were opened with."""
BACKGROUND = {"Red": 236, "Green": 233, "Blue": 225}
"""Of the page's map, #ece9e1."""
EDITABLE = frozenset({"label"})
"""Columns that a planner may change: all others are results."""
DATE = (1980, 1, 1, 0, 0, 0)
"""Of the file in the archive, so that two runs give the same bytes."""


def write_project(answer: Answer, tables: Tables, path: Path) -> None:
    """Write the project as a ``.qgz``.

    Parameters
    ----------
    answer
        The whole answer; what its audience may not see is not in the project.
    tables
        What stands in the GeoPackages beside it.
    path
        The file to write.
    """
    entry = zipfile.ZipInfo(f"{path.stem}.qgs", DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, project_text(answer, tables))


def project_text(answer: Answer, tables: Tables) -> str:
    """Write the project as XML.

    Parameters
    ----------
    answer
        The whole answer.
    tables
        What stands in the GeoPackages beside it; a public answer has no ``cells.gpkg``.
    """
    shown, words = released(answer), ProjectWords(answer.scenario.language)
    tree = tree_of(answer, tables, words)
    root = Element("qgis", version=MADE_FOR, projectname=_clean(answer.scenario.title))
    SubElement(root, "homePath", path="")
    SubElement(root, "title").text = _clean(answer.scenario.title)
    SubElement(root, "projectCrs").append(_crs(answer.crs))
    root.append(_tree_element(tree))
    root.append(_canvas(answer))
    layers = SubElement(root, "projectlayers")
    order = SubElement(root, "layerorder")
    for layer in layers_of(tree):
        layers.append(_layer_element(layer, shown, tables[f"{layer.on}.gpkg"][layer.table], words))
        SubElement(order, "layer", id=layer.id)
    root.append(_properties())
    root.append(_metadata(shown, words))
    indent(root, " ")
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + tostring(root, encoding="unicode") + "\n"


def _tree_element(group: Group) -> Element:
    told = {"name": _clean(group.title)} if group.title else {}
    tick = "Qt::Checked" if group.shown else "Qt::Unchecked"
    found = Element("layer-tree-group", told, checked=tick, expanded="1")
    if group.exclusive:
        on = [at for at, one in enumerate(group.parts) if one.shown]
        found.set("mutually-exclusive", "1")
        found.set("mutually-exclusive-child", str(on[0] if on else -1))
    for one in group.parts:
        if isinstance(one, Group):
            found.append(_tree_element(one))
            continue
        leaf = SubElement(
            found, "layer-tree-layer", id=_id(one), name=_clean(one.title), providerKey="ogr",
            source=_source(one), checked="Qt::Checked" if one.shown else "Qt::Unchecked",
            expanded="1" if one.shown else "0",
        )  # fmt: skip
        properties = SubElement(leaf, "customproperties")
        if one.unit:
            options(properties, {"legend/title-label": _clean(f"{one.title}: {one.unit}")})
    return found


def _layer_element(
    layer: Shown, shown: Answer, table: gpd.GeoDataFrame, words: ProjectWords
) -> Element:
    found = Element("maplayer", type="vector", geometry=layer.kind,
                    labelsEnabled=str(int(layer.numbered)), autoRefreshEnabled="0",
                    refreshOnNotifyEnabled="0", hasScaleBasedVisibilityFlag="0")  # fmt: skip
    _extent(found, table.total_bounds)
    SubElement(found, "id").text = _id(layer)
    SubElement(found, "datasource").text = _source(layer)
    SubElement(found, "layername").text = _clean(layer.title)
    SubElement(found, "srs").append(_crs(shown.crs))
    metadata = SubElement(found, "resourceMetadata")
    for name, text in (
        ("type", "dataset"),
        ("title", layer.title),
        ("abstract", layer.unit),
        *(("rights", one) for one in _credits(shown)),
        *(("license", one) for one in _licences(shown)),
    ):
        SubElement(metadata, name).text = _clean(text)
    SubElement(found, "provider", encoding="UTF-8").text = "ogr"
    found.append(renderer(layer.rules, _id(layer)))
    if layer.numbered:
        found.append(_numbers())
    level = "need" if layer.on == "cells" else "site"
    aliases, editable = SubElement(found, "aliases"), Element("editable")
    for at, (column, name) in enumerate(names_in_file(table).items(), start=1):
        told = _clean(alias(column, level, shown, words))
        SubElement(aliases, "alias", index=str(at), field=_clean(name), name=told)
        SubElement(editable, "field", name=_clean(name), editable=str(int(column in EDITABLE)))
    found.append(editable)
    named = "label" if "label" in table else names_in_file(table)[str(table.index.name or "id")]
    SubElement(found, "previewExpression").text = f'"{named}"'
    return found


def _numbers() -> Element:
    """Give the labels of the chosen sites: their number, in the middle of the badge."""
    found = Element("labeling", type="simple")
    settings = SubElement(found, "settings", calloutType="simple")
    SubElement(settings, "text-style", fieldName="order", isExpression="0", fontSize="8",
               fontSizeUnit="Point", fontWeight="75", namedStyle="Bold", textColor="0,0,0,255",
               textOpacity="1")  # fmt: skip
    SubElement(settings, "placement", placement="1", quadOffset="4", centroidInside="1",
               centroidWhole="1", xOffset="0", yOffset="0", offsetUnits="MM")  # fmt: skip
    SubElement(settings, "rendering", displayAll="1", obstacle="0", drawLabels="1")
    return found


def _canvas(answer: Answer) -> Element:
    found = Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(found, "units").text = "meters"
    west, south, east, north = answer.area.bounds
    edge = 0.03 * max(east - west, north - south)
    _extent(found, (west - edge, south - edge, east + edge, north + edge))
    SubElement(found, "rotation").text = "0"
    SubElement(found, "destinationsrs").append(_crs(answer.crs))
    return found


def _extent(parent: Element, bounds: tuple[float, ...]) -> None:
    found = SubElement(parent, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), bounds, strict=True):
        SubElement(found, name).text = f"{value:.3f}"


def _crs(crs: CRS) -> Element:
    found = Element("spatialrefsys", nativeFormat="Wkt")
    SubElement(found, "wkt").text = crs.to_wkt()
    known = crs.to_authority()
    if known:
        SubElement(found, "srid").text = known[1]
        SubElement(found, "authid").text = ":".join(known)
    SubElement(found, "description").text = crs.name
    return found


def _properties() -> Element:
    found = Element("properties")
    paths = SubElement(found, "Paths")
    SubElement(paths, "Absolute", type="bool").text = "false"
    crs = SubElement(found, "SpatialRefSys")
    SubElement(crs, "ProjectionsEnabled", type="int").text = "1"
    colours = SubElement(found, "Gui")
    for name, value in BACKGROUND.items():
        SubElement(colours, f"CanvasColor{name}Part", type="int").text = str(value)
    units = SubElement(found, "Measurement")
    SubElement(units, "DistanceUnits", type="QString").text = "meters"
    SubElement(units, "AreaUnits", type="QString").text = "m2"
    return found


def _metadata(shown: Answer, words: ProjectWords) -> Element:
    """Say in the project what it answers, from what, and what nobody knows."""
    scenario, about = shown.scenario, method.about(shown)
    told = [words.say("project.answer", title=scenario.title, name=scenario.name)]
    told += [words.say("project.made_up")] * bool(about["made_up"])
    told.append(words.say("project.version", version=shown.version))
    for layer in (shown.layers[name] for name in sorted(shown.layers)):
        facts = (layer.title, str(layer.year or ""), layer.attribution, layer.licence)
        told.append(words.say("project.data", names=", ".join(filter(None, facts))))
    told.append(words.say("project.edit", name=scenario.name))
    if shown.limits:
        told.append(words.say("project.limits"))
        told += [f"– {one}" for one in shown.limits]
    found = Element("projectMetadata")
    for name, text in (
        ("identifier", scenario.name),
        ("language", scenario.language),
        ("type", "project"),
        ("title", scenario.title),
        ("abstract", "\n".join(told)),
        ("author", f"siteplanner {shown.version}"),
    ):
        SubElement(found, name).text = _clean(text)
    return found


def _credits(shown: Answer) -> list[str]:
    return [str(one) for one in method.about(shown)["credits"]]


def _licences(shown: Answer) -> list[str]:
    named = (shown.layers[name].licence for name in sorted(shown.layers))
    return list(dict.fromkeys(filter(None, named)))


def _source(layer: Shown) -> str:
    only = f"|geometrytype={layer.kind}" if layer.split else ""
    return f"./{layer.on}.gpkg|layername={layer.table}{only}"


def _id(layer: Shown) -> str:
    """Give a layer's id: the same every time, and never that of another."""
    plain = re.sub("[^0-9A-Za-z]", "_", layer.id)[:40]
    return f"siteplanner_{plain}_{key_of(layer.id)[1:9]}"


def _clean(text: str) -> str:
    """Take out what XML cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", str(text))
