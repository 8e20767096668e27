// The list: what the set brings, the set itself, and the sites by rank.
"use strict";

const FIRST_ROWS = 30;

function publishedRank(at) { return sites.rank[at] ?? 0; }

/* Places won or lost against the published ranking, as ▲4 or ▼2; "" where none. */
function moved(at) {
  const before = publishedRank(at);
  const after = now.rank[at];
  if (now.publishedWeights || !before || !after || before === after) { return null; }
  const up = before > after;
  const words = t(up ? "list.up" : "list.down", { n: Math.abs(before - after) });
  return el("span", { class: up ? "up" : "down", title: words },
    el("span", { "aria-hidden": "true" }, `${up ? "▲" : "▼"}${format(Math.abs(before - after))}`),
    el("span", { class: "unseen" }, words));
}

/* Whether the index is not shown because it would give a small count away. */
function hidden(at) { return sites.withheld.includes(at); }

function points(index) { return index === null || Number.isNaN(index) ? "–" : format(100 * index, 1); }

/* The parts of the list that a change moves: a moving slider only the ranking. */
function drawList(what) {
  const list = byId("list");
  const made = {
    short: () => [gist()],
    set: () => count ? [...setPart(), ...gainsPart()] : [],
    ranking: () => count ? rankingPart() : plan.neediest.length ? mostInNeed() : [],
  };
  if (!list.childElementCount) {
    list.append(...Object.keys(made).map((name) => el("div", { "data-part": name })));
  }
  const parts = what === "ranking" ? ["ranking"] : what === "bound" ? ["short"] : Object.keys(made);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.site : undefined;
  for (const name of parts) {
    list.querySelector(`[data-part="${name}"]`).replaceChildren(...made[name]());
  }
  if (focused !== undefined && document.activeElement === document.body) {
    const again = list.querySelector(`[data-site="${focused}"]`);
    if (again) { again.focus({ preventScroll: true }); }
  }
}

// In short.

function gist() {
  const box = el("div", { class: "gist" });
  const [first, ...others] = now.published || refusal() ? summary() : changedSummary();
  const lines = [first, ...timeWords(), ...others];
  lines.forEach((one, at) => box.append(el("p", { class: at ? null : "lead" }, one)));
  const more = el("a", { href: "#method" }, t("list.where_from"));
  more.addEventListener("click", jump);
  box.append(el("p", { class: "hint" }, plan.about.people_from
    ? [said(t("list.people_from", { source: plan.about.people_from })), " "] : [], more));
  return box;
}

function changedSummary() {
  const people = (order) => told(newlyIn(facts.people, Live.covered(facts.walks, facts.served, order).best));
  const lines = [t("list.changed", { n: now.order.length, people: people(now.order), need: told(now.reached) }),
    t("list.was", { n: chosen.length, people: people(chosen), need: told(gainsOf(chosen).value) })];
  if (plan.live.set.phases.length > 1) { lines.push(t("list.phased")); }
  if (now.bound !== null) { lines.push(proofWords()); }
  return lines;
}

/* People of the area whom a set newly reaches. */
function newlyIn(amount, best) {
  let sum = 0;
  for (let cell = 0; cell < best.length; cell += 1) {
    const one = amount[cell] * (best[cell] - facts.served[cell]);
    if (facts.inside[cell] && !Number.isNaN(one)) { sum += one; }
  }
  return sum;
}

/* How far the set can be from the best one there is. */
function proofWords() {
  const solved = now.published ? plan.live.set.phases.at(-1).gap : null; // gains are rounded, it is not
  const gap = solved ?? (now.reached > 0 ? now.bound / now.reached - 1 : 0);
  if (gap < 5e-5) { return t(now.published ? "list.proven" : "list.proven_here", { n: now.order.length }); }
  return t("list.gap", { n: now.order.length, share: percent(gap, gap < 0.01 ? 2 : 1) });
}

// The set.

function setPart() {
  const parts = [el("h2", {}, t("list.set"))];
  if (!now.order.length) {
    return [...parts, el("p", {}, t(asked.count ? "list.no_set" : "list.none_asked"))];
  }
  const phases = now.published ? [...new Set(chosen.map((at) => sites.phase[at]))].sort((a, b) => a - b) : [];
  if (phases.length > 1) {
    for (const phase of phases) {
      const until = chosen.filter((at) => sites.phase[at] <= phase).length;
      parts.push(el("h3", {}, t(phase === phases[0] ? "list.first_phase" : "list.phase",
        { phase, until })), rows(now.order.filter((at) => sites.phase[at] === phase), setRow));
    }
  } else { parts.push(rows(now.order, setRow)); }
  const gone = now.published ? [] : chosen.filter((at) => !now.order.includes(at));
  if (gone.length) {
    parts.push(el("p", { class: "hint" }, t("list.gone"), " ",
      ...gone.flatMap((at, place) => [place ? ", " : "", said(siteName(at))]), "."));
  }
  if (now.published && now.bound !== null && plan.live.set.model === "max_cover") {
    parts.push(el("p", { class: "hint" }, proofWords()));
  }
  parts.push(el("p", { class: "hint" }, t("list.numbers")));
  return parts;
}

function rows(members, make) { return el("ol", { class: "rows" }, ...members.map(make)); }

function setRow(at) {
  const place = now.order.indexOf(at);
  const gain = facts.walks ? told(now.gains[place]) : null;
  const marks = [asked.pins.has(at) ? t("list.pinned") : null,
    plan.live.set.fixed.includes(at) ? t("list.fixed") : null,
    !now.published && !chosen.includes(at) ? t("list.new") : null].filter(Boolean);
  return row(at, el("span", { class: "badge" }, String(place + 1)),
    [gain === null ? null : t("list.gain", { need: gain }), ...marks].filter(Boolean).join(" · "));
}

/* A count of people as it may be told: what is small is withheld from the public. */
function told(value) {
  if (value === null || value === undefined || Number.isNaN(value)) { return t("not_known"); }
  if (plan.about.public) {
    if (value > 0 && value < 10) { return t("fewer_than_ten"); }
    return format(Math.round(value / 10) * 10);
  }
  return format(value, 0);
}

// Who gains.

let gainsOpen = false;

/* The tables are reckoned when somebody opens them. */
function gainsPart() {
  if (!facts.walks || !now.order.length) { return []; }
  const box = el("details", { class: "who", open: gainsOpen }, el("summary", {}, t("gains.title")));
  const fill = () => { if (box.childElementCount === 1) { box.append(...gainsTables()); } };
  if (gainsOpen) { fill(); }
  box.addEventListener("toggle", () => { gainsOpen = box.open; if (box.open) { fill(); } });
  return [box];
}

function gainsTables() {
  const { best } = Live.covered(facts.walks, facts.served, now.order);
  const inside = facts.inside;
  const sum = (amount, share, keep) => {
    let found = 0;
    for (let cell = 0; cell < share.length; cell += 1) {
      const one = amount[cell] * share[cell];
      if (inside[cell] && (!keep || keep(cell)) && !Number.isNaN(one)) { found += one; }
    }
    return found;
  };
  const ones = new Float64Array(best.length).fill(1);
  const line = (title, amount, keep) => {
    const [all, before, after] = [ones, facts.served, best].map((one) => sum(amount, one, keep));
    return el("tr", {}, el("th", { scope: "row" }, said(title)), today ? el("td", {}, told(before)) : null,
      el("td", {}, told(after)), today ? el("td", { class: "gain" }, `+${told(after - before)}`) : null,
      el("td", {}, all > 0 && !plan.about.public ? percent(after / all) : "–"));
  };
  const today = plan.existing.labels.length > 0; // else nobody knows who is reached today
  const head = el("thead", {}, el("tr", {}, ...["who", today ? "before" : null, "after",
    today ? "newly" : null, "share"].filter(Boolean).map((one) => el("th", { scope: "col" }, t(`gains.${one}`)))));
  const groups = Object.keys(facts.counts);
  const byGroup = el("table", { class: "gains" }, el("caption", {}, t("gains.by_group")),
    head.cloneNode(true), el("tbody", {}, line(t("gains.in_need"), now.amount),
      ...groups.map((name) => line(groupTitle(name), facts.counts[name]))));
  const tenths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((one) =>
    line(t(one === 1 ? "gains.first_tenth" : one === 10 ? "gains.last_tenth" : "gains.tenth", { n: one }),
      facts.people, (cell) => facts.decile[cell] === one));
  return [byGroup, el("table", { class: "gains" }, el("caption", {}, t("gains.by_tenth")), head,
    el("tbody", {}, ...tenths)), el("p", { class: "hint" }, t("gains.note"), " ", t("gains.ties"),
    today ? null : ` ${t("gains.no_existing")}`)];
}

function groupTitle(name) {
  if (name === "people") { return t("people"); }
  return plan.live.cells.titles[name] || name;
}

// The ranking.

function rankingPart() {
  const order = everySite.filter((at) => now.rank[at])
    .sort((a, b) => now.rank[a] - now.rank[b] || a - b);
  const unknown = everySite.filter((at) => !now.rank[at]);
  const shown = [...order, ...unknown].slice(0, FIRST_ROWS);
  return [el("h2", {}, t("list.ranking")), el("p", { class: "hint" }, t("list.ranking_hint")),
    rows(shown, rankedRow),
    button({ class: "more" }, openTable, t("list.table", { n: count }))];
}

function rankedRow(at) {
  const place = now.order.indexOf(at);
  const words = asked.strikes.has(at) ? t("list.struck")
    : place >= 0 ? t("list.in_set", { number: place + 1 }) : null;
  return row(at, el("span", { class: "rank" }, now.rank[at] ? format(now.rank[at]) : "–", moved(at)),
    words);
}

function row(at, mark, remark) {
  const index = now.value ? now.value[at] : null;
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("i"));
  bar.firstChild.style.width = `${100 * (index || 0)}%`;
  const open = button({ "data-site": at }, () => showSite(at, open), mark,
    el("span", { class: "label" }, said(siteName(at), "title"),
      remark ? el("small", {}, said(remark)) : null),
    el("span", { class: "score" }, hidden(at) ? "–" : points(index),
      el("span", { class: "unseen" }, ` ${t("of_hundred")}`), bar));
  return el("li", {}, open);
}

/* A plan without sites: the spots with most need, each opens what is known of it. */
function mostInNeed() {
  const found = plan.neediest.map((spot) => {
    const open = button({ class: "plain" }, () => showSpot(spot.cell, open, spot.name),
      el("span", { class: "label" }, said(spot.name, "title"),
        plan.about.public ? null
          : el("small", {}, t("list.people", { n: Math.round(facts.people[spot.cell]) }))),
      plan.about.public
        ? el("span", { class: "score" }, layerText(plan.layers.find((one) => one.id === "need"), spot.cell))
        : el("span", { class: "score" }, points(now.need.value[spot.cell]),
          el("span", { class: "unseen" }, ` ${t("of_hundred")}`)));
    return el("li", {}, open);
  });
  return [el("h2", {}, t("list.neediest")),
    el("p", { class: "hint" }, t("list.neediest_hint", { n: found.length })),
    el("ol", { class: "rows" }, ...found)];
}

views.push({ draw(what) {
  if (["all", "ranking", "set", "bound", "language"].includes(what)) { drawList(what); }
  if (what === "set" && !now.published && !refusal()) {
    announce(t("list.told", { n: now.order.length, need: told(now.reached) }));
  }
} });
