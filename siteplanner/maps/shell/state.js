// What the reader has changed, and what follows from it.  Every panel draws from `now` and asks
// for changes through `change`; nobody else writes to `asked` or `now`.
"use strict";

const asked = {
  weights: { need: {}, site: {} }, // by criterion or group: only what differs from the scenario
  count: 0,
  pins: new Set(),
  strikes: new Map(), // site to a note
};
const now = {
  need: null, amount: null, siteScores: null, value: null, parts: null, rank: null,
  order: [], gains: [], reached: 0, bound: null, published: true, publishedWeights: true,
};
const views = []; // {draw(what)}: "all", "ranking", "set", "bound", "language"
const past = [];
let facts = null;
let later = 0;

const sites = plan.sites;
const count = sites.ids.length;
const everySite = Array.from({ length: count }, (_, at) => at);

/* What people call a site; one without a name or an id of its own is called by its number. */
function siteName(at) {
  const name = sites.labels[at] || sites.ids[at];
  const made = name === sites.ids[at] && /^[0-9a-f]{12}$/.test(name);
  return made ? t("unnamed_site", { number: String(at + 1) }) : name;
}

/* Unpack what weighing and choosing needs; once, at the start. */
function learn() {
  const level = (one) => ({
    tree: one.tree, aggregation: one.aggregation,
    scores: Object.fromEntries(Object.entries(one.scores).map(
      ([name, pack]) => [name, unpackNumbers(pack)])),
  });
  const { live } = plan;
  const counts = Object.fromEntries(Object.entries(live.cells.counts).map(
    ([name, pack]) => [name, unpackNumbers(pack)]));
  const served = unpackNumbers(live.cells.served).map((one) => Number.isNaN(one) ? 0 : one);
  const need = level(live.need);
  const site = level(live.site);
  facts = {
    need, site, counts, served, people: counts.people, walks: live.walks ? walksOf() : null,
    decile: unpack(live.cells.decile), inside: unpack(live.cells.inside),
    needKinds: Live.kinds(need, served.length), siteKinds: Live.kinds(site, count),
    near: null, base: {}, own: site.scores,
  };
  if (live.set && live.set.near.length) {
    facts.near = new Map();
    for (const [one, other] of live.set.near) {
      for (const [from, to] of [[one, other], [other, one]]) {
        if (!facts.near.has(from)) { facts.near.set(from, new Set()); }
        facts.near.get(from).add(to);
      }
    }
  }
  asked.count = publishedCount();
  weighNeed();
  for (const name of Object.keys(plan.live.site.measured_by_need)) {
    facts.base[name] = facts.walks ? Live.alone(facts.walks, now.amount, served) : null;
  }
}

function walksOf() {
  const { walks } = plan.live;
  const perSite = unpack(walks.counts);
  const start = new Uint32Array(perSite.length + 1);
  perSite.forEach((one, at) => { start[at + 1] = start[at] + one; });
  const ahead = unpack(walks.steps);
  const cell = new Uint32Array(ahead.length);
  for (let site = 0; site < perSite.length; site += 1) {
    let at = 0;
    for (let place = start[site]; place < start[site + 1]; place += 1) {
      at += ahead[place];
      cell[place] = at;
    }
  }
  return { start, cell, share: walks.share ? unpackNumbers(walks.share) : null,
    minutes: unpack(walks.minutes) };
}

// The published answer.

const chosen = everySite.filter((at) => sites.phase[at] !== null)
  .sort((a, b) => (sites.order[a] ?? a) - (sites.order[b] ?? b));
const ranked = [...everySite]
  .sort((a, b) => (sites.rank[a] ?? Infinity) - (sites.rank[b] ?? Infinity) || a - b);

/* Most sites that a set may have here. */
function mostSites() { return Math.min(count, Math.max(60, 2 * publishedCount())); }

function publishedCount() { return chosen.length; }

/* Whether the page can form a set at all: the reason why not, or "". */
function refusal() { return plan.live.set ? plan.live.set.refused : "no_sites"; }

function isPublished() {
  return now.publishedWeights && !asked.pins.size && !asked.strikes.size
    && asked.count === publishedCount();
}

// What follows from what is asked.

function weighNeed() {
  now.need = Live.weigh(facts.need, asked.weights.need, facts.needKinds);
  now.amount = Live.demand(now.need, facts.people, plan.live.need.groups, facts.counts);
}

/* Scores of sites: as published, but what counts people in need follows the weights of need.
   The change is added to the published number, so that nothing jumps. */
function scoreSites() {
  const scores = { ...facts.own };
  const moved = !sameProportions("need", known("need"));
  for (const [name, scale] of Object.entries(plan.live.site.measured_by_need)) {
    if (!moved || !facts.walks || !scores[name]) { continue; }
    const reach = Live.alone(facts.walks, now.amount, facts.served);
    const published = unpackNumbers(sites.values[name]);
    const values = published.map((one, at) => one + reach[at] - facts.base[name][at]);
    const found = Live.scored(values, scale);
    if (found) { scores[name] = found.map((one, at) => Number.isNaN(scores[name][at]) ? NaN : one); }
  }
  return scores;
}

/* The tree of weights without what has no data: that weighs nothing. */
function known(level) {
  const kept = (tree) => tree.map((one) => one.parts ? { ...one, parts: kept(one.parts) } : one)
    .filter((one) => one.parts ? one.parts.length : plan.live[level].scores[one.name]);
  return kept(plan.live[level].tree);
}

/* Whether the weights stand in the published proportions: doubling all of them moves nothing. */
function sameProportions(level, tree) {
  const weights = tree.map((one) => weightOf(level, one));
  const [mine, written] = [weights, tree.map((one) => one.weight)].map(
    (list) => list.map((one) => one / (list.reduce((sum, other) => sum + other, 0) || 1)));
  return mine.every((one, at) => Math.abs(one - written[at]) < 1e-12)
    && tree.every((one) => !one.parts || sameProportions(level, one.parts));
}

function recompute(needMoved) {
  now.publishedWeights = ["need", "site"].every((level) => sameProportions(level, known(level)));
  if (needMoved) { weighNeed(); }
  if (count) {
    now.siteScores = scoreSites();
    const level = { ...facts.site, scores: now.siteScores };
    const found = Live.weigh(level, asked.weights.site, facts.siteKinds);
    now.parts = found.parts;
    now.value = now.publishedWeights
      ? Float64Array.from(sites.index, (one) => one ?? NaN) : found.value;
    now.rank = now.publishedWeights
      ? Uint32Array.from(sites.rank, (one) => one ?? 0) : Live.ranks(found.value);
  }
  now.published = isPublished();
}

function problem() {
  const { set } = plan.live;
  const must = [...new Set([...set.fixed, ...asked.pins])];
  const out = new Set([...set.barred, ...Object.keys(set.lacking).map(Number),
    ...asked.strikes.keys()]);
  const allowed = Uint8Array.from(now.value, (one, at) =>
    must.includes(at) || (!out.has(at) && !Number.isNaN(one) && one >= set.min_index) ? 1 : 0);
  return { walks: facts.walks, amount: now.amount, served: facts.served, allowed, must,
    count: Math.max(asked.count, must.length), score: now.value.map((one) => one || 0),
    near: facts.near };
}

/* Form the set anew; the published one stands as long as nothing was changed. */
function reform() {
  const { set } = plan.live;
  now.bound = null;
  if (now.published || refusal()) {
    now.order = [...chosen];
    const last = set && set.phases[set.phases.length - 1];
    const found = facts.walks ? gainsOf(now.order) : { gains: [], value: 0 };
    const counted = now.order.every((at) => typeof sites.gain[at] === "number");
    now.gains = counted ? now.order.map((at) => sites.gain[at]) : found.gains;
    now.reached = counted ? now.gains.reduce((sum, one) => sum + one, 0) : found.value;
    now.bound = last && last.bound !== null && !refusal() ? last.bound : null;
    return;
  }
  const task = problem();
  const found = set.model === "max_cover"
    ? Live.select(task, [now.order.length ? now.order : chosen])
    : Live.highest(task, set.model === "spaced");
  now.order = found.order;
  now.gains = found.gains;
  now.reached = found.value;
}

/* What each site of a set newly reaches, in that order, with the weights in use. */
function gainsOf(order) {
  const best = Float64Array.from(facts.served);
  const task = { walks: facts.walks, amount: now.amount };
  const gains = order.map((site) => {
    const more = Live.gain(task, best, site);
    for (let at = facts.walks.start[site]; at < facts.walks.start[site + 1]; at += 1) {
      const cell = facts.walks.cell[at];
      best[cell] = Math.max(best[cell], facts.walks.share ? facts.walks.share[at] : 1);
    }
    return more;
  });
  return { gains, value: gains.reduce((sum, one) => sum + one, 0) };
}

function draw(what) { for (const one of views) { one.draw(what); } }

/* Change what is asked; the ranking follows at once, the set when the hand rests. */
function change(act, { rest = true, needMoved = true } = {}) {
  if (rest) { past.push(copyOf(asked)); }
  act(asked);
  recompute(needMoved);
  draw("ranking");
  window.clearTimeout(later);
  later = window.setTimeout(settle, rest ? 0 : 160);
}

/* A hand that moves a slider makes one step of undo, not fifty. */
function remember() { past.push(copyOf(asked)); }

function settle() {
  reform();
  draw("set");
  if (!now.published && !refusal() && plan.live.set.model === "max_cover") {
    later = window.setTimeout(() => {
      now.bound = Live.bound(problem(), now.reached);
      draw("bound");
    }, 60);
  }
}

function copyOf(one) {
  return { weights: { need: { ...one.weights.need }, site: { ...one.weights.site } },
    count: one.count, pins: new Set(one.pins), strikes: new Map(one.strikes) };
}

function undo() {
  const last = past.pop();
  if (!last) { return; }
  Object.assign(asked, last);
  recompute(true);
  draw("all");
  settle();
}

function backToPublished() {
  change((one) => Object.assign(one, {
    weights: { need: {}, site: {} }, count: publishedCount(), pins: new Set(), strikes: new Map(),
  }));
  draw("all");
}

/* Weight in use of a criterion or group, and set it; a weight as published is not kept. */
function weightOf(level, node) { return asked.weights[level][node.name] ?? node.weight; }

function setWeight(one, level, node, weight) {
  if (Math.abs(weight - node.weight) < 1e-12) { delete one.weights[level][node.name]; }
  else { one.weights[level][node.name] = weight; }
}
