// The map: cells below, then streets, then sites; the chosen set as numbered badges.
"use strict";

const MANY_SITES = 1500;
const PICK = "#d1005d";
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const map = L.map("map", {
  attributionControl: false, zoomControl: false, zoomSnap: 0.25, maxZoom: 19,
  zoomAnimation: !still, fadeAnimation: false, markerZoomAnimation: !still, inertia: !still,
});
for (const [name, order] of [["cells", 250], ["ground", 300], ["dots", 450], ["rings", 460]]) {
  const pane = map.createPane(name);
  pane.style.zIndex = order;
  if (name !== "dots") { pane.style.pointerEvents = "none"; }
}
const grounds = L.canvas({ pane: "ground", padding: 0.15 });
const dotCanvas = L.canvas({ pane: "dots", padding: 0.15, tolerance: 4 });
const rings = L.canvas({ pane: "rings", padding: 0.15 });
const zoomButtons = L.control.zoom({ position: "topleft" }).addTo(map);
L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
showWhole(false);

let fitting = false; // the map moves by itself, not by the reader's hand
let places = [];
let cells = null;
let streets = null;
let dots = [];
let dotGroup = null;
let existingGroup = null;
let ring = null;
const badges = new Map();
const shown = { dots: count <= MANY_SITES, existing: true, streets: true };

/* Show the whole area. */
function showWhole(animate) {
  const [left, bottom, right, top] = plan.view;
  map.fitBounds([[bottom, left], [top, right]], { animate, padding: [12, 12] });
}

let printing = false;

/* Keep to the size of the map's box; where its width changes and nobody moved the map, show
   the whole again. */
function watchSize() {
  let width = 0;
  const look = () => {
    const { clientWidth, clientHeight } = map.getContainer();
    if (printing || (width === clientWidth && map.getSize().y === clientHeight)) { return; }
    fitting = true;
    map.invalidateSize({ animate: false, pan: false });
    if (!mapWasMoved && clientWidth !== width) { showWhole(false); }
    width = clientWidth;
    fitting = false;
  };
  look();
  new ResizeObserver(look).observe(map.getContainer());
}

/* Build what is drawn once; called when the numbers are there. */
function drawMap() {
  places = latLngs(sites.points.steps);
  cells = new CellLayer(Raster.shapesOf(plan.cells, plan.cells.count)).addTo(map);
  streets = drawStreets().addTo(map);
  L.polygon(polygons(plan.area), { renderer: grounds, fill: false, color: INK, weight: 1.6,
    dashArray: "6 4", interactive: false }).addTo(map);
  existingGroup = drawExisting();
  dots = everySite.map(drawDot);
  dotGroup = L.layerGroup().addTo(map);
  map.on("zoomend", sizeToZoom);
  map.on("click", (event) => spotAt(event));
  if (window.matchMedia("(hover: hover)").matches) {
    map.on("mousemove", (event) => tellCell(event));
    map.getContainer().addEventListener("mouseleave", () => tellCell(null));
  }
  currentLayer = plan.layers[0];
  wholeButton();
}

/* Streets come sorted by place: a few hundred to a path, so that far ones are skipped. */
function drawStreets() {
  const lines = runs(latLngs(plan.streets.steps), plan.streets.vertices);
  const group = L.featureGroup();
  for (let at = 0; at < lines.length; at += 200) {
    group.addLayer(L.polyline(lines.slice(at, at + 200), {
      renderer: grounds, color: "#ffffff", opacity: 0.55, weight: 0.8, interactive: false,
      lineCap: "butt", lineJoin: "bevel",
    }));
  }
  return group;
}

function drawExisting() {
  const look = { color: "#ffffff", weight: 1.5, fillColor: "#b3261e", fillOpacity: 1 };
  const group = L.featureGroup();
  if (plan.existing.outlines) {
    const shapes = polygons(plan.existing.outlines).filter((one) => one.length);
    group.addLayer(L.polygon(shapes, { ...look, renderer: grounds, color: "#b3261e",
      fillOpacity: 0.25, interactive: false }));
  }
  latLngs(plan.existing.points.steps).forEach((place, at) => {
    group.addLayer(new Sign(place, { ...look, renderer: dotCanvas, sign: "square", radius: 5,
      bubblingMouseEvents: false })
      .bindTooltip(() => said(t("map.existing_named", {
        name: plan.existing.labels[at] || t("map.unnamed") }))));
  });
  return group;
}

function drawDot(at) {
  return new Sign(places[at], { renderer: dotCanvas, sign: "dot", radius: 4.5, weight: 1.2,
    color: INK, fillColor: "#ffffff", fillOpacity: 1, bubblingMouseEvents: false })
    .bindTooltip(() => siteTip(at))
    .on("click", () => showSite(at));
}

function siteTip(at) {
  const tip = el("div", {}, said(siteName(at)));
  const words = placeWords(at);
  if (words) { tip.append(el("br"), words); }
  if (currentLayer.on === "sites") {
    tip.append(el("br"), said(`${layerTitle(currentLayer)}: ${layerText(currentLayer, at)}`));
  }
  return tip;
}

// The set: numbered badges, crosses for what is out.

function drawSet() {
  const inSet = new Set(now.order);
  for (const [at, badge] of badges) {
    if (!inSet.has(at)) { badge.remove(); badges.delete(at); }
  }
  now.order.forEach((at, place) => {
    if (!badges.has(at)) {
      const icon = L.divIcon({ className: "pin", iconSize: [26, 26], html: el("span") });
      badges.set(at, L.marker(places[at], { icon, keyboard: false, riseOnHover: true })
        .bindTooltip(() => siteTip(at)).on("click", () => showSite(at)).addTo(map));
    }
    const face = badges.get(at).getElement();
    for (const kind of ["pinned", "fixed"]) {
      face.classList.toggle(kind, badgeKind(at).includes(kind));
    }
    face.classList.toggle("picked", at === selected);
    face.firstChild.textContent = format(place + 1, 0);
  });
  drawDots();
}

/* All other sites: dots where they are shown, crosses where they are out. */
function drawDots() {
  const all = shown.dots || currentLayer.on === "sites";
  dots.forEach((dot, at) => {
    const out = asked.strikes.has(at) || isBarred(at);
    const wanted = !badges.has(at) && (all || out || at === selected);
    const sign = out ? "cross" : "dot";
    if (dot.options.sign !== sign) {
      dot.setStyle({ sign, weight: out ? 3 : 1.2, color: asked.strikes.has(at) ? "#8c1d18" : INK });
    }
    if (wanted !== dotGroup.hasLayer(dot)) {
      if (wanted) { dotGroup.addLayer(dot); } else { dotGroup.removeLayer(dot); }
    }
  });
  put(existingGroup, shown.existing);
  put(streets, shown.streets);
  sizeToZoom();
}

function put(group, wanted) {
  if (wanted === map.hasLayer(group)) { return; }
  if (wanted) { group.addTo(map); } else { group.remove(); }
}

/* From afar, thin streets and, where there are many sites, small dots. */
function sizeToZoom() {
  if (!currentLayer) { return; }
  const zoom = map.getZoom();
  const full = currentLayer.on === "cells" ? 3.5 : 5.5;
  const radius = count > MANY_SITES ? Math.min(full, Math.max(2.2, zoom - 10)) : full;
  for (const dot of dots) {
    const mine = dot.options.sign === "cross" ? Math.max(4, radius) : radius;
    if (dot.getRadius() !== mine) { dot.setRadius(mine); }
  }
  const weight = zoom < 13.5 ? 0.4 : zoom < 15.5 ? 0.9 : 1.8;
  if (streets.weight !== weight) { streets.setStyle({ weight }); }
  streets.weight = weight;
}

// One site.

/* A ring around the selected site, and its outline; or around the selected cell. */
function drawRing() {
  if (ring) { ring.remove(); ring = null; }
  for (const [at, badge] of badges) {
    badge.getElement().classList.toggle("picked", at === selected);
  }
  if (selectedSpot !== null) { ringCell(selectedSpot); }
  if (selected === null) { return; }
  const look = { renderer: rings, color: PICK, weight: 3, fill: false, interactive: false };
  ring = L.layerGroup([L.circleMarker(places[selected], { ...look, radius: 17 })]).addTo(map);
  const outline = sites.outlines ? polygons(sites.outlines)[selected] : [];
  if (outline.length) { ring.addLayer(L.polygon(outline, look)); }
}

/* Move a site into view. */
function goTo(at) { map.panInside(places[at], { padding: [70, 70], animate: !still }); }

function goToSelected() {
  if (selected !== null) { goTo(selected); }
  if (selectedSpot !== null) {
    map.panInside(cells.boundsOf(selectedSpot).getCenter(), { padding: [60, 60], animate: !still });
  }
}

function ringCell(cell) {
  const look = { renderer: rings, color: PICK, weight: 3, fill: false, interactive: false };
  const rim = cells.ringsOf(cell);
  ring = L.layerGroup([rim[0].length > 2 ? L.polygon(rim, look)
    : L.circleMarker(rim[0][0], { ...look, radius: 8 })]).addTo(map);
}

function spotAt(event) {
  const cell = cells.cellAt(event.containerPoint);
  if (cell < 0) { return; }
  showSpot(cell);
}

const tip = L.tooltip({ direction: "top", offset: [0, -6] });
let toldCell = -1;

/* Tell the value under the pointer. */
function tellCell(event) {
  const target = event && event.originalEvent.target;
  const free = target && !(target.closest && target.closest(".leaflet-marker-icon, .leaflet-control"))
    && !dotCanvas._hoveredLayer;
  const cell = free && (currentLayer.on === "cells" || walking()) ? cells.cellAt(event.containerPoint) : -1;
  if (cell < 0) { toldCell = -1; tip.remove(); return; }
  tip.setLatLng(event.latlng);
  if (cell !== toldCell) { tip.setContent(said(cellTip(cell))); }
  if (!map.hasLayer(tip)) { tip.addTo(map); }
  toldCell = cell;
}

/* A button that shows the whole area again. */
function wholeButton() {
  const link = el("a", { href: "#", role: "button", class: "whole" }, el("i"));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    showWhole(!still);
  });
  zoomButtons.getContainer().append(link);
}

function nameButtons() {
  for (const [name, key] of [["zoom-in", "map.zoom_in"], ["zoom-out", "map.zoom_out"]]) {
    const link = zoomButtons.getContainer().querySelector(`.leaflet-control-${name}`);
    link.title = t(key);
    link.setAttribute("aria-label", t(key));
  }
  const whole = zoomButtons.getContainer().querySelector(".whole");
  whole.title = t("map.whole");
  whole.setAttribute("aria-label", t("map.whole"));
}
