// What the map shows: its layers, their numbers and classes, and the form to choose one.
"use strict";

let currentLayer = null;
let asScores = false;
let patterned = false;
let minutesShown = true;
let painting = 0;
let watched = false;
const unpackedLayers = new Map();

function layerTitle(layer) { return layer.title_key ? t(layer.title_key) : layer.title; }

function layerUnit(layer) {
  if (showsScores(layer)) { return t("map.unit_score"); }
  return layer.unit_key ? t(layer.unit_key) : unitWords(layer.unit);
}

function scoresOf(layer) {
  if (!layer.criterion) { return null; }
  const scores = layer.on === "cells" ? facts.need.scores : now.siteScores;
  return scores[layer.criterion] || null;
}

function showsScores(layer) { return asScores && Boolean(scoresOf(layer)); }

function kept(key, make) {
  if (!unpackedLayers.has(key)) { unpackedLayers.set(key, make()); }
  return unpackedLayers.get(key);
}

/* The numbers a layer shows, NaN where not known; null where only classes are told. */
function numbersOf(layer) {
  if (showsScores(layer)) { return scoresOf(layer); }
  if (layer.id === "need") { return now.need.value; }
  if (layer.id === "demand") {
    return now.amount.map((one, at) =>
      Number.isNaN(now.need.value[at]) || Number.isNaN(facts.people[at]) ? NaN : one);
  }
  if (layer.id === "index") { return now.value; }
  if (layer.id === "served_after" && !now.published && facts.walks) { return reachedNow(); }
  if (layer.count) { return facts.counts[layer.count]; }
  if (layer.by_score) { return kept(layer.id, () => fromScores(layer)); }
  if (layer.values) { return kept(layer.id, () => unpackNumbers(layer.values)); }
  const pack = layer.on === "sites" && sites.values[layer.criterion];
  return pack ? kept(layer.id, () => unpackNumbers(pack)) : null;
}

/* Values that follow from the scores by the scale, and those that lie beyond it. */
function fromScores(layer) {
  const { scale: [zero, full], whole } = layer.by_score;
  const values = facts.need.scores[layer.criterion].map((score) => {
    const value = zero + score * (full - zero);
    return whole ? Math.round(value) : value;
  });
  const others = unpackNumbers(layer.by_score.values);
  let at = 0;
  unpack(layer.by_score.at).forEach((ahead, place) => {
    at += ahead;
    values[at] = others[place];
  });
  return values;
}

/* How fully each cell is within reach with the set that is chosen now. */
function reachedNow() {
  const codes = unpack(plan.layers.find((one) => one.id === "served_after").codes);
  const { best } = Live.covered(facts.walks, facts.served, now.order);
  return best.map((one, at) => codes[at] === NO_DATA ? NaN : one);
}

/* How a layer looks now: its classes, the class of each row, the colours. */
function lookOf(layer) {
  const values = numbersOf(layer);
  let classes = layer;
  const scores = showsScores(layer);
  const factor = scores ? 100 : layer.factor;
  if (scores || !layer.kind) {
    classes = Classing.quantiles(values, { factor, smallest: layer.smallest || null });
  }
  const codes = values ? Classing.codes(values, classes, factor)
    : kept(`${layer.id} codes`, () => unpack(layer.codes));
  return { classes, codes, values, factor, gaps: codes.includes(NO_DATA),
    colours: Classing.colours(Math.max(1, Classing.countOf(classes))) };
}

/* A layer's value at one place, in words. */
function layerText(layer, at) {
  if (layer.empty) { return t("map.no_data"); }
  const look = layer === currentLayer ? mapLook() : lookOf(layer);
  const code = look.codes[at];
  if (code === NO_DATA) { return t("not_known"); }
  const told = layer.on === "cells" && plan.about.public;
  if (told || look.classes.kind === "yes_no" || !look.values) {
    return classLabels(look.classes, layer)[code];
  }
  const value = look.factor * look.values[at];
  if (value === Infinity) { return format(value); }
  if (showsScores(layer) || layer.id === "need" || layer.id === "index") {
    return t("map.of_100", { value: format(value, layer.id === "need" ? 0 : 1) });
  }
  if (layer.factor === 100) { return `${format(value, 0)} %`; }
  return layer.unit_key ? format(value) : measured(value, layer.unit);
}

// Walking minutes of the selected site.

function walking() { return minutesShown && selected !== null && Boolean(facts.walks); }

function minuteStep() {
  return kept("minute step", () => {
    let top = 1;
    for (const one of facts.walks.minutes) { if (one > top) { top = one; } }
    return [1, 2, 5, 10, 20, 30, 60].find((one) => top / one <= 7) || 60;
  });
}

/* Cells within reach of a site, by class of minutes; the rest is faded.  The brightest colour
   is left out: far is not what should catch the eye. */
function walkLook(site) {
  const step = minuteStep();
  const codes = new Uint8Array(facts.served.length).fill(FADED);
  const { start, cell, minutes } = facts.walks;
  for (let at = start[site]; at < start[site + 1]; at += 1) {
    codes[cell[at]] = Math.max(0, Math.ceil(minutes[at] / step) - 1);
  }
  const all = Math.ceil(kept("most minutes", () =>
    facts.walks.minutes.reduce((most, one) => Math.max(most, one), 1)) / step);
  return { codes, step, colours: Classing.colours(all + 1).reverse().slice(0, all) };
}

/* Minutes on foot from a cell to the selected site; null beyond reach. */
function minutesTo(site, wanted) {
  const { start, cell, minutes } = facts.walks;
  for (let at = start[site]; at < start[site + 1]; at += 1) {
    if (cell[at] === wanted) { return minutes[at]; }
  }
  return null;
}

// Painting.

let latest = null;

function mapLook() {
  if (!latest || latest.layer !== currentLayer) {
    latest = { ...lookOf(currentLayer), layer: currentLayer };
  }
  return latest;
}

function paintMap() {
  painting = 0;
  latest = null;
  const look = walking() ? walkLook(selected) : mapLook();
  const onCells = walking() || currentLayer.on === "cells";
  const colours = new Map(look.colours.map((one, code) => [code, one]));
  colours.set(NO_DATA, "#f4f2ec").set(FADED, "#e6e2d8");
  if (onCells) { cells.paint(look.codes, tableOf(colours, look.colours.length, patterned)); }
  else { cells.paint(plainCodes(), tableOf(new Map([[0, PAPER]]), 1, false)); }
  if (!walking() && currentLayer.on === "sites") { paintSites(look); } else { plainSites(); }
  map.getContainer().classList.toggle("walking", walking());
  drawLegend();
}

function plainCodes() { return kept("plain", () => new Uint8Array(plan.cells.count)); }

let sitesPainted = false;

function paintSites(look) {
  const colour = (at) => look.codes[at] === NO_DATA ? "#f4f2ec" : look.colours[look.codes[at]];
  dots.forEach((dot, at) => {
    const fillColor = colour(at);
    if (dot.options.fillColor !== fillColor) { dot.setStyle({ fillColor }); }
  });
  for (const [at, badge] of badges) {
    badge.getElement().style.setProperty("--ring", colour(at));
    badge.getElement().classList.add("rung");
  }
  sitesPainted = true;
}

function plainSites() {
  for (const badge of badges.values()) { badge.getElement().classList.remove("rung"); }
  if (!sitesPainted) { return; }
  for (const dot of dots) { dot.setStyle({ fillColor: "#ffffff" }); }
  sitesPainted = false;
}

/* Paint once before the next picture, however much changes until then. */
function paintSoon() {
  if (!painting) { painting = window.requestAnimationFrame(paintMap); }
}

// The form.

function buildLayers() {
  byId("layers").querySelector("summary").textContent = t("map.layers");
  const form = document.querySelector("#layers form");
  form.onsubmit = (event) => event.preventDefault();
  const sets = [...new Set(plan.layers.map((one) => one.group_key))].map((group) =>
    el("fieldset", {}, el("legend", {}, t(group)),
      ...plan.layers.filter((one) => one.group_key === group).map(choice)));
  const extras = el("fieldset", {}, el("legend", {}, t("map.on_top")));
  if (count) { extras.append(tick("dots", t("map.all_sites"))); }
  if (plan.streets.vertices.size) { extras.append(tick("streets", t("map.streets"))); }
  if (plan.existing.labels.length) { extras.append(tick("existing", t("map.existing_places"))); }
  form.replaceChildren(...sets, extras);
}

function choice(layer) {
  const input = el("input", { type: "radio", name: "layer", value: layer.id,
    disabled: Boolean(layer.empty), checked: layer === currentLayer });
  input.addEventListener("change", () => showLayer(layer.id));
  return el("label", { class: layer.empty ? "off" : null }, input, said(layerTitle(layer)),
    layer.empty ? el("em", {}, t("map.no_data")) : null);
}

function tick(name, title) {
  const input = el("input", { type: "checkbox", name, checked: shown[name] });
  input.addEventListener("change", () => { shown[name] = input.checked; drawDots(); drawLegend(); });
  return el("label", {}, input, title);
}

/* Show one layer; the catchment of a site steps back for it. */
function showLayer(id) {
  currentLayer = plan.layers.find((one) => one.id === id) || plan.layers[0];
  const input = document.querySelector(`#layers input[value="${CSS.escape(currentLayer.id)}"]`);
  if (input) { input.checked = true; }
  minutesShown = false;
  drawDots();
  draw("layer");
}

views.push({
  draw(what) {
    if (!cells || what === "bound") { return; }
    if (what === "all" || what === "language") { nameButtons(); buildLayers(); }
    if (!watched) { watchSize(); watched = true; }
    if (what === "site") { minutesShown = selected !== null; drawRing(); drawDots(); goToSelected(); }
    if (what === "all" || what === "set" || what === "language") { drawSet(); drawRing(); }
    if (what === "all" || what === "language" || what === "site" || what === "layer") { drawTools(); }
    paintSoon();
  },
});
