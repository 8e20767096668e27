// The legend: what the colours and signs on the map mean at this moment.
"use strict";

function classLabels(classes, layer) {
  const { kind, breaks, ends, far } = classes;
  const last = far ? [t("none_within_reach")] : [];
  if (kind === "yes_no") { return [t("map.not_within_reach"), t("map.within_reach")]; }
  const texts = breaks.map((one) => format(one));
  if (kind === "values") { return [...texts, ...last]; }
  if (!texts.length) {
    return [t("legend.range", { from: format(ends[0]), to: format(ends[1]) }), ...last];
  }
  const inner = texts.slice(1).map((to, at) => t("legend.range", { from: texts[at], to }));
  return [t("legend.below", { to: texts[0] }), ...inner,
    t("legend.over", { from: texts[texts.length - 1] }), ...last];
}

function minuteLabels(look) {
  return look.colours.map((_, at) => at === 0 ? t("legend.minutes_first", { to: look.step })
    : t("legend.minutes", { from: at * look.step, to: (at + 1) * look.step }));
}

/* What the pointer is told of a cell. */
function cellTip(cell) {
  if (walking()) {
    const minutes = minutesTo(selected, cell);
    return minutes === null ? t("legend.beyond") : t("legend.on_foot", { n: minutes });
  }
  return `${layerTitle(currentLayer)}: ${layerText(currentLayer, cell)}`;
}

function drawLegend() {
  const box = byId("legend");
  if (!box.querySelector(".shown")) {
    box.replaceChildren(el("div", { class: "shown" }), el("div", { class: "tools" }));
    drawTools();
  }
  box.firstChild.replaceChildren(...(walking() ? walkLegend() : layerLegend()), keys());
}

function layerLegend() {
  const look = mapLook();
  const labels = Classing.countOf(look.classes) ? classLabels(look.classes, currentLayer) : [];
  const rows = el("ul", {}, ...labels.map((label, code) =>
    swatch(look.colours[code], label, code, labels.length)));
  if (look.gaps) { rows.append(swatch("#f4f2ec", gapWords(), NO_DATA, labels.length)); }
  const notes = [layerUnit(currentLayer)];
  if (look.classes.kind === "quantiles" && look.classes.breaks.length > 1) {
    notes.push(t("legend.as_many"));
  }
  if (currentLayer.live && !now.published) { notes.push(t("legend.with_changes")); }
  return [el("h2", { dir: "auto" }, layerTitle(currentLayer)),
    el("p", { dir: "auto" }, notes.filter(Boolean).join(". ")),
    rows.childElementCount ? rows : el("p", {}, t("legend.nothing"))];
}

function gapWords() {
  if (currentLayer.on === "cells") { return t("legend.gap_cells"); }
  return t(plan.about.public ? "legend.gap_withheld" : "legend.gap");
}

function walkLegend() {
  const look = walkLook(selected);
  const labels = minuteLabels(look);
  const rows = el("ul", {}, ...labels.map((label, code) =>
    swatch(look.colours[code], label, code, labels.length)),
  swatch("#e6e2d8", t("legend.beyond"), FADED, labels.length));
  return [el("h2", { dir: "auto" }, t("legend.walk")),
    el("p", {}, said(t("legend.walk_to", { name: siteName(selected) }))), rows];
}

/* Colour, with the pattern that the map has. */
function swatch(colour, text, code, many) {
  const box = el("i", { class: code === NO_DATA ? "gap" : null });
  box.style.backgroundColor = colour;
  if (patterned && code !== FADED && (walking() || currentLayer.on === "cells")) {
    const canvas = el("canvas", { width: 26, height: 15 });
    const pen = canvas.getContext("2d");
    const { bits, ink } = patternOf(code, many, colour);
    pen.fillStyle = ink;
    for (let at = 0; at < 26 * 15; at += 1) {
      const [x, y] = [at % 26, Math.floor(at / 26)];
      if ((bits[y & 7] >> (x & 7)) & 1) { pen.fillRect(x, y, 1, 1); }
    }
    box.append(canvas);
  }
  return el("li", {}, box, text);
}

function keys() {
  const list = el("ul", { class: "keys" });
  const add = (name, text, inside) => list.append(
    el("li", {}, el("i", { class: name }, el("b", {}, inside || "")), text));
  const seen = (test) => everySite.some(test);
  if (now.order.length) { add("pin-key", t("legend.chosen"), "1"); }
  if (asked.pins.size) { add("pin-key pinned", t("map.pinned"), "2"); }
  if (seen((at) => isFixed(at) && !asked.pins.has(at))) { add("pin-key fixed", t("map.fixed"), "3"); }
  if (asked.strikes.size) { add("cross-key struck", t("map.struck"), "×"); }
  if (seen((at) => isBarred(at) && !asked.strikes.has(at))) { add("cross-key", t("map.barred"), "×"); }
  if (count > now.order.length && (shown.dots || currentLayer.on === "sites")) {
    add("dot-key", t("legend.other"));
  }
  if (shown.existing && plan.existing.labels.length) { add("square-key", t("legend.existing")); }
  add("edge-key", t("legend.edge"));
  return list;
}

/* Switches below the legend; they stay while the classes change. */
function drawTools() {
  const box = byId("legend").querySelector(".tools");
  if (!box) { return; }
  const focused = document.activeElement && box.contains(document.activeElement)
    ? document.activeElement.name : null;
  const parts = [];
  if (selected !== null && facts.walks) {
    parts.push(toggle("minutes", t("legend.show_walk"), minutesShown, (on) => { minutesShown = on; }),
      button({ class: "zoom-walk", name: "zoom" }, zoomToWalk, t("legend.zoom_walk")));
  }
  if (!walking() && scoresOf(currentLayer)) {
    parts.push(toggle("scores", t("legend.show_scores"), asScores, (on) => { asScores = on; }));
  }
  if (walking() || currentLayer.on === "cells") {
    parts.push(toggle("patterns", t("legend.patterns"), patterned, (on) => { patterned = on; }));
  }
  box.replaceChildren(...parts);
  const again = focused && box.querySelector(`[name="${focused}"]`);
  if (again) { again.focus(); }
}

function toggle(name, title, checked, set) {
  const input = el("input", { type: "checkbox", name, checked });
  input.addEventListener("change", () => { set(input.checked); drawTools(); paintSoon(); });
  return el("label", {}, input, el("span", {}, title));
}

/* Move the map to what is within a walk of the selected site. */
function zoomToWalk() {
  const bounds = L.latLngBounds([places[selected]]);
  const { start, cell } = facts.walks;
  for (let at = start[selected]; at < start[selected + 1]; at += 1) {
    bounds.extend(cells.boundsOf(cell[at]));
  }
  map.fitBounds(bounds, { padding: [24, 24], maxZoom: 17, animate: !still });
}
