// Why a site is in the set or is not, in words, and who is within reach of it.
"use strict";

const SHAKEN = 4e5; // walks times sites up to which a set is formed as carefully as after a change
const SHARED = 0.005; // below this share, two sites are not said to reach the same people
let asking = 0;

/* Whether the page itself can say what a site adds to the set. */
function canReason() { return Boolean(facts.walks) && !refusal(); }

function reasons(at) {
  window.clearTimeout(asking);
  const inSet = now.order.includes(at);
  if (!canReason()) {
    const told_ = (inSet ? sites.why[at] : sites.why_not[at]) || "";
    return [told_ ? el("p", { class: "why", dir: "auto" }, sentence(told_)) : null,
      told_ && !now.published ? el("p", { class: "hint" }, t("site.as_published")) : null];
  }
  if (!now.order.length && !asked.strikes.has(at)) {
    return [el("p", { class: "why", dir: "auto" }, sentence(sites.why_not[at]))];
  }
  const said_ = inSet ? whyIn(at) : whyOut(at);
  const hint = plan.live.set.model === "max_cover" ? [el("p", { class: "hint" }, t("site.rank_or_set"))] : [];
  return [...said_.filter(Boolean).map((one) => typeof one === "string"
    ? el("p", { class: "why" }, one) : one), ...hint];
}

// In the set.

function whyIn(at) {
  const place = now.order.indexOf(at);
  const gain = now.gains[place];
  const words = [];
  if (plan.live.set.model !== "max_cover" && !isMust(at)) { words.push(t("site.among_highest")); }
  words.push(tooFew(gain) ? t("site.newly_few") : place === 0 ? t("site.newly_first", { need: told(gain) })
    : t("site.newly_next", { need: told(gain), n: place }));
  const rest = now.order.filter((one) => one !== at);
  const loss = now.reached - gainsOf(rest).value;
  if (rest.length && !tooFew(loss)) {
    words.push(t("site.without", { need: told(loss), share: percent(now.reached > 0 ? loss / now.reached : 0, 1) }));
  }
  const more = el("p", { class: "why", id: "instead" });
  if (plan.live.set.model === "max_cover" && !isMust(at) && !tooFew(loss) && loss > 0) {
    more.textContent = t("site.working_out");
    asking = window.setTimeout(() => { if (more.isConnected) { more.replaceChildren(...instead(at, loss)); } }, 30);
    return [words.join(" "), more];
  }
  return [words.join(" ")];
}

function isMust(at) { return asked.pins.has(at) || plan.live.set.fixed.includes(at); }

/* The set without a site: what would come in, and how much of the loss it makes good. */
function instead(at, loss) {
  const task = problem();
  task.allowed[at] = 0;
  task.quick = facts.walks.cell.length * now.order.length > SHAKEN;
  const found = Live.select(task, [now.order.filter((one) => one !== at)]);
  const fresh = found.order.filter((one) => !now.order.includes(one));
  const gone = now.order.filter((one) => one !== at && !found.order.includes(one));
  if (!fresh.length) { return [t("site.no_other")]; }
  const back = Math.max(0, loss - (now.reached - found.value));
  const share = percent(Math.min(1, back / loss));
  if (gone.length > 2) { return [t("site.instead_many", { n: fresh.length, share })]; }
  const words = [gone.length
    ? t("site.instead_swapped", { names: namesOf(fresh), gone: namesOf(gone), share, n: fresh.length })
    : t("site.instead", { names: namesOf(fresh), share, n: fresh.length })];
  if (found.value >= now.reached * (1 - 1e-9)) { words.push(` ${t("site.as_good")}`); }
  return words;
}

function namesOf(some) {
  const first = some.slice(0, 4).map((one) => called(one));
  return listed(some.length > 4 ? [...first, t("site.more_sites", { n: some.length - 4 })] : first);
}

// Not in the set.

function whyOut(at) {
  const { set } = plan.live;
  if (asked.strikes.has(at)) { return [outByReach(at, true)]; }
  if (set.barred.includes(at)) { return [t("site.barred")]; }
  if (Number.isNaN(now.value[at])) { return [t("site.index_unknown")]; }
  if (now.value[at] < set.min_index) {
    return [hidden(at) ? t("site.below_hidden", { least: points(set.min_index) })
      : t("site.below", { index: points(now.value[at]), least: points(set.min_index) })];
  }
  if (at in set.lacking) {
    return [el("p", { class: "why" }, t("site.lacking"), " ", sentence(`${set.lacking[at]}.`))];
  }
  const near = now.order.find((one) => facts.near && facts.near.has(at) && facts.near.get(at).has(one));
  if (near !== undefined) {
    return [t(set.model === "spaced" ? "site.near_better" : "site.near", { name: called(near) })];
  }
  if (set.model !== "max_cover") { return [t("site.higher", { n: now.order.length })]; }
  return [outByReach(at, false)];
}

/* What a site would add, and by which chosen sites its people are reached already. */
function outByReach(at, struck) {
  const task = { walks: facts.walks, amount: now.amount };
  const alone = aloneOf(at);
  if (!(alone > 0)) { return t("site.nobody"); }
  const { best } = Live.covered(facts.walks, facts.served, now.order);
  const more = Live.gain(task, best, at);
  if (tooFew(alone) || tooFew(more)) { return t("site.adds_few"); }
  const words = [];
  const shared = 1 - more / alone;
  if (now.order.length && shared >= SHARED) {
    const [rival, most] = rivalOf(at, alone);
    words.push(t("site.reached_by", { share: percent(shared), most: percent(most), name: called(rival) }));
  }
  if (struck) { return [...words, t("site.would_add", { need: told(more) })].join(" "); }
  const free = now.order.map((one, place) => isMust(one) ? Infinity : now.gains[place]);
  const least = Math.min(...free);
  const room = now.order.length < asked.count;
  if (Math.round(more) === 0) { words.push(t("site.adds_nobody")); }
  else if (room || Math.round(more) > Math.round(least)) { words.push(t("site.adds_but", { need: told(more) })); }
  else if (Math.round(more) === Math.round(least)) { words.push(t("site.adds_next", { need: told(more) })); }
  else {
    words.push(t(free.includes(Infinity) ? "site.adds_less_free" : "site.adds_less",
      { need: told(more), least: told(least), name: called(now.order[free.indexOf(least)]) }));
  }
  return words.join(" ");
}

/* The chosen site that reaches most of those a site would newly reach, and the share. */
function rivalOf(at, alone) {
  const { walks, served } = facts;
  const mine = new Map();
  for (let place = walks.start[at]; place < walks.start[at + 1]; place += 1) {
    const cell = walks.cell[place];
    const fresh = (walks.share ? walks.share[place] : 1) - served[cell];
    if (fresh > 0) { mine.set(cell, fresh); }
  }
  let rival = now.order[0];
  let most = -1;
  for (const one of now.order) {
    let both = 0;
    for (let place = walks.start[one]; place < walks.start[one + 1]; place += 1) {
      const cell = walks.cell[place];
      if (mine.has(cell)) {
        const theirs = (walks.share ? walks.share[place] : 1) - served[cell];
        both += now.amount[cell] * Math.max(0, Math.min(mine.get(cell), theirs));
      }
    }
    if (both > most) { most = both; rival = one; }
  }
  return [rival, most / alone];
}

// Who is within reach.

/* People within reach of a site and, of them, those whom nothing reaches today: call `add` for
   every cell with its share, the share that is new, and the minutes. */
function eachWithin(at, add) {
  const { walks, served } = facts;
  for (let place = walks.start[at]; place < walks.start[at + 1]; place += 1) {
    const cell = walks.cell[place];
    const share = walks.share ? walks.share[place] : 1;
    add(cell, share, Math.max(0, share - served[cell]), walks.minutes[place]);
  }
}

function withinReach(at) {
  if (!facts.walks) { return []; }
  const names = Object.keys(facts.counts);
  const byGroup = names.map(() => [0, 0]);
  const byTenth = Array.from({ length: 11 }, () => [0, 0]);
  const minutes = [];
  let outside = 0;
  eachWithin(at, (cell, share, fresh, walk) => {
    const people = facts.people[cell] || 0;
    if (!facts.inside[cell]) { outside += people * share; return; }
    names.forEach((name, one) => {
      const number = facts.counts[name][cell] || 0;
      byGroup[one][0] += number * share;
      byGroup[one][1] += number * fresh;
    });
    byTenth[facts.decile[cell]][0] += people * share;
    byTenth[facts.decile[cell]][1] += people * fresh;
    minutes.push([walk, people * share]);
  });
  const published = typeof sites.people[at] === "number" ? sites.people[at] - outside : NaN;
  const [counted] = byGroup[0];
  if (Math.abs(published - counted) < 2 + 1e-4 * published) { // told as published, not one person off
    byGroup[0] = byGroup[0].map((one) => one === counted ? published : one);
  }
  const head = (first) => el("thead", {}, el("tr", {}, ...[first, "site.reached", "site.newly"].map((one) =>
    el("th", { scope: "col" }, t(one)))));
  const line = (title, [all, fresh]) => el("tr", {}, el("th", { scope: "row" }, said(title)),
    el("td", {}, told(all)), el("td", {}, told(fresh)));
  const tenthTitle = (one) => t(one === 0 ? "site.no_tenth" : one === 1 ? "gains.first_tenth"
    : one === 10 ? "gains.last_tenth" : "gains.tenth", { n: one });
  const lines = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0].filter((one) => one || byTenth[0][0] > 0);
  return [el("h3", {}, t("site.within")),
    el("table", { class: "gains" }, head("gains.who"),
      el("tbody", {}, ...names.map((name, one) => line(groupTitle(name), byGroup[one])))),
    el("p", { class: "hint" }, t("site.within_note"), outside > 0 && !tooFew(outside)
      ? ` ${t("site.outside", { people: told(outside) })}` : ""),
    plan.about.public ? el("p", { class: "hint" }, t("site.public_counts")) : null,
    el("details", { class: "who" }, el("summary", {}, t("site.by_tenth")),
      el("table", { class: "gains" }, head("gains.who"),
        el("tbody", {}, ...lines.map((one) => line(tenthTitle(one), byTenth[one]))))),
    el("details", { class: "who" }, el("summary", {}, t("site.by_minutes")), minutesTable(minutes))];
}

/* How many live within so many minutes on foot, in five steps at most. */
function minutesTable(minutes) {
  const most = minutes.reduce((top, [walk]) => Math.max(top, walk), 0);
  const step = Math.max(1, Math.ceil(most / 25)) * 5;
  const limits = [];
  for (let limit = step; limit < most + step; limit += step) { limits.push(limit); }
  return el("table", { class: "gains" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("site.minutes")),
    el("th", { scope: "col" }, t("site.reached")))),
  el("tbody", {}, ...limits.map((limit) => el("tr", {},
    el("th", { scope: "row" }, t("site.up_to", { n: limit })),
    el("td", {}, told(minutes.reduce((sum, [walk, people]) => walk <= limit ? sum + people : sum, 0)))))));
}
