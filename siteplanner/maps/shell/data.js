// What the page was told: numbers out of their blocks, words in the reader's language.
// Text from data reaches the page as text nodes, never as markup.
"use strict";

const plan = JSON.parse(document.getElementById("plan").textContent);
const PAPER = "#dcd8ce";
const INK = "#1c2733";
const NO_DATA = 255;
const UNKNOWN = 65535;
const NONE_IN_REACH = 65534;
let bytes = null;

function byId(id) { return document.getElementById(id); }

/* el("p", {class: "x"}, "text", child): an element; strings become text nodes. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat().filter((one) => one !== null && one !== undefined));
  return node;
}

function said(text, name) { return el("bdi", name ? { class: name } : {}, text); }

function button(attributes, act, ...children) {
  const node = el("button", { type: "button", ...attributes }, ...children);
  node.addEventListener("click", act);
  return node;
}

// Words and numbers in the reader's language.

const languages = Object.keys(plan.messages);
let language = languages[0];

/* t("key", {name: value}): the message in the language in use.  Where a message has forms
   ("key#one", "key#other"), `n` picks one.  Numbers are written as the language does. */
function t(key, values) {
  const given = values || {};
  let form = key;
  if (given.n !== undefined) {
    const one = `${key}#${new Intl.PluralRules(locale()).select(given.n)}`;
    form = [one, `${key}#other`, key].find((name) => name in plan.messages[language]) || key;
  }
  const text = plan.messages[language][form] ?? plan.messages.en[form] ?? form;
  return text.replace(/\{(\w+)\}/g, (all, name) => name in given
    ? typeof given[name] === "number" ? format(given[name]) : String(given[name]) : all);
}

function locale() { return plan.messages[language].locale || language; }

function format(value, decimals) {
  if (value === null || value === undefined || Number.isNaN(value)) { return t("not_known"); }
  if (typeof value === "string") { return value; }
  if (value === Infinity) { return t("none_within_reach"); }
  const size = Math.abs(value);
  if (decimals === undefined && size > 0 && size < 0.01) {
    return formatter({ maximumSignificantDigits: 2 }).format(value);
  }
  const digits = decimals ?? (size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return formatter({ minimumFractionDigits: decimals ?? 0, maximumFractionDigits: digits }).format(value);
}

const formatters = new Map(); // making one takes much longer than using it

function formatter(options) {
  const key = `${locale()} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) { formatters.set(key, new Intl.NumberFormat(locale(), options)); }
  return formatters.get(key);
}

function percent(share, decimals) {
  return share === null || Number.isNaN(share) ? "–" : format(100 * share, decimals ?? 0) + " %";
}

// Numbers: bytes of the second block, inflated once.

async function inflate() {
  const text = atob(byId("numbers").textContent);
  const packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) { packed[at] = text.charCodeAt(at); }
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  bytes = await new Response(stream).arrayBuffer();
}

function unpack(pack) {
  const part = bytes.slice(pack.at, pack.at + pack.size);
  if (pack.bits === "steps") { return steps(new Uint8Array(part)); }
  if (pack.bits === "path") { return path(new Uint8Array(part)); }
  const Kind = { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array, 64: Float64Array }[pack.bits];
  return new Kind(part);
}

/* Seven bits a byte, lowest first; the eighth says that another byte follows. */
function steps(packed) {
  const found = [];
  let value = 0;
  let shift = 0;
  for (const byte of packed) {
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte < 128) {
      found.push(value);
      value = 0;
      shift = 0;
    }
  }
  return found;
}

/* Moves across and up, low bytes before high ones: the places they lead to, in pairs. */
function path(packed) {
  const length = packed.length / 4;
  const found = new Uint16Array(2 * length);
  for (let axis = 0; axis < 2; axis += 1) {
    const low = 2 * axis * length;
    let at = 0;
    for (let place = 0; place < length; place += 1) {
      at += packed[low + place] + 256 * packed[low + length + place];
      found[2 * place + axis] = at;
    }
  }
  return found;
}

/* Numbers that were packed as even steps: NaN is not known, infinity is none within reach. */
function unpackNumbers(pack) {
  const packed = unpack(pack);
  if (pack.bits === "64") { return packed; }
  const found = new Float64Array(packed.length);
  const small = pack.bits === "8";
  const fine = pack.bits === "32"; // has no infinity
  const missing = pack.unknown ?? (small ? NO_DATA : UNKNOWN);
  const far = fine ? -1 : small ? NONE_IN_REACH % 256 : NONE_IN_REACH;
  for (let at = 0; at < found.length; at += 1) {
    found[at] = packed[at] === missing ? NaN
      : packed[at] === far ? Infinity
      : pack.levels ? pack.levels[packed[at]] : pack.start + packed[at] * pack.step;
  }
  return found;
}

function unpackValues(pack) {
  return Array.from(unpackNumbers(pack), (one) => Number.isNaN(one) ? null : one);
}

// Geometry: steps within the frame to latitude, longitude.

const [west, south, east, north] = plan.frame;

function latLngs(pack) {
  const found = unpack(pack);
  const places = new Array(found.length / 2);
  for (let at = 0; at < places.length; at += 1) {
    places[at] = [
      south + (north - south) * found[2 * at + 1] / 65535,
      west + (east - west) * found[2 * at] / 65535,
    ];
  }
  return places;
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

let saying = 0;

/* Tell a screen reader what changed, once the hand rests. */
function announce(text) {
  window.clearTimeout(saying);
  saying = window.setTimeout(() => { byId("told").textContent = text; }, 600);
}
