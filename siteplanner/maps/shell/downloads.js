// All sites as they are on screen, as CSV and as GeoJSON; the weights go with them.
"use strict";

const FORMULA = /^[=+\-@\t\r]/; // a text that begins so is a formula to a spreadsheet
const LATER_FORMULA = /[;\t\r\n][\s"']*(?=[=+\-@])/g; // and here another one would begin

/* The facts of a site, under names that do not change with the language. */
function recordOf(at, shares) {
  const pieces = piecesOf(at, shares);
  const place = now.order.indexOf(at);
  const found = {
    id: sites.ids[at], name: siteName(at), rank: now.rank[at] || null, rank_published: sites.rank[at],
    index: pieces.secret ? "withheld" : pieces.index, in_set: place >= 0 ? place + 1 : null,
    phase_published: sites.phase[at], kept_in: asked.pins.has(at), struck_out: asked.strikes.has(at),
    struck_note: asked.strikes.get(at) || null, people_within_reach: sites.people[at],
    people_in_need_newly_alone: newlyAlone(at), area_m2: sites.area_m2[at], confidence: sites.confidence[at],
  };
  if (sites.warnings.length) { found.warnings = sites.warnings[at] || null; }
  for (const row of pieces.rows) {
    const { name } = row.one;
    const none = row.small ? "withheld" : null;
    found[`${name}_value`] = row.small && row.one.counts ? "<10" : row.value === Infinity ? "none within reach"
      : Number.isNaN(row.value) ? none : row.value;
    found[`${name}_score`] = row.score ?? none;
    found[plan.about.multiplied ? `${name}_factor` : `${name}_points`] = row.points ?? none;
  }
  return found;
}

/* The weights in use: level, name, title, weight as set, share, and as published. */
function weightRecords() {
  return ["need", "site"].flatMap((level) => {
    const shares = sharesOf(level);
    return Live.leaves(plan.live[level].tree).map((node) => ({
      level, name: node.name, title: node.title, weight: weightOf(level, node), weight_published: node.weight,
      share: shares[node.name] ?? null, published: weightOf(level, node) === node.weight,
    }));
  });
}

function csvCell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) { return ""; }
  if (typeof value === "number") { return String(Number(value.toPrecision(12))); }
  if (typeof value === "boolean") { return value ? "yes" : "no"; }
  const safe = (FORMULA.test(value) ? `'${value}` : value).replace(LATER_FORMULA, "$&'");
  return `"${safe.replaceAll('"', '""')}"`;
}

/* One row a site; below them one a weight, told apart by the first column (RFC 4180). */
function csvText() {
  const shares = sharesOf("site");
  const records = sitesByRank().map((at) => {
    const [latitude, longitude] = sitePlaces()[at].map((one) => Number(one.toFixed(6)));
    return { record: "site", ...recordOf(at, shares), longitude, latitude };
  });
  const weights = weightRecords().map((one) => ({
    record: `weight of ${one.level}`, id: one.name, name: one.title, weight: one.weight,
    weight_published: one.weight_published, share_of_weight: one.share, published: one.published,
  }));
  const names = [...new Set([...records.slice(0, 1), ...weights.slice(0, 1)].flatMap(Object.keys))];
  const row = (one) => names.map((name) => csvCell(one[name]));
  const lines = [names.map(csvCell), ...[...records, ...weights].map(row)];
  return `\ufeff${lines.map((one) => one.join(",")).join("\r\n")}\r\n`;
}

function geoJsonText() {
  const shares = sharesOf("site");
  const round = (one) => Number(one.toFixed(6));
  return JSON.stringify({
    type: "FeatureCollection",
    siteplanner: { scenario: plan.about.scenario, title: plan.about.title, version: plan.about.version,
      published: now.published, sites_asked_for: asked.count, weights: weightRecords() },
    features: sitesByRank().map((at) => {
      const [lat, lng] = sitePlaces()[at];
      return { type: "Feature", id: sites.ids[at], geometry: { type: "Point", coordinates: [round(lng), round(lat)] },
        properties: recordOf(at, shares) };
    }),
  });
}

function downloadName(ending) {
  const scenario = plan.about.scenario.replace(/[^\w-]+/g, "_").slice(0, 80);
  return `${scenario}_sites${now.published ? "" : "_changed"}.${ending}`;
}

/* Hand a text to the browser as a file; nothing is fetched. */
function handOver(text, kind, name) {
  const address = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  const link = el("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
  announce(t("table.saved", { name }));
}

function downloadCsv() { handOver(csvText(), "text/csv", downloadName("csv")); }

function downloadGeoJson() { handOver(geoJsonText(), "application/geo+json", downloadName("geojson")); }
