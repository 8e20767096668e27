// Two sites side by side.
"use strict";

const FIND_FROM = 25; // so many sites and more get a box to search the menu with

function openCompare(one, other) {
  const box = byId("compare");
  const against = other ?? counterpart(one);
  const result = el("div", { class: "wide", tabindex: "0", role: "region", "aria-labelledby": "compare-title" });
  const menu = el("select", { id: "against" }, ...sitesMenu(one, ""));
  menu.value = against;
  const show = () => {
    if (menu.value !== "") { result.replaceChildren(compared(one, Number(menu.value))); }
  };
  menu.addEventListener("change", show);
  const find = el("input", { id: "find-against", type: "search", autocomplete: "off" });
  find.addEventListener("input", () => {
    const before = menu.value;
    menu.replaceChildren(...sitesMenu(one, find.value));
    if ([...menu.options].some((item) => item.value === before)) { menu.value = before; }
    else if (menu.options.length) { menu.selectedIndex = 0; show(); }
  });
  box.replaceChildren(dialogHead("compare-title", t("compare.title")),
    el("div", { class: "choose" }, el("p", {}, el("label", { for: "against" }, t("compare.with")), menu),
      count >= FIND_FROM ? el("p", {}, el("label", { for: "find-against" }, t("compare.find")), find) : null),
    result);
  show();
  openDialog(box, menu);
}

/* The head of a dialog: its title and a button that closes it. */
function dialogHead(id, title) {
  return el("div", { class: "head" }, el("h2", { id, tabindex: "-1" }, title),
    button({ class: "close" }, (event) => event.currentTarget.closest("dialog").close(), t("dialog.close")));
}

/* Open a dialog; what was in use before has the focus again afterwards. */
function openDialog(box, first) {
  const before = document.activeElement;
  const act = before && before.dataset.act;
  box.returnValue = "";
  box.addEventListener("close", () => {
    box.replaceChildren();
    if (box.returnValue === "left") { return; }
    if (before && before.isConnected) { before.focus(); } else if (act && selected !== null) { focusAct(act); }
  }, { once: true });
  box.showModal();
  first.focus();
}

/* The site that is most worth comparing with: for a chosen one the best ranked that is not in
   the set, else the chosen one that reaches most of the same people. */
function counterpart(at) {
  const byRank = sitesByRank().filter((one) => one !== at);
  if (now.order.includes(at)) { return byRank.find((one) => !now.order.includes(one)) ?? byRank[0]; }
  if (facts.walks && now.order.length) { return rivalOf(at, 1)[0]; }
  return byRank[0];
}

function sitesMenu(without, wanted) {
  const text = folded(wanted);
  const fits = (at) => at !== without && (!text || folded(`${siteName(at)} ${sites.ids[at]}`).includes(text));
  const item = (at) => {
    const place = now.order.indexOf(at);
    return el("option", { value: at }, `${place >= 0 ? `(${place + 1}) ` : ""}${called(at)}`);
  };
  const inSet = now.order.filter(fits);
  const others = sitesByRank().filter((at) => !now.order.includes(at) && fits(at));
  const group = (label, some) => some.length ? [el("optgroup", { label }, ...some.map(item))] : [];
  return [...group(t("compare.in_set"), inSet), ...group(t("compare.by_rank"), others)];
}

/* Text without capitals and accents, to search in. */
function folded(text) { return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase(); }

// The two, line by line.

function compared(one, other) {
  const both = [one, other];
  const pieces = both.map((at) => piecesOf(at));
  const head = el("thead", {}, el("tr", {}, el("td", {}),
    ...both.map((at) => el("th", { scope: "col" }, said(called(at))))));
  const line = (title, cells, better) => el("tr", {}, el("th", { scope: "row" }, said(title)),
    ...cells.map((cell, place) => el("td", { class: better === place ? "better" : null }, ...cell,
      better === place ? el("strong", { class: "mark" }, `✓ ${t("compare.better")}`) : null)));
  const block = (title, rows_) => rows_.length ? el("tbody", {},
    el("tr", {}, el("th", { scope: "rowgroup", colspan: "3", class: "block" }, title)), ...rows_) : null;
  const set = (at) => now.order.includes(at) ? t("compare.number", { number: now.order.indexOf(at) + 1 })
    : asked.strikes.has(at) ? t("list.struck") : t("compare.no");
  const general = [
    line(t("site.index"), pieces.map((one_) => [indexWords(one_)]), higher(pieces.map((one_) => one_.index))),
    line(t("site.rank"), both.map((at) => [rankWords(now.rank[at])]),
      higher(both.map((at) => now.rank[at] ? -now.rank[at] : null))),
    line(t("compare.set"), both.map((at) => [set(at)])),
    line(t("site.area"), both.map((at) => [areaWords(at)])),
  ];
  const criteria = pieces[0].rows.map((row, at) => {
    const pair = pieces.map((one_) => one_.rows[at]);
    return line(row.one.title, pair.map((one_) => [said(valueWords(one_)), el("small", {},
      one_.score === null ? "" : t(plan.about.multiplied ? "compare.factor" : "compare.points",
        { score: scoreWords(one_), points: pointsWords(one_) }))]), higher(pair.map((one_) => one_.score)));
  });
  const parts = [head, block(t("compare.general"), general), block(t("compare.criteria"), criteria)];
  if (facts.walks) { parts.push(block(t("compare.people"), peopleLines(both, line)), sharedBlock(both)); }
  return el("table", { class: "compared", "aria-labelledby": "compare-title" }, ...parts.filter(Boolean));
}

/* Which of two numbers is higher: 0, 1, or null where neither is or one is not known. */
function higher([a, b]) {
  if (a === null || b === null || Number.isNaN(a) || Number.isNaN(b) || Math.abs(a - b) < 1e-9) { return null; }
  return a > b ? 0 : 1;
}

function peopleLines(both, line) {
  const names = Object.keys(facts.counts);
  const sums = both.map((at) => {
    const found = names.map(() => 0);
    eachWithin(at, (cell, share) => {
      if (!facts.inside[cell]) { return; }
      names.forEach((name, one) => { found[one] += (facts.counts[name][cell] || 0) * share; });
    });
    return found;
  });
  const alone = both.map(newlyAlone);
  const safe = (pair) => pair.some(tooFew) ? null : higher(pair);
  const known = alone.every((one) => typeof one === "number");
  return [...names.map((name, one) => {
    const pair = sums.map((sum) => sum[one]);
    return line(groupTitle(name), pair.map((number) => [told(number)]), safe(pair));
  }), line(t("site.newly_alone"), alone.map((one) => [countWords(one)]), known ? higher(alone) : null)];
}

/* People whom both reach, and whom only one does. */
function sharedBlock([one, other]) {
  const mine = new Map();
  eachWithin(one, (cell, share) => { if (facts.inside[cell]) { mine.set(cell, share); } });
  let both = 0;
  let second = 0;
  eachWithin(other, (cell, share) => {
    if (!facts.inside[cell]) { return; }
    const people = facts.people[cell] || 0;
    const too = Math.min(share, mine.get(cell) || 0);
    both += people * too;
    second += people * (share - too);
    if (mine.has(cell)) { mine.set(cell, mine.get(cell) - too); }
  });
  let first = 0;
  for (const [cell, share] of mine) { first += (facts.people[cell] || 0) * share; }
  return el("tbody", {}, el("tr", {}, el("th", { scope: "row" }, t("compare.only")),
    el("td", {}, told(first)), el("td", {}, told(second))),
    el("tr", {}, el("th", { scope: "row" }, t("compare.both")), el("td", { colspan: "2" }, told(both))));
}
