// The layer of cells on the map: a picture of cell numbers, and colours put over it.
"use strict";

const MARGIN = 40; // pixels drawn beyond the map's edge
const FADED = 254;
/* A class to a pattern: eight rows of eight bits; none for the first. */
const PATTERNS = [
  [0, 0, 0, 0, 0, 0, 0, 0], [128, 0, 0, 0, 8, 0, 0, 0], [136, 0, 34, 0, 136, 0, 34, 0],
  [128, 64, 32, 16, 8, 4, 2, 1], [17, 34, 68, 136, 17, 34, 68, 136], [255, 0, 0, 0, 255, 0, 0, 0],
  [255, 17, 17, 17, 255, 17, 17, 17],
];
const NO_DATA_PATTERN = [129, 66, 36, 24, 24, 36, 66, 129];

function rgb(hex) { return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)); }

function word([red, green, blue]) { return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0; }

/* The pattern of a class among so many, and the ink to draw it with. */
function patternOf(code, count, hex) {
  const light = rgb(hex).reduce((sum, one) => sum + one, 0) / 3;
  const ink = light > 110 ? "#1c2733" : "#ffffff";
  if (code === NO_DATA) { return { bits: NO_DATA_PATTERN, ink: "#b9b4a8" }; }
  const at = count > 1 ? Math.round(code * (PATTERNS.length - 1) / (count - 1)) : 0;
  return { bits: PATTERNS[at], ink };
}

/* Colour by class: 256 words, and with patterns 64 for each class. */
function tableOf(colours, count, patterns) {
  const size = patterns ? 64 : 1;
  const table = new Uint32Array(256 * size);
  for (const [code, hex] of colours) {
    const plain = word(rgb(hex));
    const { bits, ink } = patterns && code !== FADED ? patternOf(code, count, hex) : { bits: null };
    for (let at = 0; at < size; at += 1) {
      const inked = bits && (bits[at >> 3] >> (at & 7)) & 1;
      table[code * size + at] = inked ? word(rgb(ink)) : plain;
    }
  }
  return table;
}

const CellLayer = L.Layer.extend({
  initialize(shapes) {
    this._shapes = shapes;
    this._paint = null;
  },

  onAdd(map) {
    this._canvas = L.DomUtil.create("canvas", "cells leaflet-zoom-animated", this.getPane());
    this._pen = this._canvas.getContext("2d");
    this._map = map;
    this._soon();
  },

  onRemove() {
    window.cancelAnimationFrame(this._waiting);
    this._canvas.remove();
  },

  getEvents() {
    const events = { moveend: this._soon, resize: this._soon };
    if (this._zoomAnimated) { events.zoomanim = this._animate; }
    return events;
  },

  /* Number the pixels once before the next picture, however often the view changes. */
  _soon() {
    if (this._waiting) { return; }
    this._waiting = window.requestAnimationFrame(() => { this._waiting = 0; this._reset(); });
  },

  _reset() {
    const size = this._map.getSize().add([2 * MARGIN, 2 * MARGIN]);
    const fineness = Raster.fineness(size.x, size.y);
    const width = Math.round(size.x * fineness);
    const height = Math.round(size.y * fineness);
    const corner = this._map.containerPointToLayerPoint([-MARGIN, -MARGIN]).round();
    const origin = this._map.getPixelOrigin().add(corner);
    const scale = this._map.getZoomScale(this._map.getZoom(), 0) * fineness;
    const step = (east - west) / 65535 / 360 * 256 * scale;
    this._corner = this._map.layerPointToLatLng(corner);
    this._view = { width, height, fineness, scale, left: origin.x * fineness,
      top: origin.y * fineness, grow: Math.min(6, Math.max(0.45, step)) };
    this._grid = Raster.scan(this._shapes, this._view);
    const canvas = this._canvas;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
      this._image = this._pen.createImageData(width, height);
      this._words = new Uint32Array(this._image.data.buffer);
    }
    L.DomUtil.setTransform(canvas, corner, 1);
    this._colour();
  },

  _animate(event) {
    const scale = this._map.getZoomScale(event.zoom);
    const corner = this._map._latLngToNewLayerPoint(this._corner, event.zoom, event.center);
    L.DomUtil.setTransform(this._canvas, corner, scale);
  },

  /* Colour the cells: a class each, and a table as `tableOf` makes. */
  paint(codes, table) {
    this._paint = { codes, table };
    this._colour();
  },

  _colour() {
    if (!this._paint || !this._grid) { return; }
    const { codes, table } = this._paint;
    const { _grid: grid, _words: words } = this;
    if (table.length > 256) { this._colourPatterns(codes, table); }
    else {
      const colour = new Uint32Array(codes.length + 1);
      for (let cell = 0; cell < codes.length; cell += 1) { colour[cell + 1] = table[codes[cell]]; }
      for (let at = 0; at < words.length; at += 1) { words[at] = colour[grid[at]]; }
    }
    this._pen.putImageData(this._image, 0, 0);
  },

  _colourPatterns(codes, table) {
    const { _grid: grid, _words: words } = this;
    const { width, height, fineness } = this._view;
    const dot = Math.max(1, Math.round(fineness));
    for (let row = 0, at = 0; row < height; row += 1) {
      const line = ((row / dot) & 7) << 3;
      for (let column = 0; column < width; column += 1, at += 1) {
        const cell = grid[at];
        words[at] = cell === 0 ? 0
          : table[(codes[cell - 1] << 6) + line + ((column / dot) & 7)];
      }
    }
  },

  /* The cell at a point of the map's box, or -1. */
  cellAt(point) {
    if (!this._grid) { return -1; }
    const { width, height, fineness } = this._view;
    const shift = this._map.layerPointToContainerPoint(
      this._map.latLngToLayerPoint(this._corner).round());
    const column = Math.floor((point.x - shift.x) * fineness);
    const row = Math.floor((point.y - shift.y) * fineness);
    if (column < 0 || row < 0 || column >= width || row >= height) { return -1; }
    return this._grid[row * width + column] - 1;
  },

  /* Middle and bounds of a cell. */
  boundsOf(cell) {
    const [x0, y0, x1, y1] = this._shapes.box.subarray(4 * cell, 4 * cell + 4);
    return L.latLngBounds(latLngOf(x0, y1), latLngOf(x1, y0));
  },

  /* The rings of a cell, to draw around it. */
  ringsOf(cell) {
    const { x, y, rings, cells } = this._shapes;
    const found = [];
    for (let ring = cells[cell]; ring < cells[cell + 1]; ring += 1) {
      found.push(Array.from({ length: rings[ring + 1] - rings[ring] }, (_, at) =>
        latLngOf(x[rings[ring] + at], y[rings[ring] + at])));
    }
    return found;
  },
});

function latLngOf(x, y) { return L.CRS.EPSG3857.pointToLatLng(L.point(x, y), 0); }
