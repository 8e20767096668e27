// How sure the rank of a site is, and what would take it out of the set.  Worked out after the
// panel is shown, in short turns.
"use strict";

const TURN_MS = 16; // one turn of work at most, then the page may answer the reader
const RESELECT_MS = 150; // slower than this, sets are not formed anew for a site's sake
const RESELECTIONS = 24;
let sureRun = 0;

function drawSure(at) {
  sureRun += 1;
  const mine = sureRun;
  if (!now.rank[at]) { fillPart("sure", []); return; }
  const title = el("h3", {}, t("site.sure"));
  const old = detailPart("sure").querySelectorAll("p");
  if (!old.length) { fillPart("sure", [title, el("p", { class: "hint" }, t("site.working_out"))]); }
  const work = sureOf(at);
  const turn = () => {
    if (mine !== sureRun || selected !== at || !detailPart("sure")) { return; }
    const begun = performance.now();
    let step = work.next();
    while (!step.done && step.value !== "rest" && performance.now() - begun < TURN_MS) { step = work.next(); }
    if (!step.done) { window.setTimeout(turn, step.value === "rest" ? 30 : 0); return; }
    fillPart("sure", [title, ...step.value.map((one) => el("p", {}, one))]);
    detailPart("sure").dataset.done = "yes";
  };
  detailPart("sure").dataset.done = "no";
  window.setTimeout(turn, 80);
}

function* sureOf(at) {
  const words = [];
  words.push(yield* rangeWords(at));
  words.push(yield* topWords(at));
  words.push(yield* dropWords(at));
  return words.filter(Boolean);
}

// What if one weight were half or double.

/* The weights that can be halved or doubled and then change something: [level, node, factor]. */
function tries(levels) {
  return levels.flatMap((level) => {
    const shares = sharesOf(level);
    const used = Live.leaves(plan.live[level].tree).filter((node) => shares[node.name] > 0);
    return used.length < 2 ? [] : used.flatMap((node) => [2, 0.5].map((factor) => [level, node, factor]));
  });
}

function rankedBy() {
  return facts.walks && Object.keys(plan.live.site.measured_by_need).length ? ["site", "need"] : ["site"];
}

/* Index of every site and people in need of every cell if one weight were different. */
function supposed(level, node, factor) {
  const weights = { ...asked.weights[level], [node.name]: weightOf(level, node) * factor };
  if (level === "site") {
    const moved_ = { ...facts.site, scores: now.siteScores };
    return { value: Live.weigh(moved_, weights, facts.siteKinds).value, amount: now.amount };
  }
  const need = Live.weigh(facts.need, weights, facts.needKinds);
  const amount = Live.demand(need, facts.people, plan.live.need.groups, facts.counts);
  const scores = { ...facts.own };
  for (const [name, scale] of Object.entries(plan.live.site.measured_by_need)) {
    const column = columnOf(name);
    if (!scores[name] || !column || !facts.base[name]) { continue; }
    const reach = Live.alone(facts.walks, amount, facts.served);
    const found = Live.scored(column.map((one, at) => one + reach[at] - facts.base[name][at]), scale);
    if (found) { scores[name] = found.map((one, at) => Number.isNaN(scores[name][at]) ? NaN : one); }
  }
  return { value: Live.weigh({ ...facts.site, scores }, asked.weights.site, facts.siteKinds).value, amount };
}

function rankAmong(value, at) {
  if (Number.isNaN(value[at])) { return 0; }
  let rank = 1;
  for (let one = 0; one < value.length; one += 1) { if (value[one] > value[at] + 1e-12) { rank += 1; } }
  return rank;
}

function* rangeWords(at) {
  const all = tries(rankedBy());
  let best = now.rank[at];
  let worst = best;
  for (const one of all) {
    const rank = rankAmong(supposed(...one).value, at);
    if (rank) { best = Math.min(best, rank); worst = Math.max(worst, rank); }
    yield "more";
  }
  if (!all.length) { return t("site.one_weight"); }
  return best === worst ? t("site.range_same", { rank: best }) : t("site.range", { best, worst });
}

// How much a criterion may count for the site to stay among the first.

function* topWords(at) {
  const first = now.order.length || Math.min(10, count);
  if (first >= count) { return null; }
  const found = [];
  const shares = sharesOf("site");
  for (const name of facts.siteKinds.names) {
    const share = shares[name] || 0;
    if (share <= 0 || share >= 1 - 1e-9) { continue; }
    const ranks = yield* ranksByShare(name, share, at);
    found.push({ name, share, ranks });
  }
  if (!found.length) { return null; }
  const inside = now.rank[at] <= first;
  const spans = found.map((one) => inside ? stays(one, first) : enters(one, first));
  const title = (name) => quoted(siteCriteria().find((one) => one.name === name).title);
  if (!inside) {
    const [near] = spans.filter(Boolean).sort((a, b) => a.far - b.far);
    if (!near) { return t("site.never_first", { n: first }); }
    return t(near.up ? "site.first_if_more" : "site.first_if_less",
      { n: first, name: title(near.name), share: percent(near.at / 100), now: percent(near.share) });
  }
  const [tight] = spans.sort((a, b) => (a.high - a.low) - (b.high - b.low));
  if (tight.low === 0 && tight.high === 100) { return t("site.always_first", { n: first }); }
  const key = tight.low === 0 ? "site.first_up_to" : tight.high === 100 ? "site.first_from" : "site.first_between";
  return t(key, { n: first, name: title(tight.name), low: percent(tight.low / 100),
    high: percent(tight.high / 100), now: percent(tight.share) });
}

/* Ranks of a site as one criterion counts for 0, 1, … 100 % and the others share the rest. */
function* ranksByShare(name, share, at) {
  const { names, kind, knowns, ever } = facts.siteKinds;
  const product = facts.site.aggregation === "geometric";
  const perKind = knowns.map((known) => Live.spread(facts.site.tree, asked.weights.site, known, ever) || {});
  const own = perKind.map((one) => one[name] || 0);
  const rest = new Float64Array(count).fill(product ? 1 : 0);
  for (const other of names) {
    if (other === name) { continue; }
    const weight = perKind.map((one, at_) => own[at_] < 1 ? (one[other] || 0) / (1 - own[at_]) : 0);
    const score = now.siteScores[other];
    for (let one = 0; one < count; one += 1) {
      const mine = weight[kind[one]];
      if (mine > 0) { if (product) { rest[one] *= score[one] ** mine; } else { rest[one] += mine * score[one]; } }
    }
  }
  yield "more";
  const score = now.siteScores[name];
  const value = new Float64Array(count);
  const ranks = [];
  for (let step = 0; step <= 100; step += 1) {
    const odds = step / (100 - step) / (share / (1 - share));
    const counts = own.map((one) => step === 100 ? one > 0 ? 1 : NaN
      : one >= 1 ? step ? 1 : NaN : odds * one / (odds * one + 1 - one));
    for (let one = 0; one < count; one += 1) {
      const part = counts[kind[one]];
      value[one] = part === 0 ? rest[one] : part === 1 ? score[one]
        : product ? score[one] ** part * rest[one] ** (1 - part) : part * score[one] + (1 - part) * rest[one];
    }
    ranks.push(rankAmong(value, at));
    if (step % 20 === 19) { yield "more"; }
  }
  return ranks;
}

function stays({ name, share, ranks }, first) {
  const within = (step) => ranks[step] > 0 && ranks[step] <= first;
  let low = Math.ceil(100 * share);
  let high = Math.floor(100 * share);
  while (low > 0 && within(low - 1)) { low -= 1; }
  while (high < 100 && within(high + 1)) { high += 1; }
  return { name, share, low, high };
}

function enters({ name, share, ranks }, first) {
  let near = null;
  ranks.forEach((rank, at) => {
    const far = Math.abs(at / 100 - share);
    if (rank && rank <= first && (!near || far < near.far)) { near = { name, share, at, far, up: at / 100 > share }; }
  });
  return near;
}

// What would take it out of the set.

function* dropWords(at) {
  if (!now.order.includes(at) || isMust(at) || !canReason()) { return null; }
  const { set } = plan.live;
  const cover = set.model === "max_cover";
  const all = tries(cover ? set.min_index > 0 ? ["need", "site"] : ["need"] : rankedBy()).slice(0, RESELECTIONS);
  if (!all.length) { return t("site.drop_no_weights"); }
  const out = new Set([...set.barred, ...Object.keys(set.lacking).map(Number), ...asked.strikes.keys()]);
  const found = [];
  let quickest = Infinity;
  for (const [place, [level, node, factor]] of all.entries()) {
    yield "rest";
    const { value, amount } = supposed(level, node, factor);
    yield "more";
    const begun = performance.now();
    const task = { ...problem(), amount, score: value.map((one) => one || 0), quick: true };
    task.allowed = Uint8Array.from(value, (one, site) =>
      task.must.includes(site) || (!out.has(site) && one >= set.min_index) ? 1 : 0);
    const other = cover ? Live.select(task, [now.order]) : Live.highest(task, set.model === "spaced");
    const better = !cover || !task.allowed[at] || other.value > Live.reachedBy(task, now.order) * (1 + 1e-9);
    if (better && !other.order.includes(at)) { found.push([node, factor]); }
    quickest = Math.min(quickest, performance.now() - begun);
    if (place >= 2 && quickest > RESELECT_MS) { return t("site.drop_too_slow"); }
  }
  if (!found.length) { return t("site.drop_none", { n: all.length }); }
  const words = found.slice(0, 4).map(([node, factor]) => t(factor > 1 ? "site.counted_double" : "site.counted_half",
    { name: quoted(node.title) }));
  return t("site.drop_if", { changes: words.join("; ") })
    + (found.length > 4 ? ` ${t("site.drop_more", { n: found.length - 4, all: all.length })}` : "");
}
