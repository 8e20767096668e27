// One site (or one spot on the map) in the panel: what it is, its marks, its facts.
"use strict";

const NOTE = 200; // letters of a note at most
let selected = null; // the site shown, or null
let selectedSpot = null; // the cell shown, or null
let spotName = "";
let cameFrom = null;
let striking = false;

function showSite(at, opener) {
  cameFrom = opener || null;
  selected = at;
  selectedSpot = null;
  striking = false;
  draw("site");
  openDetail();
}

function showSpot(cell, opener, name) {
  cameFrom = opener || null;
  selected = null;
  selectedSpot = cell;
  spotName = name || "";
  draw("site");
  openDetail();
}

function closeSite() {
  const at = selected;
  selected = null;
  selectedSpot = null;
  byId("detail").hidden = true;
  byId("list").hidden = false;
  draw("site");
  const back = cameFrom && cameFrom.isConnected ? cameFrom
    : at === null ? null : document.querySelector(`#list button[data-site="${at}"]`);
  (back || byId("list")).focus();
  cameFrom = null;
}

function openDetail() {
  const detail = byId("detail");
  detail.hidden = false;
  byId("list").hidden = true;
  byId("sites").scrollTop = 0;
  detail.querySelector("h2").focus({ preventScroll: true });
  const box = detail.getBoundingClientRect();
  if (box.top < 0 || box.top > window.innerHeight - 120) { detail.scrollIntoView({ block: "start" }); }
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || byId("detail").hidden || event.defaultPrevented) { return; }
  const at = document.activeElement;
  if (document.querySelector("dialog[open]") || !(at === document.body || byId("detail").contains(at))) { return; }
  if (striking) { striking = false; drawActs(); focusAct("strike"); } else { closeSite(); }
});

// The frame: boxes that are filled anew as things change.

function drawDetail() {
  const detail = byId("detail");
  const back = button({ class: "back" }, closeSite, t("site.back"));
  if (selectedSpot !== null) {
    detail.replaceChildren(back, el("h2", { tabindex: "-1", dir: "auto" }, spotName || t("site.spot")),
      el("div", { class: "about" }, factList(spotFacts(selectedSpot))));
    return;
  }
  if (selected === null) { detail.replaceChildren(); return; }
  const box = (name) => el("div", { class: name });
  detail.replaceChildren(back, el("h2", { tabindex: "-1", dir: "auto" }, siteName(selected)),
    box("verdicts"), box("acts"), box("reasons"), box("about"), box("sums"), box("within"), box("sure"));
  fillPart("within", withinReach(selected));
  fillSite(true);
}

function detailPart(name) { return document.querySelector(`#detail > .${name}`); }

function fillPart(name, nodes) { detailPart(name).replaceChildren(...nodes.flat().filter(Boolean)); }

/* Fill what moves with the weights, and once the set has settled what follows from the set. */
function fillSite(settled) {
  fillPart("about", [factList(siteFacts(selected))]);
  fillPart("sums", breakdown(selected));
  if (!settled) { return; }
  fillPart("verdicts", [verdict(selected), warned(selected)]);
  fillPart("reasons", reasons(selected));
  drawActs();
  drawSure(selected);
}

views.push({ draw(what) {
  if (what === "site" || what === "all" || what === "language") {
    const focus = byId("detail").contains(document.activeElement);
    drawDetail();
    const title = byId("detail").querySelector("h2");
    if (focus && what !== "site" && title) { title.focus({ preventScroll: true }); }
  } else if (selectedSpot !== null && detailPart("about")) {
    if (what === "ranking" || what === "set") { fillPart("about", [factList(spotFacts(selectedSpot))]); }
  } else if (selected !== null && detailPart("about")) {
    if (what === "ranking") { fillSite(false); } else if (what === "set") { fillSite(true); }
  }
} });

// In the set or not.

function verdict(at) {
  const place = now.order.indexOf(at);
  const { set } = plan.live;
  const marks = [];
  if (asked.pins.has(at)) { marks.push(t("site.pinned")); }
  if (set && set.fixed.includes(at)) { marks.push(t("site.fixed")); }
  if (asked.strikes.has(at)) {
    const note = asked.strikes.get(at);
    return el("p", { class: "verdict no" }, note ? t("site.struck_for") : t("site.struck"),
      note ? " " : null, note ? said(note) : null);
  }
  if (place >= 0) {
    const phases = now.published && new Set(chosen.map((one) => sites.phase[one])).size > 1;
    const words = phases ? t("site.chosen_phase", { number: place + 1, phase: sites.phase[at] })
      : t("site.chosen", { number: place + 1 });
    return el("p", { class: "verdict yes" }, el("span", { class: "badge", "aria-hidden": "true" }, String(place + 1)),
      el("span", {}, [words, ...marks].join(" · ")));
  }
  return el("p", { class: "verdict no" }, t(!now.order.length ? "site.none_chosen"
    : !now.published && chosen.includes(at) ? "site.no_longer" : "site.not_chosen"));
}

/* What the scenario warns of at this place: it stays in, somebody has to look. */
function warned(at) {
  const words = sites.warnings[at];
  return words ? el("p", { class: "warned" }, el("b", {}, t("site.warned")), " ", said(words)) : null;
}

// Keeping in, striking out.

function drawActs() {
  const at = selected;
  const focus = document.activeElement && detailPart("acts").contains(document.activeElement)
    ? document.activeElement.dataset.act : null;
  const refused = refusal();
  const locked = refused ? refusedWords(refused) : plan.live.set.fixed.includes(at) ? t("site.fixed_stays")
    : plan.live.set.barred.includes(at) ? t("site.barred_stays") : "";
  const act = (name, words, does) => button({ "data-act": name, disabled: Boolean(locked) && name !== "compare",
    "aria-describedby": locked && name !== "compare" ? "locked" : null }, does, words);
  const mark = (does) => change(does, { needMoved: false });
  const pinned = asked.pins.has(at);
  const struck = asked.strikes.has(at);
  const lacking = plan.live.set && plan.live.set.lacking[at];
  const nodes = [
    pinned ? act("pin", t("site.unpin"), () => mark((one) => one.pins.delete(at)))
      : act("pin", t("site.pin"), () => mark((one) => { one.strikes.delete(at); one.pins.add(at); })),
    struck ? act("strike", t("site.unstrike"), () => mark((one) => one.strikes.delete(at)))
      : act("strike", t("site.strike"), () => { striking = !striking; drawActs(); byId("note")?.focus(); }),
    count > 1 ? act("compare", t("site.compare"), () => openCompare(at)) : null,
  ];
  fillPart("acts", [el("div", { class: "buttons" }, ...nodes),
    locked ? el("p", { class: "hint", id: "locked" }, locked) : null,
    pinned && lacking ? el("p", { class: "hint" }, t("site.pinned_though")) : null,
    striking && !struck && !locked ? strikeForm(at) : null]);
  if (focus) { focusAct(focus); }
}

function focusAct(name) {
  const found = detailPart("acts") && detailPart("acts").querySelector(`[data-act="${name}"]`);
  if (found) { found.focus(); }
}

function strikeForm(at) {
  const note = el("input", { id: "note", type: "text", maxlength: NOTE, autocomplete: "off", dir: "auto" });
  const form = el("form", { class: "strike" }, el("label", { for: "note" }, t("site.note")), note,
    el("div", { class: "buttons" }, el("button", { type: "submit" }, t("site.strike_now")),
      button({}, () => { striking = false; drawActs(); focusAct("strike"); }, t("site.cancel"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    striking = false;
    const text = note.value.trim().slice(0, NOTE);
    drawActs();
    focusAct("strike");
    change((one) => { one.pins.delete(at); one.strikes.set(at, text); }, { needMoved: false });
  });
  return form;
}

// Facts.

function factList(pairs) {
  return el("dl", {}, ...pairs.filter(Boolean).map(([name, ...value]) =>
    el("div", {}, el("dt", {}, said(name)), el("dd", {}, ...value.map((one) =>
      typeof one === "string" ? said(one) : one)))));
}

function rankWords(rank) { return rank ? t("site.rank_of", { rank, all: count }) : t("site.not_ranked"); }

function areaWords(at) { return sites.area_m2[at] === null ? t("not_known") : `${format(sites.area_m2[at])} m²`; }

function siteFacts(at) {
  const step = moved(at);
  const near = nearestExisting(at);
  const pieces = piecesOf(at);
  return [
    [t("site.rank"), rankWords(now.rank[at]), ...(step ? [" ", step] : [])],
    now.publishedWeights ? null : [t("site.rank_published"), rankWords(publishedRank(at))],
    [t("site.index"), pieces.index === null ? indexWords(pieces) : `${points(pieces.index)} ${t("of_hundred")}`],
    [t("site.people"), countWords(sites.people[at])],
    [t("site.newly_alone"), countWords(newlyAlone(at))],
    [t("site.area"), areaWords(at)],
    [t("site.confidence"), sites.confidence[at] === null ? t("not_known")
      : t("site.of_weight", { share: percent(sites.confidence[at]) })],
    sites.alike[at] ? [t("site.alike"), format(sites.alike[at])] : null,
    near ? [t("site.nearest"), near] : null,
    [t("site.id"), sites.ids[at]],
  ];
}

let existingPlaces = null;

/* The nearest place there is already, in a straight line. */
function nearestExisting(at) {
  if (!plan.existing.labels.length) { return null; }
  existingPlaces = existingPlaces || latLngs(plan.existing.points.steps);
  const [lat, lng] = sitePlaces()[at];
  const wide = Math.cos(lat * Math.PI / 180);
  let best = Infinity;
  let name = "";
  existingPlaces.forEach(([y, x], one) => {
    const far = 111_320 * Math.hypot(y - lat, (x - lng) * wide);
    if (far < best) { best = far; name = plan.existing.labels[one]; }
  });
  const metres = best < 1000 ? `${format(Math.round(best / 10) * 10)} m` : `${format(best / 1000, 1)} km`;
  return name ? t("site.nearest_is", { name: named(name), far: metres }) : t("site.nearest_far", { far: metres });
}

let sitePoints = null;

function sitePlaces() {
  sitePoints = sitePoints || latLngs(sites.points.steps);
  return sitePoints;
}

// A spot on the map.

function spotFacts(cell) {
  return plan.layers.filter((one) => one.on === "cells").map((one) => [layerTitle(one), layerText(one, cell)]);
}
