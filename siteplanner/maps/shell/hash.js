// The address holds what the reader changed, so that a link or a bookmark brings it back.
// Everything that is read from it is checked; what cannot be used is left out and told.
"use strict";

function writeHash() {
  const parts = [];
  for (const level of ["need", "site"]) {
    for (const [name, weight] of Object.entries(asked.weights[level])) {
      parts.push(`${level}.${encodeURIComponent(name)}=${Number(weight.toFixed(6))}`);
    }
  }
  if (plan.live.set && asked.count !== publishedCount()) { parts.push(`count=${asked.count}`); }
  for (const at of asked.pins) { parts.push(`keep=${encodeURIComponent(sites.ids[at])}`); }
  for (const [at, note] of asked.strikes) {
    parts.push(`strike=${encodeURIComponent(sites.ids[at])}~${encodeURIComponent(note)}`);
  }
  if (currentLayer && currentLayer.id !== "need") { parts.push(`layer=${encodeURIComponent(currentLayer.id)}`); }
  if (selected !== null) { parts.push(`site=${encodeURIComponent(sites.ids[selected])}`); }
  if (language !== plan.about.language) { parts.push(`language=${language}`); }
  const { lat, lng } = map.getCenter();
  if (mapWasMoved) { parts.push(`view=${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`); }
  const text = parts.length ? `#${parts.join("&")}` : " ";
  try { window.history.replaceState(null, "", text === " " ? "#" : text); }
  catch { /* some browsers forbid it for files; the page works without */ }
}

let mapWasMoved = false;
let writing = 0;

/* Write once the hand rests: browsers let a page do so only so often. */
function writeSoon() {
  window.clearTimeout(writing);
  writing = window.setTimeout(writeHash, 150);
}

/* Take over what the address asks for; give the parts that could not be used. */
function readHash() {
  const spoilt = [];
  const wanted = { layer: null, site: null, view: null };
  const number = new Map(sites.ids.map((id, at) => [id, at]));
  for (const part of window.location.hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const cut = part.indexOf("=");
    const key = cut < 0 ? part : part.slice(0, cut);
    let value = "";
    try { value = decodeURIComponent(part.slice(cut + 1).replace(/~.*$/, "")); }
    catch { spoilt.push(part); continue; }
    if (!takeOver(key, value, part, number, wanted)) { spoilt.push(part); }
  }
  return { spoilt, wanted };
}

function takeOver(key, value, part, number, wanted) {
  const named = /^(need|site)\.(.+)$/.exec(key);
  if (named) { return takeWeight(named[1], named[2], value); }
  if (key === "count") {
    const asked_ = Number(value);
    const fits = plan.live.set && !refusal() && Number.isInteger(asked_) && asked_ >= 1 && asked_ <= mostSites();
    if (fits) { asked.count = asked_; }
    return Boolean(fits);
  }
  if (key === "keep" || key === "strike") {
    const at = number.get(value);
    if (at === undefined || refusal() || isFixed(at) || isBarred(at)) { return false; }
    if (key === "keep") { asked.strikes.delete(at); asked.pins.add(at); return true; }
    const note = part.includes("~") ? part.slice(part.indexOf("~") + 1) : "";
    try { asked.strikes.set(at, decodeURIComponent(note).slice(0, 200)); }
    catch { return false; }
    asked.pins.delete(at);
    return true;
  }
  if (key === "layer" && plan.layers.some((one) => one.id === value && !one.empty)) {
    wanted.layer = value;
    return true;
  }
  if (key === "site" && number.has(value)) { wanted.site = number.get(value); return true; }
  if (key === "language" && languages.includes(value)) { language = value; return true; }
  if (key === "view") {
    const found = value.split("/").map(Number);
    if (found.length !== 3 || found.some((one) => !Number.isFinite(one))) { return false; }
    if (found[0] < 0 || found[0] > 22 || Math.abs(found[1]) > 90 || Math.abs(found[2]) > 180) { return false; }
    wanted.view = found;
    return true;
  }
  return false;
}

function takeWeight(level, name, value) {
  let decoded = name;
  try { decoded = decodeURIComponent(name); } catch { return false; }
  const weight = Number(value);
  if (value === "" || !Number.isFinite(weight) || weight < 0 || weight > 1e6) { return false; }
  let found = null;
  const visit = (tree) => tree.forEach((one) => {
    if (one.name === decoded) { found = one; }
    if (one.parts) { visit(one.parts); }
  });
  visit(plan.live[level].tree);
  if (!found) { return false; }
  setWeight(asked, level, found, weight);
  return true;
}
