// Where a site's index comes from: each criterion's value, score, weight and points.
"use strict";

const unpacked = new Map();

/* The published values of a site criterion by site, or null where there are none. */
function columnOf(name) {
  if (!unpacked.has(name)) {
    unpacked.set(name, sites.values[name] ? unpackNumbers(sites.values[name]) : null);
  }
  return unpacked.get(name);
}

function siteCriteria() { return plan.criteria.filter((one) => one.level === "site"); }

/* The best rank first; sites without one last. */
function sitesByRank() {
  return [...everySite].sort((a, b) => (now.rank[a] || Infinity) - (now.rank[b] || Infinity) || a - b);
}

function needMoved() { return Object.keys(asked.weights.need).length > 0; }

/* A criterion's value; what counts people in need follows the weights of need. */
function valueOf(name, at) {
  const column = columnOf(name);
  if (!column) { return NaN; }
  if (!(name in plan.live.site.measured_by_need) || !needMoved() || !facts.base[name]) { return column[at]; }
  return column[at] + aloneOf(at) - facts.base[name][at];
}

/* People in need a site would newly reach by itself, with the weights in use. */
function aloneOf(at) { return Live.gain({ walks: facts.walks, amount: now.amount }, facts.served, at); }

/* The same as it is told: as published where the weights of need are. */
function newlyAlone(at) {
  if (!facts.walks || !needMoved()) { return sites.need[at]; }
  const found = aloneOf(at);
  return tooFew(found) ? "<10" : plan.about.public ? Math.round(found / 10) * 10 : found;
}

/* Counts too small for the public are not told, nor what they would follow from. */
function tooFew(value) { return plan.about.public && value > 0 && value < 10; }

/* Whether the criterion's value here is, or would give away, a small count. */
function withheld(name, at) {
  const small = sites.small[name];
  return Boolean(small && small.includes(at));
}

/* Round contributions to tenths of a point so that the printed ones add up to the printed sum:
   the largest remainders are rounded up. */
function tenths(contributions, index) {
  const exact = contributions.map((one) => 1000 * (one ?? 0));
  const found = exact.map((one) => Math.floor(one + 1e-9));
  let missing = Math.round(1000 * index) - found.reduce((sum, one) => sum + one, 0);
  const order = exact.map((one, at) => [one - Math.floor(one), at])
    .sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, at] of order) {
    if (missing > 0 && contributions[at] !== null) { found[at] += 1; missing -= 1; }
  }
  return found.map((one, at) => contributions[at] === null ? null : one / 10);
}

/* All that is known of a site, criterion by criterion; null is not known or not told.
   `points` are out of 100 (geometric: the factor). */
function piecesOf(at, shares = sharesOf("site")) {
  const secret = hidden(at);
  const index = secret || Number.isNaN(now.value[at]) ? null : now.value[at];
  const rows = siteCriteria().map((one) => {
    const data = one.share !== null;
    const small = withheld(one.name, at);
    const value = small || !data ? NaN : valueOf(one.name, at);
    const score = small || !data || !now.siteScores[one.name] ? NaN : now.siteScores[one.name][at];
    const part = Number.isNaN(score) ? null : now.parts[one.name][at];
    return { one, data, small, value, score: Number.isNaN(score) ? null : score, part,
      share: data ? shares[one.name] ?? 0 : null };
  });
  const parts = rows.map((row) => row.part);
  const points_ = plan.about.multiplied ? parts
    : index === null ? parts.map((one) => one === null ? null : Math.round(1000 * one) / 10)
      : tenths(parts, index);
  rows.forEach((row, place) => { row.points = points_[place]; });
  return { index, secret, rows };
}

function withUnit(value, unit) {
  const one = value === 1 && ["places", "kinds"].includes(unit) ? unit.slice(0, -1) : unit;
  return measured(value, one);
}

function valueWords({ one, data, small, value }) {
  if (!data) { return t(one.status === "suspended" ? "site.suspended" : "no_data"); }
  if (small) { return one.counts ? t("fewer_than_ten") : t("site.withheld"); }
  if (Number.isNaN(value)) { return t("site.not_known_here"); }
  return value === Infinity ? format(value) : withUnit(value, one.unit);
}

function pointsWords(row) {
  if (row.points === null) { return row.small ? t("site.withheld") : "–"; }
  return plan.about.multiplied ? `× ${format(row.points, 3)}` : format(row.points, 1);
}

function scoreWords(row) {
  return row.score === null ? row.small ? t("site.withheld") : "–" : points(row.score);
}

function indexWords({ index, secret }) {
  if (secret) { return t("site.withheld"); }
  if (index === null) { return t("not_known"); }
  return plan.about.multiplied ? format(index, 3) : points(index);
}

/* The table of a site's points, and what has to be said with it. */
function breakdown(at) {
  const pieces = piecesOf(at);
  if (!pieces.rows.length) { return []; }
  const bodies = pieces.rows.map((row) => el("tbody", { class: row.score === null ? "unknown" : null },
    el("tr", {}, el("th", { scope: "rowgroup", colspan: "4" }, said(row.one.title))),
    el("tr", {}, el("td", {}, said(valueWords(row))), el("td", {}, scoreWords(row)),
      el("td", {}, percent(row.share, row.share < 0.1 ? 1 : 0)), el("td", { class: "points" }, pointsWords(row)))));
  const last = plan.about.multiplied ? "factor" : "points";
  const table = el("table", { class: "breakdown" },
    el("thead", {}, el("tr", {}, ...["value", "score", "weight", last].map((one) =>
      el("th", { scope: "col" }, t(`site.col_${one}`))))),
    ...bodies,
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row", colspan: "3" }, t("site.index")),
      el("td", { class: "points" }, indexWords(pieces)))));
  return [el("h3", {}, t("site.breakdown")), table, ...breakdownNotes(pieces.rows)];
}

function breakdownNotes(rows) {
  const notes = [t(plan.about.multiplied ? "site.factors_multiply" : "site.points_add_up")];
  if (!rows.some((row) => row.share > 0)) { notes.push(t("site.none_on")); }
  const empty = rows.filter((row) => !row.data && row.one.written > 0);
  if (empty.length) { notes.push(standIn(rows.map((row) => row.one))); }
  if (rows.some((row) => row.data && !row.small && Number.isNaN(row.value) && row.share > 0)) {
    notes.push(t("site.gaps"));
  }
  if (rows.some((row) => row.value === Infinity)) { notes.push(t("site.none_is_known")); }
  if (rows.some((row) => row.small)) { notes.push(t("site.small_withheld")); }
  return notes.map((one) => el("p", { class: "hint", dir: "auto" }, one));
}

/* Say how the weights stand in for a criterion without data. */
function standIn(criteria) {
  const names = criteria.filter((one) => one.share === null).map((one) => quoted(one.title)).join(", ");
  const moved_ = now.publishedWeights ? criteria.filter((one) => one.share !== null
    && one.written !== null && Math.abs(one.written - one.share) > 0.0005) : [];
  if (!moved_.length || moved_.length > 3) { return t("site.no_data_for", { names }); }
  const changes = moved_.map((one) => t("site.counts_rather", { name: quoted(one.title),
    share: percent(one.share), written: percent(one.written) })).join("; ");
  return t("site.no_data_so", { names, changes });
}

const ANOTHER_WAY = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefe]/;

/* A name within a sentence: cut where endless, and where it is written from right to left kept
   apart from the direction around it. */
function named(text) {
  const letters = Array.from(text);
  const name = letters.length > 90 ? `${letters.slice(0, 88).join("")}…` : text;
  return ANOTHER_WAY.test(text) ? `\u2068${name}\u2069` : name;
}

const namesakes = new Map();

/* What a site is called within a sentence or a menu: with its identifier where others share the name. */
function called(at) {
  if (!namesakes.size) {
    for (const one of everySite) { namesakes.set(siteName(one), (namesakes.get(siteName(one)) || 0) + 1); }
  }
  const name = siteName(at);
  return namesakes.get(name) > 1 && name !== sites.ids[at] ? `${named(name)} (${named(sites.ids[at])})` : named(name);
}

function quoted(text) { return `“${named(text)}”`; }
