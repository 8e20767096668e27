// What the page was told: helpers, geometry and numbers out of the JSON block.
// Text from data reaches the page as text nodes, never as markup.
"use strict";

const plan = JSON.parse(document.getElementById("plan").textContent);
const PAPER = "#dcd8ce";
const INK = "#1c2733";
const NO_DATA = 255;
const UNKNOWN = 65535;
const NONE_IN_REACH = 65534;
const FIRST_ROWS = 60;
const MANY_SITES = 400;



function byId(id) { return document.getElementById(id); }

/* el("p", {class: "x"}, "text", child): an element; strings become text nodes. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.filter((one) => one !== null && one !== undefined));
  return node;
}

function said(text, name) { return el("bdi", name ? { class: name } : {}, text); }

function format(value, decimals) {
  if (value === null || value === undefined || Number.isNaN(value)) { return "not known"; }
  if (typeof value === "string") { return value; }
  if (value === Infinity) { return "none within reach"; }
  const size = Math.abs(value);
  if (decimals === undefined && size > 0 && size < 0.01) { return value.toPrecision(2); }
  const digits = decimals ?? (size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return value.toLocaleString("en-GB", {
    minimumFractionDigits: decimals ?? 0, maximumFractionDigits: digits,
  });
}

function percent(share) { return share === null ? "–" : format(100 * share, 0) + " %"; }

function unpack(pack) {
  const bytes = Uint8Array.from(atob(pack.data), (one) => one.charCodeAt(0));
  if (pack.bits === "8") { return bytes; }
  return pack.bits === "16" ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}

function unpackValues(pack) {
  return Array.from(unpack(pack), (one) => one === UNKNOWN ? null
    : one === NONE_IN_REACH ? Infinity : pack.start + one * pack.step);
}

// Geometry: steps within the frame to latitude, longitude.

const [west, south, east, north] = plan.frame;

function latLngs(pack) {
  const steps = unpack(pack);
  const found = new Array(steps.length / 2);
  for (let at = 0; at < found.length; at += 1) {
    found[at] = [
      south + (north - south) * steps[2 * at + 1] / 65535,
      west + (east - west) * steps[2 * at] / 65535,
    ];
  }
  return found;
}

/* Cut a flat list into runs of the given lengths; no lengths means runs of one. */
function runs(flat, lengths) {
  if (!lengths) { return flat.map((one) => [one]); }
  let at = 0;
  return Array.from(unpack(lengths), (length) => flat.slice(at, at += length));
}

function polygons(shape) {
  const rings = runs(latLngs(shape.steps), shape.vertices);
  return runs(runs(rings, shape.rings), shape.polygons);
}



const sites = plan.sites;
const count = sites.ids.length;
const codes = new Map(plan.layers.map((one) => [one.id, unpack(one.codes)]));
const cellValues = new Map();
const siteTables = {};
for (const part of ["values", "scores", "contributions"]) {
  siteTables[part] = new Map(
    Object.entries(sites[part]).map(([name, pack]) => [name, unpackValues(pack)]));
}
const everySite = Array.from({ length: count }, (_, at) => at);
const chosen = everySite.filter((at) => sites.phase[at] !== null)
  .sort((a, b) => sites.phase[a] - sites.phase[b] || (sites.order[a] ?? a) - (sites.order[b] ?? b));
const badge = new Map(chosen.map((site, at) => [site, sites.order[site] ?? at + 1]));
const ranked = [...everySite]
  .sort((a, b) => (sites.rank[a] ?? Infinity) - (sites.rank[b] ?? Infinity) || a - b);

function siteName(at) { return sites.labels[at] || sites.ids[at]; }
