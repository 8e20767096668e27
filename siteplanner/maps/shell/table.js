// All sites in one table: sort, search, open, download.
"use strict";

const TABLE_ROWS = 50; // rows that are drawn at first, and with each "show more"
const ordering = { key: "rank", down: false };
let searched = "";

/* The columns: key, title, what is below it, words and number by site; `down`: the highest
   first when first sorted. */
function tableColumns() {
  const shares = sharesOf("site");
  const pieces = new Map();
  const of = (at) => {
    if (!pieces.has(at)) { pieces.set(at, piecesOf(at, shares)); }
    return pieces.get(at);
  };
  const place = new Map(now.order.map((at, one) => [at, one + 1]));
  const number = (value) => typeof value === "number" ? value : value === null ? NaN : 5; // "<10"
  const alone = everySite.map(newlyAlone);
  const found = [
    { key: "rank", title: t("site.rank"), words: (at) => now.rank[at] ? format(now.rank[at]) : "–",
      number: (at) => now.rank[at] || NaN },
    { key: "name", title: t("table.name"), text: (at) => siteName(at) },
    { key: "index", title: t("site.index"), down: true, words: (at) => indexWords(of(at)),
      number: (at) => hidden(at) ? NaN : now.value[at] },
    { key: "set", title: t("compare.set"), number: (at) => place.get(at) ?? NaN,
      words: (at) => place.has(at) ? t("compare.number", { number: place.get(at) })
        : asked.strikes.has(at) ? t("list.struck") : t("compare.no") },
    { key: "people", title: t("site.people"), down: true, words: (at) => countWords(sites.people[at]),
      number: (at) => number(sites.people[at]) },
    { key: "newly", title: t("site.newly_alone"), down: true,
      words: (at) => countWords(alone[at]), number: (at) => number(alone[at]) },
    { key: "area", title: t("site.area"), below: "m²", down: true, number: (at) => sites.area_m2[at] ?? NaN,
      words: (at) => format(sites.area_m2[at]) },
  ];
  siteCriteria().forEach((one, row) => {
    const bare = (piece) => piece.data && !piece.small && !Number.isNaN(piece.value)
      ? format(piece.value) : valueWords(piece);
    found.push({ key: `v-${one.name}`, title: one.title, below: unitWords(one.unit),
      down: !(one.zero_at > one.full_at),
      words: (at) => bare(of(at).rows[row]),
      number: (at) => one.share === null || withheld(one.name, at) ? NaN : valueOf(one.name, at) });
    if (one.share !== null) {
      const scores = now.siteScores[one.name];
      found.push({ key: `p-${one.name}`, title: one.title, down: true,
        below: t(plan.about.multiplied ? "site.col_factor" : "site.col_points"),
        words: (at) => pointsWords(of(at).rows[row]),
        number: (at) => withheld(one.name, at) || !scores || Number.isNaN(scores[at])
          ? NaN : now.parts[one.name][at] });
    }
  });
  return found;
}

function openTable() {
  const box = byId("table");
  const columns = tableColumns();
  searched = "";
  const find = el("input", { id: "find-site", type: "search", autocomplete: "off" });
  const body = el("tbody", {});
  const more = el("p", { class: "more-rows" });
  const head = el("tr", {});
  const sort = (column, top) => {
    if (ordering.key === column.key) { ordering.down = !ordering.down; }
    else { Object.assign(ordering, { key: column.key, down: Boolean(column.down) }); }
    drawTable(columns, { head, body, more });
    top.focus();
    const name = named(`${column.title} ${column.below || ""}`.trim());
    announce(t(ordering.down ? "table.sorted_down" : "table.sorted_up", { name }));
  };
  columns.forEach((column) => {
    const top = button({}, () => sort(column, top), said(column.title),
      column.below ? el("small", {}, said(column.below)) : null, el("span", { class: "arrow", "aria-hidden": "true" }));
    head.append(el("th", { scope: "col", class: column.text ? null : "number", "data-key": column.key }, top));
  });
  let typing = 0;
  find.addEventListener("input", () => {
    window.clearTimeout(typing);
    typing = window.setTimeout(() => {
      searched = find.value;
      if (box.open) { drawTable(columns, { head, body, more }); }
    }, 120);
  });
  box.replaceChildren(dialogHead("table-title", t("table.title", { n: count })),
    el("div", { class: "choose" }, el("p", {}, el("label", { for: "find-site" }, t("table.find")), find),
      el("p", {}, button({ "data-act": "csv" }, downloadCsv, t("table.csv")),
        button({ "data-act": "geojson" }, downloadGeoJson, t("table.geojson")))),
    el("p", { class: "hint" }, el("span", { id: "table-count", role: "status" }), now.published ? "" : ` · ${t("table.changed")}`),
    el("div", { class: "wide", tabindex: "0", role: "region", "aria-labelledby": "table-title" },
      el("table", { class: "all", "aria-labelledby": "table-title" }, el("thead", {}, head), body)), more);
  drawTable(columns, { head, body, more });
  openDialog(box, find);
}

/* The sites that fit the search, in the order asked for; what is not known comes last. */
function tableOrder(column) {
  const text = folded(searched.trim());
  const fits = everySite.filter((at) => !text || folded(`${siteName(at)} ${sites.ids[at]}`).includes(text));
  const way = ordering.down ? -1 : 1;
  if (column.text) {
    const compare = new Intl.Collator(locale(), { numeric: true }).compare;
    const names = new Map(fits.map((at) => [at, column.text(at)]));
    return fits.sort((a, b) => way * compare(names.get(a), names.get(b)) || a - b);
  }
  const value = new Map(fits.map((at) => [at, column.number(at)]));
  return fits.sort((a, b) => {
    const [one, other] = [value.get(a), value.get(b)];
    if (Number.isNaN(one) || Number.isNaN(other)) { return Number.isNaN(one) - Number.isNaN(other) || a - b; }
    return (one === other ? 0 : way * (one < other ? -1 : 1)) || a - b;
  });
}

function drawTable(columns, { head, body, more }) {
  const column = columns.find((one) => one.key === ordering.key) || columns[0];
  const order = tableOrder(column);
  for (const one of head.children) {
    const mine = one.dataset.key === column.key;
    if (mine) { one.setAttribute("aria-sort", ordering.down ? "descending" : "ascending"); }
    else { one.removeAttribute("aria-sort"); }
    one.querySelector(".arrow").textContent = mine ? ordering.down ? " ▼" : " ▲" : "";
  }
  let shown = 0;
  const rest = button({ class: "more" }, () => {
    const begin = shown;
    add();
    body.rows[begin].querySelector("button").focus();
  });
  const add = () => {
    const next = order.slice(shown, shown + TABLE_ROWS);
    body.append(...next.map((at) => tableRow(columns, at)));
    shown += next.length;
    rest.textContent = t("table.more", { n: Math.min(TABLE_ROWS, order.length - shown) });
    rest.hidden = shown >= order.length;
    byId("table-count").textContent = t("table.count", { n: order.length, shown: format(shown) });
  };
  body.replaceChildren();
  more.replaceChildren(rest);
  add();
}

function tableRow(columns, at) {
  return el("tr", { class: now.order.includes(at) ? "chosen" : null }, ...columns.map((column) => {
    if (!column.text) { return el("td", { class: "number" }, said(column.words(at))); }
    return el("th", { scope: "row" }, button({ class: "open", "data-site": at }, () => {
      byId("table").close("left");
      showSite(at);
    }, said(siteName(at))));
  }));
}
