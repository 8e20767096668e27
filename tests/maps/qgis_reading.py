"""Opens a project in a real QGIS and tells what it sees; run by the system's own Python."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def core():
    """Give QGIS; the tests themselves run without it."""
    return importlib.import_module("qgis.core")


def tree(group):
    """Give names and ticks, group by group."""
    return [
        [one.name(), one.itemVisibilityChecked(), one.isVisible(),
         tree(one) if isinstance(one, core().QgsLayerTreeGroup) else None]
        for one in group.children()
    ]  # fmt: skip


def layer_facts(layer):
    """Give what a layer shows, and which rule each of its rows falls under."""
    rules = layer.renderer().rootRule().children()
    context = core().QgsExpressionContext(
        core().QgsExpressionContextUtils.globalProjectLayerScopes(layer)
    )
    conditions = [core().QgsExpression(one.filterExpression()) for one in rules]
    rows = []
    for feature in layer.getFeatures():
        context.setFeature(feature)
        rows.append([at for at, one in enumerate(conditions)
                     if not one.expression() or one.evaluate(context)])  # fmt: skip
    return {
        "name": layer.name(),
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "labels": [one.label() for one in rules],
        "colours": [_colour(one.symbol()) for one in rules],
        "errors": [one.expression() for one in conditions
                   if one.expression() and one.hasParserError()],
        "rows": rows,
        "aliases": {one.name(): one.alias() for one in layer.fields()},
        "numbered": layer.labelsEnabled(),
        "missing": [
            one for one in layer.renderer().usedAttributes(core().QgsRenderContext())
            if layer.fields().indexOf(one) < 0
        ],
    }  # fmt: skip


def _colour(symbol):
    """Give the colour of a fill or a marker, or of the marker that stands inside a polygon."""
    inner = [one.subSymbol() for one in symbol.symbolLayers() if one.subSymbol()]
    return (inner[0] if inner else symbol).color().name()


def move_first(project, name, table):
    """Move the first place of a layer by 3 m east and 4 m north, as somebody with a mouse."""
    layer = next(one for one in project.mapLayers().values()
                 if one.source().endswith(f"layername={table}"))  # fmt: skip
    layer.startEditing()
    feature = next(layer.getFeatures())
    shape = feature.geometry()
    shape.translate(3, 4)
    layer.changeGeometry(feature.id(), shape)
    layer.changeAttributeValue(feature.id(), layer.fields().indexOf("label"), name)
    return layer.commitChanges()


def main(path, out, rename):
    """Read the project, tell about it, and perhaps edit a place."""
    told = []
    app = core().QgsApplication([], False)
    app.initQgis()
    app.messageLog().messageReceived.connect(lambda text, tag, level: told.append([tag, text]))
    project = core().QgsProject.instance()
    found = {
        "version": core().Qgis.QGIS_VERSION,
        "read": project.read(path),
        "error": project.error(),
    }
    found |= {
        "title": project.title(),
        "crs": project.crs().authid(),
        "abstract": project.metadata().abstract(),
        "layers": {key: layer_facts(one) for key, one in sorted(project.mapLayers().items())},
        "tree": tree(project.layerTreeRoot()),
        "told": told,
        "files": sorted(one.name for one in Path(path).parent.iterdir()),
    }
    if rename:
        found["edited"] = move_first(project, rename, "existing")
    project.clear()
    app.exitQgis()
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
