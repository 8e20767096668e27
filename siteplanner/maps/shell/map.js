// The map, its layers and its legend.

L.Canvas.include({
  _updateSquare(layer) {
    if (!this._drawing || layer._empty()) { return; }
    const half = layer._radius;
    this._ctx.beginPath();
    this._ctx.rect(layer._point.x - half, layer._point.y - half, 2 * half, 2 * half);
    this._fillStroke(this._ctx, layer);
  },
});
const Square = L.CircleMarker.extend({ _updatePath() { this._renderer._updateSquare(this); } });

const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const map = L.map("map", {
  attributionControl: false, zoomControl: false, preferCanvas: true, zoomSnap: 0.25,
  zoomAnimation: !still, fadeAnimation: false, inertia: !still, boxZoom: true,
});
const canvas = L.canvas({ padding: 0.2, tolerance: 3 });
L.control.zoom({ position: "topleft" }).addTo(map);
L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);

function wholePlan() {
  const [left, bottom, right, top] = plan.view;
  return [[bottom, left], [top, right]];
}
map.fitBounds(wholePlan(), { animate: false, padding: [12, 12] });

const places = latLngs(sites.points.steps);
const outlines = sites.outlines ? polygons(sites.outlines) : null;

const cellShapes = drawCells();
const cellGroup = L.featureGroup(cellShapes).addTo(map);
const streetGroup = drawStreets().addTo(map);
L.polygon(polygons(plan.area), {
  renderer: canvas, fill: false, color: INK, weight: 1.6, dashArray: "6 4", interactive: false,
}).addTo(map);
const dots = new Map([...ranked].reverse().filter((at) => !badge.has(at))
  .map((at) => [at, drawDot(at)]));
const dotGroup = L.featureGroup([...dots.values()]);
const existingGroup = drawExisting().addTo(map);
const badges = new Map(chosen.map((at) => [at, drawBadge(at)]));

const show = { dots: count <= MANY_SITES, existing: true, streets: true };
let highlight = null;
let opener = null;
let layer = null;

map.on("zoomend", sizeToZoom);
cellGroup.on("click", (event) => showCell(event.layer.cell));
dotGroup.on("click", (event) => showSite(event.layer.site));

function drawCells() {
  const plain = { renderer: canvas, weight: 0.6, fillOpacity: 1, color: PAPER, fillColor: PAPER };
  const shapes = plan.cells.kind === "points"
    ? latLngs(plan.cells.steps).map((one) => L.circleMarker(one, { ...plain, radius: 3.5 }))
    : polygons(plan.cells).map((one) => L.polygon(one, { ...plain, smoothFactor: 0.5 }));
  shapes.forEach((shape, at) => { shape.cell = at; });
  return shapes;
}

/* Streets come sorted by place: a few hundred to a path, so that far ones are skipped. */
function drawStreets() {
  const lines = runs(latLngs(plan.streets.steps), plan.streets.vertices);
  const group = L.featureGroup();
  for (let at = 0; at < lines.length; at += 200) {
    group.addLayer(L.polyline(lines.slice(at, at + 200), {
      renderer: canvas, color: "#ffffff", opacity: 0.55, weight: 0.8, interactive: false,
      lineCap: "butt", lineJoin: "bevel",
    }));
  }
  return group;
}

function drawExisting() {
  const look = { renderer: canvas, color: "#ffffff", weight: 1.5, fillColor: "#b3261e",
    fillOpacity: 1 };
  const group = L.featureGroup();
  if (plan.existing.outlines) {
    const shapes = polygons(plan.existing.outlines).filter((one) => one.length);
    group.addLayer(L.polygon(shapes, { ...look, color: "#b3261e", fillOpacity: 0.25,
      interactive: false }));
  }
  latLngs(plan.existing.points.steps).forEach((place, at) => {
    const name = plan.existing.labels[at] || "Existing place";
    group.addLayer(new Square(place, { ...look, radius: 5 })
      .bindTooltip(() => said("Existing: " + name)));
  });
  return group;
}

function drawDot(at) {
  const dot = L.circleMarker(places[at], {
    renderer: canvas, radius: 4.5, weight: 1.2, color: INK, fillColor: "#ffffff", fillOpacity: 1,
  });
  dot.site = at;
  return dot.bindTooltip(() => said(siteName(at)));
}

function drawBadge(at) {
  const icon = L.divIcon({
    className: "pin", iconSize: [26, 26], html: el("span", {}, String(badge.get(at))),
  });
  return L.marker(places[at], { icon, keyboard: false, riseOnHover: true })
    .bindTooltip(() => said(siteName(at)))
    .on("click", () => showSite(at))
    .addTo(map);
}

function buildLayers() {
  const form = document.querySelector("#layers form");
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const group of new Set(plan.layers.map((one) => one.group))) {
    const set = el("fieldset", {}, el("legend", {}, group));
    for (const one of plan.layers.filter((other) => other.group === group)) {
      const input = el("input", { type: "radio", name: "layer", value: one.id,
        disabled: Boolean(one.empty) });
      input.addEventListener("change", () => showLayer(one.id));
      set.append(el("label", { class: one.empty ? "off" : null }, input, said(one.title),
        one.empty ? el("em", {}, " no data") : null));
    }
    form.append(set);
  }
  const extras = el("fieldset", {}, el("legend", {}, "On top"));
  if (count) { extras.append(tick("dots", "All possible sites")); }
  if (plan.streets.vertices.data) { extras.append(tick("streets", "Streets")); }
  if (plan.existing.labels.length) { extras.append(tick("existing", "Existing places")); }
  form.append(extras);
}

function tick(name, title) {
  const input = el("input", { type: "checkbox", name, checked: show[name] });
  input.addEventListener("change", () => { show[name] = input.checked; showLayer(layer.id); });
  return el("label", {}, input, title);
}

function put(group, wanted) {
  if (wanted) { group.addTo(map); } else { group.remove(); }
}

function showLayer(id) {
  layer = plan.layers.find((one) => one.id === id);
  document.querySelector(`#layers input[value="${CSS.escape(id)}"]`).checked = true;
  const found = codes.get(id);
  const colour = (at) => found[at] === NO_DATA ? null : layer.colours[found[at]];
  const onCells = layer.on === "cells";
  cellShapes.forEach((shape, at) => {
    const fill = onCells ? colour(at) ?? "#fbfaf7" : PAPER;
    const line = onCells && colour(at) === null ? "#b9b4a8" : fill;
    shape.setStyle({ fillColor: fill, color: line });
  });
  sizeToZoom();
  put(streetGroup, show.streets);
  put(dotGroup, show.dots || !onCells);
  put(existingGroup, show.existing);
  for (const [at, dot] of dots) {
    dot.setStyle({ fillColor: onCells ? "#ffffff" : colour(at) ?? "#fbfaf7" });
  }
  for (const [at, pin] of badges) {
    const face = pin.getElement();
    face.style.setProperty("--ring", onCells ? INK : colour(at) ?? "#b9b4a8");
    face.classList.toggle("rung", !onCells);
  }
  if (show.dots || !onCells) { dotGroup.bringToFront(); }
  if (show.existing) { existingGroup.bringToFront(); }
  if (highlight) { highlight.bringToFront(); }
  showLegend();
}

/* From afar, thin streets and, where there are many sites, small dots. */
function sizeToZoom() {
  const zoom = map.getZoom();
  const full = layer.on === "cells" ? 3.5 : 5.5;
  const radius = count > MANY_SITES ? Math.min(full, Math.max(2.2, zoom - 10)) : full;
  for (const dot of dots.values()) { dot.setRadius(radius).setStyle({ weight: radius / 4.5 }); }
  streetGroup.setStyle({ weight: zoom < 13.5 ? 0.4 : zoom < 15.5 ? 0.9 : 1.8 });
}

function showLegend() {
  const rows = el("ul", {});
  layer.labels.forEach((label, at) => rows.append(swatch(layer.colours[at], label)));
  if (layer.gaps) { rows.append(swatch("#fbfaf7",
    plan.about.public && layer.on === "sites" ? "no data, or withheld"
    : layer.on === "cells" ? "nobody lives there, or no data" : "no data", "gap")); }
  const keys = el("ul", { class: "keys" });
  if (chosen.length) { keys.append(key("pin-key", "chosen site", "1")); }
  if (dots.size && (show.dots || layer.on === "sites")) {
    keys.append(key("dot-key", "other possible site"));
  }
  if (show.existing && plan.existing.labels.length) {
    keys.append(key("square-key", "existing place"));
  }
  keys.append(key("edge-key", "edge of the plan"));
  byId("legend").replaceChildren(
    el("h2", { dir: "auto" }, layer.title),
    el("p", { dir: "auto" }, layer.unit + (layer.note ? `; ${layer.note}` : "")),
    rows.childElementCount ? rows : el("p", {}, "There is no data to show."), keys);
}

function swatch(colour, text, name) {
  const box = el("i", { class: name || null });
  box.style.backgroundColor = colour;
  return el("li", {}, box, text);
}

function key(name, text, inside) {
  return el("li", {}, el("i", { class: name }, inside || ""), text);
}
